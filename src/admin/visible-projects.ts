import { type Identity, idOf } from '../access/sign-in/identify.ts';
import { isAtLeast, type ProjectRole } from '../core/role.ts';
import type { Store } from '../store/open.ts';
import { listMemberships } from '../store/people/project-members.ts';
import { AdminError } from './problem.ts';

/** The projects whose keys, exchanges, usage and settings somebody may see, and what they may change there. */
export type VisibleProjects = {
  /** Undefined: all. */
  ids: readonly string[] | undefined;
  /** Undefined where the caller is no member. */
  roleIn(projectId: string): ProjectRole | undefined;
  /**
   * Refuses what is not theirs to see, as if it were not there, and what is not theirs to do.
   * @throws AdminError `not_found` for a project that they do not see, `forbidden` when their role there is below `needed`.
   */
  require(projectId: string, needed: ProjectRole): void;
};

/** Admins and owners of the gateway see every project; all others those that they are members of. */
export async function visibleProjects(store: Store, identity: Identity): Promise<VisibleProjects> {
  if (isAtLeast(identity.role, 'admin')) {
    return { ids: undefined, roleIn: () => 'admin', require: () => undefined };
  }
  const memberships = await listMemberships(store, idOf(identity));
  const roles = new Map(memberships.map(({ projectId, role }) => [projectId, role]));
  return {
    ids: [...roles.keys()],
    roleIn: (projectId) => roles.get(projectId),
    require: (projectId, needed) => {
      const role = roles.get(projectId);
      if (role === undefined) throw new AdminError('not_found');
      if (!isAtLeast(role, needed)) throw new AdminError('forbidden', 'Your role in this project does not allow this');
    },
  };
}
