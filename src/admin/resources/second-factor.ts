import { z } from '@hono/zod-openapi';
import { GUESSERS } from '../../access/sign-in/back-off.ts';
import { PASSWORD_LENGTH } from '../../access/sign-in/passwords.ts';
import { checkTotp, newRecoveryCodes, newSecondFactor } from '../../access/sign-in/second-factor.ts';
import { otpauthUri, toBase32 } from '../../access/sign-in/totp.ts';
import {
  confirmSecondFactorStatement,
  countRecoveryCodes,
  deleteSecondFactorStatements,
  findSecondFactor,
  putSecondFactorStatement,
  replaceRecoveryCodesStatements,
} from '../../store/people/second-factors.ts';
import { deleteSessionsStatement } from '../../store/people/sessions.ts';
import { findUser } from '../../store/people/users.ts';
import { makeChange } from '../audited.ts';
import { type Endpoint, endpoint, NOTHING } from '../endpoint.ts';
import { checkGuess } from '../guess.ts';
import { AdminError } from '../problem.ts';
import { personOf, renewSession } from './begin-session.ts';
import { requireOwnPassword } from './own-password.ts';

const password = z.string().max(PASSWORD_LENGTH.max);

/** One's own authenticator, and taking away somebody's who has lost it. */
export const secondFactorEndpoints: readonly Endpoint[] = [
  endpoint('viewer', {
    method: 'get',
    path: '/session/second-factor',
    owner: 'self',
    summary: 'Whether signing in asks for a code of an authenticator',
    status: 200,
    params: NOTHING,
    query: NOTHING,
    body: NOTHING,
    answer: z.object({ confirmed_at: z.int().nullable(), recovery_codes_left: z.int() }),
    handle: async ({ store }, { identity }) => {
      const { user } = personOf(identity);
      const factor = await findSecondFactor(store, user.id);
      return {
        confirmed_at: factor?.confirmedAt ?? null,
        recovery_codes_left: await countRecoveryCodes(store, user.id),
      };
    },
  }),
  endpoint('viewer', {
    method: 'post',
    path: '/session/second-factor',
    owner: 'self',
    summary:
      'Begin to set up an authenticator; its secret is shown this once, and asked for when a code has confirmed it',
    status: 201,
    params: NOTHING,
    query: NOTHING,
    body: z.strictObject({ password }),
    answer: z.object({ secret: z.string(), uri: z.string() }),
    handle: async (parts, call) => {
      const { user } = personOf(call.identity);
      await requireOwnPassword(parts, user, call.body.password, 'password');
      const known = await findSecondFactor(parts.store, user.id);
      if (known && known.confirmedAt !== null)
        throw new AdminError('conflict', 'There is an authenticator: remove it first');
      const { factor, secret } = newSecondFactor(parts, user.id, parts.now());
      const change = { action: 'second-factor.begin', subject: `user:${user.id}`, before: null, after: null };
      await makeChange(parts, call, [putSecondFactorStatement(factor)], change);
      return { secret: toBase32(secret), uri: otpauthUri(secret, user.email) };
    },
  }),
  endpoint('viewer', {
    method: 'post',
    path: '/session/second-factor/confirmation',
    owner: 'self',
    summary:
      'Confirm an authenticator by a code of it; answers recovery codes, shown this once, and all other sessions end',
    status: 201,
    params: NOTHING,
    query: NOTHING,
    body: z.strictObject({ code: z.string().max(64) }),
    answer: z.object({ recovery_codes: z.array(z.string()), csrf_token: z.string() }),
    handle: async (parts, call) => {
      const person = personOf(call.identity);
      const { user } = person;
      const factor = await findSecondFactor(parts.store, user.id);
      if (!factor || factor.confirmedAt !== null)
        throw new AdminError('conflict', 'No authenticator waits to be confirmed');
      const isRight = await checkGuess(
        parts,
        { account: GUESSERS.code(user.id) },
        async () => (await checkTotp(parts, factor, call.body.code.replaceAll(/\s/g, ''), parts.now())) || undefined,
      );
      if (!isRight) throw new AdminError('forbidden', 'code: is wrong, or has been used');
      const { codes, digests } = newRecoveryCodes(parts.pepper);
      const renewed = renewSession(parts, person, call);
      const statements = [
        confirmSecondFactorStatement(user.id, parts.now()),
        ...replaceRecoveryCodesStatements(user.id, digests),
        ...renewed.statements,
      ];
      const change = { action: 'second-factor.confirm', subject: `user:${user.id}`, before: null, after: null };
      await makeChange(parts, call, statements, change);
      renewed.hand();
      return { recovery_codes: codes, csrf_token: renewed.csrfToken };
    },
  }),
  endpoint('viewer', {
    method: 'delete',
    path: '/session/second-factor',
    owner: 'self',
    summary: "Remove one's own authenticator; all other sessions end",
    status: 200,
    params: NOTHING,
    query: NOTHING,
    body: z.strictObject({ password }),
    answer: z.object({ csrf_token: z.string() }),
    handle: async (parts, call) => {
      const person = personOf(call.identity);
      const { user } = person;
      await requireOwnPassword(parts, user, call.body.password, 'password');
      if (!(await findSecondFactor(parts.store, user.id))) throw new AdminError('not_found');
      const renewed = renewSession(parts, person, call);
      const change = { action: 'second-factor.remove', subject: `user:${user.id}`, before: null, after: null };
      await makeChange(parts, call, [...deleteSecondFactorStatements(user.id), ...renewed.statements], change);
      renewed.hand();
      return { csrf_token: renewed.csrfToken };
    },
  }),
  endpoint('owner', {
    method: 'delete',
    path: '/users/{id}/second-factor',
    owner: 'gateway',
    summary: 'Take away the authenticator of a user who has lost it; their sessions end',
    status: 200,
    params: z.strictObject({ id: z.string().max(64) }),
    query: NOTHING,
    body: NOTHING,
    answer: z.object({ removed: z.boolean() }),
    handle: async (parts, call) => {
      const user = await findUser(parts.store, call.params.id);
      if (!user) throw new AdminError('not_found');
      const removed = (await findSecondFactor(parts.store, user.id)) !== undefined;
      const statements = [...deleteSecondFactorStatements(user.id), deleteSessionsStatement({ userId: user.id })];
      const change = { action: 'second-factor.remove', subject: `user:${user.id}`, before: null, after: null };
      await makeChange(parts, call, statements, change);
      return { removed };
    },
  }),
];
