import type { BudgetSetting, Config, ProjectSetting } from '../config/config.ts';
import { budgetSubject } from '../core/budget.ts';
import { type BudgetRecord, insertBudget, listBudgets, removeBudget, updateBudget } from '../store/budgets.ts';
import { StoreError } from '../store/failure.ts';
import type { Store } from '../store/open.ts';
import { insertProject, listProjects, type ProjectRecord, updateProject } from '../store/projects.ts';
import { newId } from './new-id.ts';
import { syncKeys } from './sync-keys.ts';

/**
 * Makes the store say what the file says of projects, keys and budgets, and marks them as managed by it. A project that has left the file
 * stays, free to be changed by commands: keys belong to it. A budget that has left it is removed; one that is on something else
 * than before, or for another period, begins anew. Other processes may do the same at the same time: what
 * one of them was faster to make is then found at the next try.
 * @param now Unix ms.
 * @throws Error that says which entry of the file cannot be taken over.
 */
export async function takeOverFile(
  store: Store,
  pepper: Uint8Array,
  { spending, keys }: Pick<Config, 'spending' | 'keys'>,
  now: number,
): Promise<void> {
  for (let left = TRIES; ; left--) {
    try {
      await syncProjects(store, spending.projects, now);
      await syncKeys(store, pepper, keys, now);
      return await syncBudgets(store, spending.budgets, now);
    } catch (error) {
      if (left <= 1 || !(error instanceof StoreError) || error.kind !== 'rejected') throw error;
    }
  }
}

/** Each further one finds more of what the others have made. */
const TRIES = 5;

async function syncProjects(store: Store, settings: readonly ProjectSetting[], now: number): Promise<void> {
  const known = await listProjects(store);
  for (const { name, models, tags, archived, markup, unpriced, ipAllow, expiresAt } of settings) {
    const before = known.find((project) => project.name === name);
    const project: ProjectRecord = {
      id: before?.id ?? newId('proj', now),
      name,
      createdAt: before?.createdAt ?? now,
      archivedAt: archived ? (before?.archivedAt ?? now) : null,
      models: models === undefined ? null : [...models],
      ipAllow: ipAllow === undefined ? null : [...ipAllow],
      expiresAt: expiresAt ?? null,
      defaultTags: [...tags],
      markup,
      unpriced: unpriced ?? null,
      managed: true,
    };
    if (!before) await insertProject(store, project);
    else if (JSON.stringify(before) !== JSON.stringify(project)) await updateProject(store, project);
  }
  const names = new Set(settings.map(({ name }) => name));
  for (const project of known.filter(({ name, managed }) => managed && !names.has(name))) {
    await updateProject(store, { ...project, managed: false });
  }
}

async function syncBudgets(store: Store, settings: readonly BudgetSetting[], now: number): Promise<void> {
  const known = await listBudgets(store);
  const projects = await listProjects(store);
  for (const setting of settings) {
    const subject = subjectOf(setting, projects);
    const before = known.find(({ name }) => name === setting.name);
    const { name, amount, period, timeZone, hard } = setting;
    const settled = { name, amount, period, timeZone, hard, alerts: [...setting.alerts], subject, managed: true };
    if (before && before.subject === subject && before.period === period) {
      const after: BudgetRecord = { ...before, ...settled };
      if (JSON.stringify(after) !== JSON.stringify(before)) await updateBudget(store, { before, after, now });
      continue;
    }
    if (before) await removeBudget(store, before.id);
    await insertBudget(store, { id: newId('bud', now), createdAt: now, ...settled });
  }
  const names = new Set(settings.map(({ name }) => name));
  for (const { id } of known.filter(({ name, managed }) => managed && !names.has(name))) await removeBudget(store, id);
}

function subjectOf({ name: budget, on }: BudgetSetting, projects: readonly ProjectRecord[]): string {
  if (on.scope !== 'project') return budgetSubject(on.scope, on.name);
  const project = projects.find(({ id, name }) => name === on.name || id === on.name);
  if (!project) throw new Error(`budgets.${budget}.project: there is no project ${JSON.stringify(on.name)}`);
  return budgetSubject('project', project.id);
}
