import { type ProjectRole, toProjectRole } from '../../core/role.ts';
import { StoreError } from '../failure.ts';
import type { Store } from '../open.ts';
import { query, type Statement } from '../query.ts';
import type { ProjectMembersTable } from '../schema.ts';

/** Somebody with a role in a project. */
export type MemberRecord = {
  projectId: string;
  /** Of a user or an admin token. */
  memberId: string;
  role: ProjectRole;
  /** Unix ms. */
  addedAt: number;
};

/** The statement that takes somebody into a project; who is in it gets the new role. */
export function putMemberStatement({ projectId, memberId, role, addedAt }: MemberRecord): Statement {
  return query
    .insertInto('project_members')
    .values({ project_id: projectId, member_id: memberId, role, added_at: addedAt })
    .onConflict((conflict) => conflict.columns(['project_id', 'member_id']).doUpdateSet({ role }))
    .compile();
}

/** The statement that takes somebody out of a project. */
export function deleteMemberStatement({
  projectId,
  memberId,
}: Pick<MemberRecord, 'projectId' | 'memberId'>): Statement {
  return query
    .deleteFrom('project_members')
    .where('project_id', '=', projectId)
    .where('member_id', '=', memberId)
    .compile();
}

/** Everybody in a project, in the order in which they came. */
export async function listMembers(store: Store, projectId: string): Promise<MemberRecord[]> {
  const all = query.selectFrom('project_members').selectAll().where('project_id', '=', projectId);
  return (await store.reader.all(all.orderBy('added_at').orderBy('member_id').compile())).map(toRecord);
}

/** The projects that somebody is in. */
export async function listMemberships(store: Store, memberId: string): Promise<MemberRecord[]> {
  const all = query.selectFrom('project_members').selectAll().where('member_id', '=', memberId);
  return (await store.reader.all(all.orderBy('project_id').compile())).map(toRecord);
}

function toRecord({ project_id, member_id, role: stored, added_at }: ProjectMembersTable): MemberRecord {
  const role = toProjectRole(stored);
  if (role === undefined)
    throw new StoreError('corrupt', `${member_id} has the unknown role ${stored} in ${project_id}`);
  return { projectId: project_id, memberId: member_id, role, addedAt: added_at };
}
