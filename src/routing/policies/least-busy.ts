import type { Target } from '../resolve.ts';
import type { Policy, TargetFigures } from './policy.ts';
import { priorityWeighted } from './priority-weighted.ts';

/** Fewest calls out for its weight first; those without weight last. */
export const leastBusy: Policy = (targets, figuresOf, random) => {
  const busyness = new Map(targets.map((target) => [target, busynessOf(target, figuresOf(target))]));
  return priorityWeighted(targets, figuresOf, random).sort(
    (one, other) => (busyness.get(one) ?? 0) - (busyness.get(other) ?? 0),
  );
};

function busynessOf({ weight }: Target, { inFlight }: TargetFigures): number {
  return weight > 0 ? inFlight / weight : Number.MAX_VALUE;
}
