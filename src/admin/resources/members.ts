import { z } from '@hono/zod-openapi';
import { listAdminTokens } from '../../store/people/admin-tokens.ts';
import {
  deleteMemberStatement,
  listMembers,
  type MemberRecord,
  putMemberStatement,
} from '../../store/people/project-members.ts';
import { findUserByEmail, listUsers } from '../../store/people/users.ts';
import { listProjects } from '../../store/projects.ts';
import { makeChange } from '../audited.ts';
import { type AdminParts, type Endpoint, NOTHING, projectEndpoint } from '../endpoint.ts';
import { AdminError } from '../problem.ts';
import { projectRole } from './project-roles.ts';
import { email } from './user-shape.ts';

const memberShape = z.object({
  /** Of a user or an admin token. */
  id: z.string(),
  kind: z.enum(['user', 'token']),
  name: z.string(),
  /** Null for a token. */
  email: z.string().nullable(),
  role: projectRole,
  added_at: z.int(),
});

type MemberShape = z.input<typeof memberShape>;

const idParameter = z.strictObject({ id: z.string().max(64) });
const memberParameters = z.strictObject({ id: z.string().max(64), member: z.string().max(64) });

/** Who sees and changes what belongs to a project. */
export const memberEndpoints: readonly Endpoint[] = [
  projectEndpoint('viewer', {
    method: 'get',
    path: '/projects/{id}/members',
    summary: 'The members of a project, in the order in which they came',
    status: 200,
    params: idParameter,
    query: NOTHING,
    body: NOTHING,
    answer: z.object({ members: z.array(memberShape) }),
    handle: async (parts, { params, projects }) => {
      await requireProject(parts, params.id, projects);
      return { members: await showMembers(parts, params.id) };
    },
  }),
  projectEndpoint('admin', {
    method: 'post',
    path: '/projects/{id}/members',
    summary: 'Take a user into a project, by e-mail address',
    status: 201,
    params: idParameter,
    query: NOTHING,
    body: z.strictObject({ email, role: projectRole }),
    answer: z.object({ member: memberShape }),
    handle: async (parts, call) => {
      const projectId = call.params.id;
      await requireProject(parts, projectId, call.projects);
      const user = await findUserByEmail(parts.store, call.body.email);
      if (!user) throw new AdminError('invalid_request', 'email: no user has this address; invite them first');
      const known = (await listMembers(parts.store, projectId)).some(({ memberId }) => memberId === user.id);
      if (known) throw new AdminError('conflict', 'email: is a member already');
      const member = { projectId, memberId: user.id, role: call.body.role, addedAt: parts.now() };
      await makeChange(parts, call, [putMemberStatement(member)], {
        action: 'members.add',
        subject: `project:${projectId}`,
        before: null,
        after: tellMember(member),
      });
      return { member: await showMember(parts, member) };
    },
  }),
  projectEndpoint('admin', {
    method: 'patch',
    path: '/projects/{id}/members/{member}',
    summary: 'Give a member of a project another role there',
    status: 200,
    params: memberParameters,
    query: NOTHING,
    body: z.strictObject({ role: projectRole }),
    answer: z.object({ member: memberShape }),
    handle: async (parts, call) => {
      const before = await findMember(parts, call);
      const after = { ...before, role: call.body.role };
      await makeChange(parts, call, [putMemberStatement(after)], {
        action: 'members.change',
        subject: `project:${before.projectId}`,
        before: tellMember(before),
        after: tellMember(after),
      });
      return { member: await showMember(parts, after) };
    },
  }),
  projectEndpoint('admin', {
    method: 'delete',
    path: '/projects/{id}/members/{member}',
    summary: 'Take somebody out of a project',
    status: 200,
    params: memberParameters,
    query: NOTHING,
    body: NOTHING,
    answer: z.object({ member: memberShape }),
    handle: async (parts, call) => {
      const member = await findMember(parts, call);
      await makeChange(parts, call, [deleteMemberStatement(member)], {
        action: 'members.remove',
        subject: `project:${member.projectId}`,
        before: tellMember(member),
        after: null,
      });
      return { member: await showMember(parts, member) };
    },
  }),
];

type CallProjects = { require(projectId: string): void };

/** @throws AdminError when there is no such project, or it is not theirs. */
async function requireProject({ store }: AdminParts, id: string, projects: CallProjects): Promise<void> {
  projects.require(id);
  if (!(await listProjects(store)).some((project) => project.id === id)) throw new AdminError('not_found');
}

async function findMember(
  parts: AdminParts,
  { params, projects }: { params: z.output<typeof memberParameters>; projects: CallProjects },
): Promise<MemberRecord> {
  await requireProject(parts, params.id, projects);
  const member = (await listMembers(parts.store, params.id)).find(({ memberId }) => memberId === params.member);
  if (!member) throw new AdminError('not_found');
  return member;
}

/** A member as the audit log tells of them. */
function tellMember({ memberId, role }: MemberRecord): object {
  return { member: memberId, role };
}

async function showMembers(parts: AdminParts, projectId: string): Promise<MemberShape[]> {
  const show = await namer(parts);
  return (await listMembers(parts.store, projectId)).map(show);
}

async function showMember(parts: AdminParts, member: MemberRecord): Promise<MemberShape> {
  return (await namer(parts))(member);
}

async function namer({ store }: AdminParts): Promise<(member: MemberRecord) => MemberShape> {
  const [users, tokens] = await Promise.all([listUsers(store), listAdminTokens(store)]);
  const names = new Map<string, Pick<MemberShape, 'kind' | 'name' | 'email'>>([
    ...users.map(({ id, name, email: address }) => [id, { kind: 'user' as const, name, email: address }] as const),
    ...tokens.map(({ id, name }) => [id, { kind: 'token' as const, name, email: null }] as const),
  ]);
  return ({ memberId, role, addedAt }) => {
    const named = names.get(memberId) ?? { kind: 'user', name: memberId, email: null };
    return { id: memberId, ...named, role, added_at: addedAt };
  };
}
