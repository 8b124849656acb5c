import { z } from '@hono/zod-openapi';
import { newId } from '../../access/new-id.ts';
import { actorOf } from '../../access/sign-in/identify.ts';
import { digestInvitation, newInvitation } from '../../access/sign-in/invite.ts';
import { hashPassword } from '../../access/sign-in/passwords.ts';
import { isAtLeast } from '../../core/role.ts';
import {
  endInvitationsStatement,
  findInvitation,
  type InvitationRecord,
  insertInvitationStatement,
  listOpenInvitations,
} from '../../store/people/invitations.ts';
import { putMemberStatement } from '../../store/people/project-members.ts';
import { findUserByEmail, insertUserStatement, type UserRecord } from '../../store/people/users.ts';
import { makeChange } from '../audited.ts';
import { type AdminParts, type Endpoint, endpoint, NOTHING, openEndpoint, projectEndpoint } from '../endpoint.ts';
import { AdminError } from '../problem.ts';
import { beginSession } from './begin-session.ts';
import { projectRole, projectRoles, readProjectRoles } from './project-roles.ts';
import { displayName, email, newPassword, role, showUser, userShape } from './user-shape.ts';

const invitationShape = z.object({
  id: z.string(),
  email: z.string(),
  role,
  projects: z.array(z.object({ project_id: z.string(), role: projectRole })),
  invited_by: z.string(),
  created_at: z.int(),
  expires_at: z.int(),
});

function showInvitation(invitation: InvitationRecord): z.input<typeof invitationShape> {
  const { id, projects, invitedBy, createdAt, expiresAt } = invitation;
  return {
    id,
    email: invitation.email,
    role: invitation.role,
    projects: [...projects].map(([project_id, held]) => ({ project_id, role: held })),
    invited_by: invitedBy,
    created_at: createdAt,
    expires_at: expiresAt,
  };
}

const days = z.int().min(1).max(30).default(7);
const token = z.string().max(256);
const idParameter = z.strictObject({ id: z.string().max(64) });
const invited = z.object({ token: z.string(), invitation: invitationShape });

