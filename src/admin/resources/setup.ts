import { z } from '@hono/zod-openapi';
import { newId } from '../../access/new-id.ts';
import { GUESSERS } from '../../access/sign-in/back-off.ts';
import { hashPassword } from '../../access/sign-in/passwords.ts';
import { endSetupToken, isSetupToken } from '../../access/sign-in/setup-token.ts';
import { insertUserStatement, listUsers, type UserRecord } from '../../store/people/users.ts';
import { type Endpoint, NOTHING, openEndpoint } from '../endpoint.ts';
import { checkGuess } from '../guess.ts';
import { AdminError } from '../problem.ts';
import { beginSession } from './begin-session.ts';
import { displayName, email, newPassword, showUser, userShape } from './user-shape.ts';

/** Making the first owner, once. */
export const setupEndpoints: readonly Endpoint[] = [
  openEndpoint({
    method: 'get',
    path: '/setup',
    summary: 'Whether the first owner is still to be made',
    status: 200,
    params: NOTHING,
    query: NOTHING,
    body: NOTHING,
    answer: z.object({ needed: z.boolean() }),
    handle: async ({ store }) => ({ needed: (await listUsers(store)).length === 0 }),
  }),
  openEndpoint({
    method: 'post',
    path: '/setup',
    summary: 'Make the first owner, with the token that the server printed at its start',
    status: 201,
    params: NOTHING,
    query: NOTHING,
    body: z.strictObject({ token: z.string().max(256), email, name: displayName, password: newPassword }),
    answer: z.object({ user: userShape, csrf_token: z.string() }),
    handle: async (parts, call) => {
      const { store, dataDir, now } = parts;
      const { token, password, ...person } = call.body;
      if ((await listUsers(store)).length > 0) throw new AdminError('gone', 'The first owner has been made already');
      const isToken = await checkGuess(
        parts,
        { address: GUESSERS.setUpFrom(call.address) },
        async () => isSetupToken(dataDir, token, now()) || undefined,
      );
      if (!isToken) throw new AdminError('forbidden', 'token: this is not the set-up token, or it has expired');
      // Ended before the slow part, so that it is used once.
      endSetupToken(dataDir);
      const at = now();
      const hash = await hashPassword(password);
      const user: UserRecord = {
        ...person,
        id: newId('user', at),
        role: 'owner',
        password: hash,
        createdAt: at,
        disabledAt: null,
      };
      const csrfToken = await beginSession(parts, call, user, [insertUserStatement(user)], {
        action: 'setup',
        before: null,
        after: showUser(user),
      });
      return { user: showUser(user), csrf_token: csrfToken };
    },
  }),
];
