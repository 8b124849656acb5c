import { budgetSubject } from '../core/budget.ts';
import { listKeys } from '../store/keys.ts';
import type { Store } from '../store/open.ts';
import type { VisibleProjects } from './visible-projects.ts';

/**
 * Whether a budget's subject (`project:<id>`, `key:<id>`, `tag:<tag>`) is somebody's to see: their projects and the keys of them;
 * tags go across projects, so they are shown to who sees all.
 */
export async function visibleSubjects(
  store: Store,
  { ids, roleIn }: Pick<VisibleProjects, 'ids' | 'roleIn'>,
): Promise<(subject: string) => boolean> {
  if (ids === undefined) return () => true;
  const seen = new Set(ids.map((id) => budgetSubject('project', id)));
  for (const { id, projectId } of await listKeys(store)) {
    if (roleIn(projectId) !== undefined) seen.add(budgetSubject('key', id));
  }
  return (subject) => seen.has(subject);
}
