import type { Policy, TargetFigures } from './policy.ts';
import { priorityWeighted } from './priority-weighted.ts';

/** What a target is taken for that is being tried out and has not answered yet, in ms: not to be sent all at once. */
const UNTRIED = 10_000;

/**
 * Peak EWMA with the power of two choices: of two targets drawn by lot the one with the shorter expected wait goes first, the
 * rest by expected wait. Going always to the very best would send everybody to the same target at once.
 */
export const leastLatency: Policy = (targets, figuresOf, random) => {
  const [one, other, ...rest] = priorityWeighted(targets, figuresOf, random);
  if (!one || !other) return [...targets];
  const waits = new Map(targets.map((target) => [target, expectedWait(figuresOf(target))]));
  const waitOf = (target: typeof one) => waits.get(target) ?? 0;
  const [first, second] = waitOf(other) < waitOf(one) ? [other, one] : [one, other];
  return [first, ...[second, ...rest].sort((left, right) => waitOf(left) - waitOf(right))];
};

/** A call waits as long as its predecessors, for each that is out. */
function expectedWait({ latency, inFlight }: TargetFigures): number {
  if (latency === undefined) return UNTRIED * inFlight;
  return latency * (inFlight + 1);
}
