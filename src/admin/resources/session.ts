import { z } from '@hono/zod-openapi';
import { hashPassword, PASSWORD_LENGTH } from '../../access/sign-in/passwords.ts';
import { deleteSessionsStatement, listSessions } from '../../store/people/sessions.ts';
import { updateUserStatement } from '../../store/people/users.ts';
import { listProjects } from '../../store/projects.ts';
import { makeChange } from '../audited.ts';
import { type Endpoint, endpoint, NOTHING } from '../endpoint.ts';
import { AdminError } from '../problem.ts';
import { visibleProjects } from '../visible-projects.ts';
import { personOf, renewSession } from './begin-session.ts';
import { requireOwnPassword } from './own-password.ts';
import { projectRole } from './project-roles.ts';
import { displayName, newPassword, role, showUser, userShape } from './user-shape.ts';

const password = z.string().max(PASSWORD_LENGTH.max);

const sessionShape = z.object({
  id: z.string(),
  created_at: z.int(),
  seen_at: z.int(),
  address: z.string(),
  agent: z.string(),
  is_this: z.boolean(),
});

/** One's own sessions and password, and signing out. */
export const sessionEndpoints: readonly Endpoint[] = [
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
      projects: z.array(z.object({ id: z.string(), name: z.string(), role: projectRole })),
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
    method: 'patch',
    path: '/session',
    owner: 'self',
    summary: "Change one's own name",
    status: 200,
    params: NOTHING,
    query: NOTHING,
    body: z.strictObject({ name: displayName }),
    answer: z.object({ user: userShape }),
    handle: async (parts, call) => {
      const { user } = personOf(call.identity);
      const renamed = { ...user, name: call.body.name };
      await makeChange(parts, call, [updateUserStatement(user.id, { name: renamed.name })], {
        action: 'users.change',
        subject: `user:${user.id}`,
        before: showUser(user),
        after: showUser(renamed),
      });
      return { user: showUser(renamed) };
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
    answer: z.object({
      ended: z.int(),
      /** Where to sign out at the identity provider's too. */
      provider_url: z.string().nullable(),
    }),
    handle: async (parts, call) => {
      const { sessionId, user, issuer } = personOf(call.identity);
      const change = { action: 'session.end', subject: `user:${user.id}`, before: null, after: null };
      await makeChange(parts, call, [deleteSessionsStatement({ id: sessionId })], change);
      call.setSession(undefined);
      const { oidc } = parts.config().server.admin;
      const isTheirs = oidc !== undefined && issuer !== null;
      // Signing out here must not fail because nobody answers there.
      const url = isTheirs ? await parts.oidc.logoutUrl(oidc).catch(() => undefined) : undefined;
      return { ended: 1, provider_url: url ?? null };
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
    summary: "Change one's own password; this session gets a new secret, and all others end",
    status: 200,
    params: NOTHING,
    query: NOTHING,
    body: z.strictObject({ old_password: password, new_password: newPassword }),
    answer: z.object({ user: userShape, csrf_token: z.string() }),
    handle: async (parts, call) => {
      const person = personOf(call.identity);
      const { user } = person;
      await requireOwnPassword(parts, user, call.body.old_password, 'old_password');
      const hash = await hashPassword(call.body.new_password);
      const renewed = renewSession(parts, person, call);
      const change = { action: 'users.password', subject: `user:${user.id}`, before: null, after: null };
      const statements = [updateUserStatement(user.id, { password: hash }), ...renewed.statements];
      await makeChange(parts, call, statements, change);
      renewed.hand();
      return { user: showUser(user), csrf_token: renewed.csrfToken };
    },
  }),
];
