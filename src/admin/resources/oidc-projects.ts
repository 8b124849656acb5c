import type { ProjectRole } from '../../core/role.ts';
import { deleteMemberStatement, listMemberships, putMemberStatement } from '../../store/people/project-members.ts';
import { listProjects } from '../../store/projects.ts';
import type { Statement } from '../../store/query.ts';
import type { AdminParts } from '../endpoint.ts';

/** Somebody who comes into a project, gets another role there, or leaves it. */
export type ProjectMove = { project: string; role: ProjectRole | undefined; statement: Statement };

/**
 * What must be written so that somebody is in those projects that claims decide about as the claims say, and in no other of them.
 * A project that is not there (yet) is passed over.
 * @param claimed the role by name of a project; undefined for none.
 */
export async function projectMoves(
  { store, now }: Pick<AdminParts, 'store' | 'now'>,
  memberId: string,
  claimed: ReadonlyMap<string, ProjectRole | undefined>,
): Promise<ProjectMove[]> {
  if (claimed.size === 0) return [];
  const [projects, memberships] = await Promise.all([listProjects(store), listMemberships(store, memberId)]);
  return projects.flatMap(({ id: projectId, name }): ProjectMove[] => {
    const role = claimed.get(name);
    const held = memberships.find((each) => each.projectId === projectId)?.role;
    if (!claimed.has(name) || role === held) return [];
    const statement =
      role === undefined
        ? deleteMemberStatement({ projectId, memberId })
        : putMemberStatement({ projectId, memberId, role, addedAt: now() });
    return [{ project: projectId, role, statement }];
  });
}

/** A move as the audit log tells of it. */
export function tellMove({ project, role }: ProjectMove): object {
  return { project, role: role ?? null };
}