/** Asking somebody in, by a link that works once. */
export const invitationEndpoints: readonly Endpoint[] = [
  endpoint('admin', {
    method: 'get',
    path: '/invitations',
    owner: 'gateway',
    summary: 'The invitations that may still be accepted, newest first',
    status: 200,
    params: NOTHING,
    query: NOTHING,
    body: NOTHING,
    answer: z.object({ invitations: z.array(invitationShape) }),
    handle: async ({ store, now }) => ({
      invitations: (await listOpenInvitations(store, now())).map(showInvitation),
    }),
  }),
  endpoint('admin', {
    method: 'post',
    path: '/invitations',
    owner: 'gateway',
    summary: 'Invite somebody; the token of the link is shown this once, and gives no role above yours',
    status: 201,
    params: NOTHING,
    query: NOTHING,
    body: z.strictObject({ email, role, projects: projectRoles.default([]), days }),
    answer: invited,
    handle: async (parts, call) => {
      const { projects: given, ...same } = call.body;
      if (!isAtLeast(call.identity.role, same.role)) throw new AdminError('forbidden', 'role: is above your own');
      return invite(parts, call, { ...same, projects: await readProjectRoles(parts.store, given) });
    },
  }),
  projectEndpoint('admin', {
    method: 'post',
    path: '/projects/{id}/invitations',
    summary:
      'Invite somebody new into a project, as a `member` of the gateway; the token of the link is shown this once',
    status: 201,
    params: idParameter,
    query: NOTHING,
    body: z.strictObject({ email, role: projectRole, days }),
    answer: invited,
    handle: async (parts, call) => {
      const { id } = call.params;
      call.projects.require(id);
      const { role: held, ...same } = call.body;
      const projects = await readProjectRoles(parts.store, [{ project_id: id, role: held }]).catch(() => {
        throw new AdminError('not_found');
      });
      return invite(parts, call, { ...same, role: 'member', projects });
    },
  }),
  endpoint('admin', {
    method: 'delete',
    path: '/invitations/{id}',
    owner: 'gateway',
    summary: 'Take an invitation back',
    status: 200,
    params: idParameter,
    query: NOTHING,
    body: NOTHING,
    answer: z.object({ invitation: invitationShape }),
    handle: async (parts, call) => {
      const open = await listOpenInvitations(parts.store, parts.now());
      const known = open.find(({ id }) => id === call.params.id);
      if (!known) throw new AdminError('not_found');
      await makeChange(parts, call, [endInvitationsStatement({ id: known.id }, parts.now())], {
        action: 'invitations.end',
        subject: `invitation:${known.id}`,
        before: showInvitation(known),
        after: null,
      });
      return { invitation: showInvitation(known) };
    },
  }),
  openEndpoint({
    method: 'post',
    path: '/invitation/preview',
    summary: 'For whom an invitation is',
    status: 200,
    params: NOTHING,
    query: NOTHING,
    body: z.strictObject({ token }),
    answer: z.object({ email: z.string(), role, expires_at: z.int() }),
    handle: async (parts, { body }) => {
      const { email: address, role: held, expiresAt } = await openInvitation(parts, body.token);
      return { email: address, role: held, expires_at: expiresAt };
    },
  }),
  openEndpoint({
    method: 'post',
    path: '/invitation',
    summary: 'Accept an invitation, once; begins a session',
    status: 201,
    params: NOTHING,
    query: NOTHING,
    body: z.strictObject({ token, name: displayName, password: newPassword }),
    answer: z.object({ user: userShape, csrf_token: z.string() }),
    handle: async (parts, call) => {
      const invitation = await openInvitation(parts, call.body.token);
      const hash = await hashPassword(call.body.password);
      const at = parts.now();
      const user: UserRecord = {
        id: newId('user', at),
        email: invitation.email,
        name: call.body.name,
        role: invitation.role,
        password: hash,
        createdAt: at,
        disabledAt: null,
      };
      // Of two who accept at once one is refused, by the database where they ask two processes: no two users have one address.
      const refuseIfUsed = async () => {
        if (await findUserByEmail(parts.store, user.email))
          throw new AdminError('gone', 'This invitation has been used');
      };
      await refuseIfUsed();
      const statements = [
        insertUserStatement(user),
        endInvitationsStatement({ email: user.email }, at),
        ...[...invitation.projects].map(([projectId, held]) =>
          putMemberStatement({ projectId, memberId: user.id, role: held, addedAt: at }),
        ),
      ];
      const after = { ...showUser(user), invitation: invitation.id };
      const csrfToken = await beginSession(parts, call, user, statements, {
        action: 'invitations.accept',
        before: null,
        after,
      }).catch(async (error: unknown) => {
        await refuseIfUsed();
        throw error;
      });
      return { user: showUser(user), csrf_token: csrfToken };
    },
  }),
];

async function invite(
  parts: AdminParts,
  call: Parameters<typeof makeChange>[1],
  asked: Pick<InvitationRecord, 'email' | 'role' | 'projects'> & { days: number },
): Promise<z.input<typeof invited>> {
  if (await findUserByEmail(parts.store, asked.email)) throw new AdminError('conflict', 'email: is a user already');
  const { oidc } = parts.config().server.admin;
  if (oidc?.only && asked.role !== 'owner') throw new AdminError('conflict', `Everybody signs in by ${oidc.name}`);
  const now = parts.now();
  const made = newInvitation(parts.pepper, { ...asked, invitedBy: actorOf(call.identity), now });
  const shown = showInvitation(made.invitation);
  const statements = [endInvitationsStatement({ email: asked.email }, now), insertInvitationStatement(made.invitation)];
  await makeChange(parts, call, statements, {
    action: 'invitations.create',
    subject: `invitation:${made.invitation.id}`,
    before: null,
    after: shown,
  });
  return { token: made.token, invitation: shown };
}

/** @throws AdminError when there is no such invitation, or no longer. */
async function openInvitation({ store, pepper, now }: AdminParts, given: string): Promise<InvitationRecord> {
  const found = await findInvitation(store, digestInvitation(pepper, given));
  if (!found) throw new AdminError('not_found', 'token: there is no such invitation');
  if (found.endedAt !== null || found.expiresAt <= now()) {
    throw new AdminError('gone', 'This invitation has been used, taken back, or has expired');
  }
  return found;
}
