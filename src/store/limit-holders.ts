import { ANY, type LimitRule } from '../core/limit.ts';
import { listKeys } from './keys.ts';
import type { Store } from './open.ts';
import { listProjects } from './projects.ts';

/**
 * Limits whose holders are told by their ids, whatever the file calls them: so one place has one name. What names nobody, or
 * several keys, stays as it is. Rejects with StoreError.
 */
export async function withHolderIds(store: Store, rules: readonly LimitRule[]): Promise<LimitRule[]> {
  if (rules.every(({ scope, id }) => scope === 'model' || id === ANY)) return [...rules];
  const holders = { key: await listKeys(store), project: await listProjects(store) };
  return rules.map((rule) => {
    if (rule.scope === 'model' || holders[rule.scope].some(({ id }) => id === rule.id)) return rule;
    const [found, ...others] = holders[rule.scope].filter(({ name }) => name === rule.id);
    return found && others.length === 0 ? { ...rule, id: found.id } : rule;
  });
}
