import type { AdminParts } from './endpoint.ts';
import { AdminError } from './problem.ts';

/** Whom failures are counted for. Who proves to own the account is forgiven all of them there, and nothing at the address. */
export type Guesser = { account?: string; address?: string };

/**
 * Checks what somebody may be guessing. Counted as a failure before the check, so that tries at the same time count too, and taken
 * back when it is right, or when it could not be told.
 * @param check gives what was proved; undefined when it is wrong.
 * @throws AdminError `too_many_tries` without a check.
 */
export async function checkGuess<Proved>(
  { backOff }: Pick<AdminParts, 'backOff'>,
  { account, address }: Guesser,
  check: () => Promise<Proved | undefined>,
): Promise<Proved | undefined> {
  // An address that is held off does not count against the accounts that it names.
  const names = [address, account].filter((name) => name !== undefined);
  const wait = await backOff.enter(names);
  if (wait > 0) throw new AdminError('too_many_tries', undefined, { retryAfter: wait });
  const proved = await check().catch(async (error: unknown) => {
    for (const name of names) await backOff.takeBack(name);
    throw error;
  });
  if (proved !== undefined) {
    if (account !== undefined) await backOff.forgive(account);
    if (address !== undefined) await backOff.takeBack(address);
  }
  return proved;
}
