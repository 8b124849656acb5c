import type { Target } from '../resolve.ts';
import type { Policy } from './policy.ts';

/**
 * Each target is first as often as its weight says, and so on for the rest; those of the client's own dialect go before
 * those that need conversion. The other policies order what they find equal in this way.
 */
export const priorityWeighted: Policy = (targets, figuresOf, random) => {
  const drawn = targets
    .map((target) => ({ target, isRelayed: figuresOf(target).isRelayed, ticket: ticketOf(target, random()) }))
    .sort((one, other) => Number(other.isRelayed) - Number(one.isRelayed) || one.ticket - other.ticket);
  return drawn.map(({ target }) => target);
};

/** Exponential waiting times: of several the shortest is a target's with a chance of its share of the weights. */
function ticketOf({ weight }: Target, drawn: number): number {
  // Without weight: after all others, in the order of the draw.
  return weight > 0 ? -Math.log(1 - drawn) / weight : Number.MAX_VALUE * (1 - drawn / 2);
}
