import { z } from '@hono/zod-openapi';
import { newId } from '../../access/new-id.ts';
import { hashPassword } from '../../access/sign-in/passwords.ts';
import { isAtLeast } from '../../core/role.ts';
import { endInvitationsStatement } from '../../store/people/invitations.ts';
import { deleteSessionsStatement } from '../../store/people/sessions.ts';
import {
  findUser,
  findUserByEmail,
  insertUserStatement,
  listUsers,
  type UserRecord,
  updateUserStatement,
} from '../../store/people/users.ts';
import { makeChange } from '../audited.ts';
import { type Endpoint, endpoint, NOTHING } from '../endpoint.ts';
import { AdminError } from '../problem.ts';
import { hasOwner } from './last-owner.ts';
import { displayName, email, newPassword, role, showUser, userShape } from './user-shape.ts';

/** The people who may sign in. */
export const userEndpoints: readonly Endpoint[] = [
  endpoint('admin', {
    method: 'get',
    path: '/users',
    owner: 'gateway',
    summary: 'All users',
    status: 200,
    params: NOTHING,
    query: NOTHING,
    body: NOTHING,
    answer: z.object({ users: z.array(userShape) }),
    handle: async ({ store }) => ({ users: (await listUsers(store)).map(showUser) }),
  }),
  endpoint('admin', {
    method: 'post',
    path: '/users',
    owner: 'gateway',
    summary: 'Make a user; nobody gives a role above their own',
    status: 201,
    params: NOTHING,
    query: NOTHING,
    body: z.strictObject({ email, name: displayName, role, password: newPassword }),
    answer: z.object({ user: userShape }),
    handle: async (parts, call) => {
      const { password, ...person } = call.body;
      if (!isAtLeast(call.identity.role, person.role)) throw new AdminError('forbidden', 'role: is above your own');
      if (await findUserByEmail(parts.store, person.email)) throw new AdminError('conflict', 'email: is taken');
      const createdAt = parts.now();
      const hash = await hashPassword(password);
      const user: UserRecord = {
        ...person,
        id: newId('user', createdAt),
        password: hash,
        createdAt,
        disabledAt: null,
      };
      await makeChange(parts, call, [insertUserStatement(user)], {
        action: 'users.create',
        subject: `user:${user.id}`,
        before: null,
        after: showUser(user),
      });
      return { user: showUser(user) };
    },
  }),
  endpoint('admin', {
    method: 'patch',
    path: '/users/{id}',
    owner: 'gateway',
    summary: 'Change a user; a new role, or being disabled, ends their sessions',
    status: 200,
    params: z.strictObject({ id: z.string().max(64) }),
    query: NOTHING,
    body: z.strictObject({ name: displayName.optional(), role: role.optional(), disabled: z.boolean().optional() }),
    answer: z.object({ user: userShape }),
    handle: async (parts, call) => {
      const { store, now } = parts;
      const user = await findUser(store, call.params.id);
      if (!user) throw new AdminError('not_found');
      const { disabled, ...changed } = call.body;
      const wanted = changed.role ?? user.role;
      if (!isAtLeast(call.identity.role, user.role) || !isAtLeast(call.identity.role, wanted)) {
        throw new AdminError('forbidden', 'role: is above your own');
      }
      const disabledAt = disabled === undefined ? user.disabledAt : disabled ? (user.disabledAt ?? now()) : null;
      const next: UserRecord = { ...user, name: changed.name ?? user.name, role: wanted, disabledAt };
      if (!hasOwner(await listUsers(store), next)) throw new AdminError('conflict', 'role: this is the last owner');
      const statements = [updateUserStatement(user.id, { name: next.name, role: next.role, disabledAt })];
      const losesSessions = next.role !== user.role || disabledAt !== null;
      if (losesSessions) {
        statements.push(deleteSessionsStatement({ userId: user.id }));
        // What they could give others they may no longer have themselves.
        statements.push(endInvitationsStatement({ invitedBy: `user:${user.id}` }, now()));
      }
      await makeChange(parts, call, statements, {
        action: 'users.change',
        subject: `user:${user.id}`,
        before: showUser(user),
        after: showUser(next),
      });
      return { user: showUser(next) };
    },
  }),
];
