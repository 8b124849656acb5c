import { z } from '@hono/zod-openapi';
import { type Identity, SESSION_IDLE, SESSION_MAX } from '../../access/sign-in/identify.ts';
import { hashPassword, PASSWORD_LENGTH, verifyPassword } from '../../access/sign-in/passwords.ts';
import { PROJECT_ROLES } from '../../core/role.ts';
import { deleteSessionsStatement, insertSessionStatement, listSessions } from '../../store/people/sessions.ts';
import { findUserByEmail, updateUserStatement } from '../../store/people/users.ts';
import { listProjects } from '../../store/projects.ts';
import { makeChange } from '../audited.ts';
import { type Endpoint, endpoint, NOTHING, openEndpoint } from '../endpoint.ts';
import { checkGuess } from '../guess.ts';
import { AdminError } from '../problem.ts';
import { visibleProjects } from '../visible-projects.ts';
import { newSession } from './begin-session.ts';
import { email, newPassword, role, showUser, userShape } from './user-shape.ts';

const password = z.string().max(PASSWORD_LENGTH.max);

const signedIn = z.object({ user: userShape, csrf_token: z.string() });

const sessionShape = z.object({
  id: z.string(),
  created_at: z.int(),
  seen_at: z.int(),
  address: z.string(),
  agent: z.string(),
  is_this: z.boolean(),
});

/** What only people have: a session. @throws AdminError for a token. */
function personOf(identity: Identity): Extract<Identity, { kind: 'user' }> {
  if (identity.kind === 'user') return identity;
  throw new AdminError('forbidden', 'An admin token has no session');
}

/** Signing in and out, and one's own sessions. */
export const sessionEndpoints: readonly Endpoint[] = [
  openEndpoint({
    method: 'post',
    path: '/session',
    summary: 'Sign in',
    status: 201,
    params: NOTHING,
    query: NOTHING,
    body: z.strictObject({ email, password }),
    answer: signedIn,
    handle: async (parts, call) => {
      const { store, now } = parts;
      const names = [`user ${call.body.email}`, `address ${call.address}`];
      let subject = 'user:unknown';
      const user = await checkGuess(parts, names, async () => {
        const named = await findUserByEmail(store, call.body.email);
        if (named) subject = `user:${named.id}`;
        const isRight = await verifyPassword(call.body.password, named?.password);
        return isRight && named?.disabledAt === null ? named : undefined;
      });
      const change = { subject, before: null, after: null };
      if (!user) {
        await makeChange(parts, call, [], { action: 'session.refuse', ...change });
        throw new AdminError('sign_in_failed');
      }
      const { session, secret, csrfToken } = newSession(parts, user.id, call);
      const ended = deleteSessionsStatement({ createdBefore: now() - SESSION_MAX, seenBefore: now() - SESSION_IDLE });
      await makeChange(parts, call, [ended, insertSessionStatement(session)], { action: 'session.begin', ...change });
      call.setSession(secret);
      return { user: showUser(user), csrf_token: csrfToken };
    },
  }),
  endpoint('viewer', {
    method: 'get',
    path: '/session',
    owner: 'self',
    summary: 'Who is signed in',
    status: 200,
    params: NOTHING,
    query: NOTHING,
    body: NOTHING,
    answer: z.object({
      kind: z.enum(['user', 'token']),
      role,
      user: userShape.nullable(),
      csrf_token: z.string(),
      /** Their roles in projects; admins and owners have all of them. */
      projects: z.array(z.object({ id: z.string(), name: z.string(), role: z.enum(PROJECT_ROLES) })),
    }),
    handle: async ({ store }, { identity }) => {
      const { roleIn } = await visibleProjects(store, identity);
      const projects = (await listProjects(store)).flatMap(({ id, name }) => {
        const held = roleIn(id);
        return held === undefined ? [] : [{ id, name, role: held }];
      });
      const same = { kind: identity.kind, role: identity.role, projects };
      return identity.kind === 'user'
        ? { ...same, user: showUser(identity.user), csrf_token: identity.csrfToken }
        : { ...same, user: null, csrf_token: '' };
    },
  }),
  endpoint('viewer', {
    method: 'delete',
    path: '/session',
    owner: 'self',
    summary: 'Sign out',
    status: 200,
    params: NOTHING,
    query: NOTHING,
    body: NOTHING,
    answer: z.object({ ended: z.int() }),
    handle: async (parts, call) => {
      const { sessionId, user } = personOf(call.identity);
      const change = { action: 'session.end', subject: `user:${user.id}`, before: null, after: null };
      await makeChange(parts, call, [deleteSessionsStatement({ id: sessionId })], change);
      call.setSession(undefined);
      return { ended: 1 };
    },
  }),
  endpoint('viewer', {
    method: 'get',
    path: '/session/all',
    owner: 'self',
    summary: "One's own sessions, newest first",
    status: 200,
    params: NOTHING,
    query: NOTHING,
    body: NOTHING,
    answer: z.object({ sessions: z.array(sessionShape) }),
    handle: async ({ store }, { identity }) => {
      const { user, sessionId } = personOf(identity);
      const sessions = (await listSessions(store, user.id)).map(({ id, createdAt, seenAt, address, agent }) => ({
        id,
        created_at: createdAt,
        seen_at: seenAt,
        address,
        agent,
        is_this: id === sessionId,
      }));
      return { sessions };
    },
  }),
  endpoint('viewer', {
    method: 'delete',
    path: '/session/all/{id}',
    owner: 'self',
    summary: "End one of one's own sessions",
    status: 200,
    params: z.strictObject({ id: z.string().max(64) }),
    query: NOTHING,
    body: NOTHING,
    answer: z.object({ ended: z.int() }),
    handle: async (parts, call) => {
      const { user } = personOf(call.identity);
      const { id } = call.params;
      const own = await listSessions(parts.store, user.id);
      if (!own.some((session) => session.id === id)) throw new AdminError('not_found');
      const change = { action: 'session.end', subject: `user:${user.id}`, before: null, after: null };
      await makeChange(parts, call, [deleteSessionsStatement({ id })], change);
      return { ended: 1 };
    },
  }),
  endpoint('viewer', {
    method: 'patch',
    path: '/session/password',
    owner: 'self',
    summary: "Change one's own password; all other sessions end",
    status: 200,
    params: NOTHING,
    query: NOTHING,
    body: z.strictObject({ old_password: password, new_password: newPassword }),
    answer: z.object({ user: userShape }),
    handle: async (parts, call) => {
      const { user, sessionId } = personOf(call.identity);
      const isOwn = await checkGuess(
        parts,
        [`password of ${user.id}`],
        async () => (await verifyPassword(call.body.old_password, user.password)) || undefined,
      );
      if (!isOwn) throw new AdminError('forbidden', 'old_password: this is not your password');
      const hash = await hashPassword(call.body.new_password);
      const statements = [
        updateUserStatement(user.id, { password: hash }),
        deleteSessionsStatement({ userId: user.id, exceptId: sessionId }),
      ];
      const change = { action: 'users.password', subject: `user:${user.id}`, before: null, after: null };
      await makeChange(parts, call, statements, change);
      return { user: showUser(user) };
    },
  }),
];
