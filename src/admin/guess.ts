import type { AdminParts } from './endpoint.ts';
import { AdminError } from './problem.ts';

/**
 * Checks what somebody may be guessing. Counted as a failure before the check, so that tries at the same time count too, and forgiven
 * when it is right.
 * @param names whom the failures are counted for, such as an account and an address.
 * @param check gives what was proved; undefined when it is wrong.
 * @throws AdminError `too_many_tries` without a check.
 */
export async function checkGuess<Proved>(
  { backOff }: Pick<AdminParts, 'backOff'>,
  names: readonly string[],
  check: () => Promise<Proved | undefined>,
): Promise<Proved | undefined> {
  const wait = backOff.waitFor(names);
  if (wait > 0) throw new AdminError('too_many_tries', undefined, { retryAfter: wait });
  backOff.failed(names);
  const proved = await check();
  if (proved !== undefined) backOff.succeeded(names);
  return proved;
}
