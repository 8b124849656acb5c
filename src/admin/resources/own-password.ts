import { GUESSERS } from '../../access/sign-in/back-off.ts';
import { verifyPassword } from '../../access/sign-in/passwords.ts';
import type { UserRecord } from '../../store/people/users.ts';
import type { AdminParts } from '../endpoint.ts';
import { checkGuess } from '../guess.ts';
import { AdminError } from '../problem.ts';

/**
 * Asks for the password again, before a change that a session left open must not be enough for.
 * @param field of the request, for the refusal.
 * @throws AdminError when it is wrong, or there is none.
 */
export async function requireOwnPassword(
  parts: AdminParts,
  user: UserRecord,
  password: string,
  field: string,
): Promise<void> {
  if (user.password === null)
    throw new AdminError('conflict', 'You have no password: your identity provider asks for it');
  const stored = user.password;
  const isOwn = await checkGuess(
    parts,
    { account: GUESSERS.ownPassword(user.id) },
    async () => (await verifyPassword(password, stored)) || undefined,
  );
  if (!isOwn) throw new AdminError('forbidden', `${field}: this is not your password`);
}
