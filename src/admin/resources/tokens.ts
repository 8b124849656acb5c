import { z } from '@hono/zod-openapi';
import { newId } from '../../access/new-id.ts';
import { actorOf } from '../../access/sign-in/identify.ts';
import { ADMIN_TOKEN_PREFIX, digestSecret, newSecret } from '../../access/sign-in/secrets.ts';
import { isAtLeast } from '../../core/role.ts';
import {
  type AdminTokenRecord,
  insertAdminTokenStatement,
  listAdminTokens,
  revokeAdminTokenStatement,
} from '../../store/people/admin-tokens.ts';
import { endInvitationsStatement } from '../../store/people/invitations.ts';
import { putMemberStatement } from '../../store/people/project-members.ts';
import { makeChange } from '../audited.ts';
import { type Endpoint, endpoint, NOTHING } from '../endpoint.ts';
import { AdminError } from '../problem.ts';
import { projectRoles, readProjectRoles } from './project-roles.ts';
import { displayName, role } from './user-shape.ts';

const DAY = 24 * 60 * 60_000;

const tokenShape = z.object({
  id: z.string(),
  name: z.string(),
  role,
  created_by: z.string(),
  created_at: z.int(),
  expires_at: z.int(),
  revoked_at: z.int().nullable(),
});

function showToken(token: AdminTokenRecord): z.input<typeof tokenShape> {
  const { id, name, createdBy, createdAt, expiresAt, revokedAt } = token;
  const times = { created_at: createdAt, expires_at: expiresAt, revoked_at: revokedAt };
  return { id, name, role: token.role, created_by: createdBy, ...times };
}

/** Credentials of programs that administer. */
export const tokenEndpoints: readonly Endpoint[] = [
  endpoint('admin', {
    method: 'get',
    path: '/tokens',
    owner: 'gateway',
    summary: 'All admin tokens',
    status: 200,
    params: NOTHING,
    query: NOTHING,
    body: NOTHING,
    answer: z.object({ tokens: z.array(tokenShape) }),
    handle: async ({ store }) => ({ tokens: (await listAdminTokens(store)).map(showToken) }),
  }),
  endpoint('admin', {
    method: 'post',
    path: '/tokens',
    owner: 'gateway',
    summary: 'Make an admin token; it is shown this once, and has no role above yours',
    status: 201,
    params: NOTHING,
    query: NOTHING,
    body: z.strictObject({
      name: displayName,
      role,
      days: z.int().min(1).max(365),
      /** What a `viewer` or `member` sees. */
      projects: projectRoles.default([]),
    }),
    answer: z.object({ token: z.string(), record: tokenShape }),
    handle: async (parts, call) => {
      const { name, days } = call.body;
      if (!isAtLeast(call.identity.role, call.body.role)) throw new AdminError('forbidden', 'role: is above your own');
      const projects = await readProjectRoles(parts.store, call.body.projects);
      const createdAt = parts.now();
      const token = ADMIN_TOKEN_PREFIX + newSecret();
      const record: AdminTokenRecord = {
        id: newId('admt', createdAt),
        name,
        digest: digestSecret('admin-token', token, parts.pepper),
        role: call.body.role,
        createdBy: actorOf(call.identity),
        createdAt,
        expiresAt: createdAt + days * DAY,
        revokedAt: null,
      };
      const memberships = [...projects].map(([projectId, held]) =>
        putMemberStatement({ projectId, memberId: record.id, role: held, addedAt: createdAt }),
      );
      await makeChange(parts, call, [insertAdminTokenStatement(record), ...memberships], {
        action: 'tokens.create',
        subject: `token:${record.id}`,
        before: null,
        after: { ...showToken(record), projects: call.body.projects },
      });
      return { token, record: showToken(record) };
    },
  }),
  endpoint('admin', {
    method: 'delete',
    path: '/tokens/{id}',
    owner: 'gateway',
    summary: 'End an admin token for good',
    status: 200,
    params: z.strictObject({ id: z.string().max(64) }),
    query: NOTHING,
    body: NOTHING,
    answer: z.object({ record: tokenShape }),
    handle: async (parts, call) => {
      const known = (await listAdminTokens(parts.store)).find(({ id }) => id === call.params.id);
      if (!known) throw new AdminError('not_found');
      const ended = { ...known, revokedAt: known.revokedAt ?? parts.now() };
      const statements = [
        revokeAdminTokenStatement(known.id, ended.revokedAt),
        endInvitationsStatement({ invitedBy: `token:${known.id}` }, ended.revokedAt),
      ];
      await makeChange(parts, call, statements, {
        action: 'tokens.revoke',
        subject: `token:${known.id}`,
        before: showToken(known),
        after: showToken(ended),
      });
      return { record: showToken(ended) };
    },
  }),
];
