import { ANY, LIMIT_MEASURES, type LimitRule } from '../../core/limit.ts';
import { matchesPattern } from '../../core/pattern.ts';
import type { Principal } from '../principal.ts';
import { type Bucket, bucketOf } from './bucket.ts';

/** Whom limits may know. */
export type Holder = Pick<Principal, 'keyId' | 'name' | 'projectId' | 'projectName'>;

/**
 * The buckets that a request for a public model draws on. A rule for one key or project stands in for the one for all (`*`)
 * with the same models, measure by measure; everything else adds up: each limit must hold. Of two rules in one place, a key or
 * project called by its id in one and by its name in the other, the later one counts alone.
 */
export function bucketsFor(rules: readonly LimitRule[], holder: Holder, model: string): Bucket[] {
  const places = new Map<string, { rule: LimitRule; owner: string }>();
  for (const rule of rules) {
    const owner = ownerOf(rule, holder, model);
    if (owner === undefined || !matchesPattern(rule.model, model)) continue;
    places.set([rule.scope, rule.id === ANY ? ANY : owner, rule.model].join('\n'), { rule, owner });
  }
  const chosen = new Map<string, Bucket>();
  for (const { rule, owner } of places.values()) {
    const isOfAll = rule.id === ANY;
    for (const measure of LIMIT_MEASURES) {
      const limit = rule.values[measure];
      if (limit === undefined) continue;
      const bucket = bucketOf(rule, { measure, limit, owner });
      if (!isOfAll || !chosen.has(bucket.id)) chosen.set(bucket.id, bucket);
    }
  }
  return [...chosen.values()];
}

/** For whom a rule counts this request; undefined: it does not. */
function ownerOf({ scope, id }: LimitRule, holder: Holder, model: string): string | undefined {
  switch (scope) {
    case 'key':
      return [ANY, holder.keyId, holder.name].includes(id) ? holder.keyId : undefined;
    case 'project':
      return [ANY, holder.projectId, holder.projectName].includes(id) ? holder.projectId : undefined;
    case 'model':
      return matchesPattern(id, model) ? id : undefined;
    default:
      return scope satisfies never;
  }
}
