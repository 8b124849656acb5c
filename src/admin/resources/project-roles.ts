import { z } from '@hono/zod-openapi';
import { PROJECT_ROLES, type ProjectRole } from '../../core/role.ts';
import type { Store } from '../../store/open.ts';
import { listProjects } from '../../store/projects.ts';
import { AdminError } from '../problem.ts';

/** A role in a project. */
export const projectRole = z.enum(PROJECT_ROLES);

/** Roles in projects, as they are given to somebody new. */
export const projectRoles = z.array(z.strictObject({ project_id: z.string().max(64), role: projectRole })).max(1_000);

/** Those roles by project. @throws AdminError when there is no such project. */
export async function readProjectRoles(
  store: Store,
  given: z.output<typeof projectRoles>,
): Promise<Map<string, ProjectRole>> {
  const known = new Set((await listProjects(store)).map(({ id }) => id));
  const unknown = given.findIndex(({ project_id }) => !known.has(project_id));
  if (unknown >= 0) {
    throw new AdminError('invalid_request', `projects.${unknown}.project_id: there is no such project`);
  }
  return new Map(given.map(({ project_id, role }) => [project_id, role]));
}
