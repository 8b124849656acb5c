import type { Policy } from './policy.ts';
import { priorityWeighted } from './priority-weighted.ts';

/** Cheapest first; those without a price last. */
export const leastCost: Policy = (targets, figuresOf, random) => {
  const priceOf = new Map(targets.map((target) => [target, figuresOf(target).price ?? Number.MAX_VALUE]));
  return priorityWeighted(targets, figuresOf, random).sort(
    (one, other) => (priceOf.get(one) ?? 0) - (priceOf.get(other) ?? 0),
  );
};
