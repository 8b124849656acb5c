import { z } from '@hono/zod-openapi';
import { GUESSERS } from '../../access/sign-in/back-off.ts';
import { hashPassword, isOutdated, PASSWORD_LENGTH, verifyPassword } from '../../access/sign-in/passwords.ts';
import { checkSecondFactor } from '../../access/sign-in/second-factor.ts';
import { findSecondFactor } from '../../store/people/second-factors.ts';
import { findUserByEmail, type UserRecord, updateUserStatement } from '../../store/people/users.ts';
import type { Statement } from '../../store/query.ts';
import { makeChange } from '../audited.ts';
import { type AdminParts, type Endpoint, NOTHING, openEndpoint } from '../endpoint.ts';
import { checkGuess } from '../guess.ts';
import { AdminError } from '../problem.ts';
import { beginSession } from './begin-session.ts';
import { email, showUser, userShape } from './user-shape.ts';

/** Signing in with a password. */
export const signInEndpoints: readonly Endpoint[] = [
  openEndpoint({
    method: 'post',
    path: '/session',
    summary: 'Sign in; who has an authenticator is asked for a `code` (`code_needed`), of it or for recovery',
    status: 201,
    params: NOTHING,
    query: NOTHING,
    body: z.strictObject({
      email,
      password: z.string().max(PASSWORD_LENGTH.max),
      code: z.string().min(1).max(64).optional(),
    }),
    answer: z.object({ user: userShape, csrf_token: z.string() }),
    handle: async (parts, call) => {
      let subject = 'user:unknown';
      const change = { before: null, after: null };
      try {
        const user = await checkPassword(parts, call, (named) => {
          subject = `user:${named.id}`;
        });
        requireLeave(parts, user);
        await requireCode(parts, user, call.body.code);
        const renewed = await renewHash(user, call.body.password);
        const csrfToken = await beginSession(parts, call, user, renewed, { action: 'session.begin', ...change });
        return { user: showUser(user), csrf_token: csrfToken };
      } catch (error) {
        if (error instanceof AdminError && error.code === 'sign_in_failed') {
          await makeChange(parts, call, [], { action: 'session.refuse', subject, ...change });
        }
        throw error;
      }
    },
  }),
];

async function checkPassword(
  parts: AdminParts,
  { body, address }: { body: { email: string; password: string }; address: string },
  onNamed: (user: UserRecord) => void,
): Promise<UserRecord> {
  const names = { account: GUESSERS.signIn(body.email), address: GUESSERS.signInFrom(address) };
  const user = await checkGuess(parts, names, async () => {
    const named = await findUserByEmail(parts.store, body.email);
    if (named) onNamed(named);
    const isRight = await verifyPassword(body.password, named?.password ?? undefined);
    return isRight && named?.disabledAt === null ? named : undefined;
  });
  if (!user) throw new AdminError('sign_in_failed');
  return user;
}

/** What hashes a password anew that was hashed when less cost was asked for: only now it is known. */
async function renewHash({ id, password: stored }: UserRecord, given: string): Promise<Statement[]> {
  if (stored === null || !isOutdated(stored)) return [];
  return [updateUserStatement(id, { password: await hashPassword(given) })];
}

/** @throws AdminError where passwords are for owners alone, who are so not locked out when the identity provider is down. */
function requireLeave({ config }: AdminParts, { role }: UserRecord): void {
  const { oidc } = config().server.admin;
  if (oidc?.only && role !== 'owner') throw new AdminError('forbidden', `Sign in by ${oidc.name}`);
}

/** @throws AdminError when the user has an authenticator and this is no code of it, nor for recovery. */
async function requireCode(parts: AdminParts, user: UserRecord, code: string | undefined): Promise<void> {
  const factor = await findSecondFactor(parts.store, user.id);
  if (!factor || factor.confirmedAt === null) return;
  if (code === undefined) throw new AdminError('code_needed');
  const isRight = await checkGuess(
    parts,
    // Counted apart from the password, which whoever guesses codes knows: it must not forgive them.
    { account: GUESSERS.code(user.id) },
    async () => (await checkSecondFactor(parts, factor, code, parts.now())) || undefined,
  );
  if (!isRight) throw new AdminError('sign_in_failed', 'code: is wrong, or has been used');
}
