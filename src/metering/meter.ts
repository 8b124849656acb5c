import type { Usage } from '../core/usage.ts';
import { COUNTERS, type Counters, zeroCounters } from '../store/tables/counters.ts';

/** No attempt uses more than this of anything; a larger number is a broken upstream, and must not overflow a sum. */
const LARGEST_COUNT = 1_000_000_000;

/** Usage made fit for the ledger. */
export type MeteredUsage = {
  counters: Counters;
  /** True when a counter was no sound number and had to be changed: the row then counts as estimated. */
  repaired: boolean;
};

/**
 * Usage as whole numbers from 0 to 10^9, whatever the upstream said (`reliability.md` U20): an absent counter is 0, NaN and
 * negative numbers too, fractions are cut off, `reasoning` is at most `output`.
 */
export function meterUsage(usage: Usage): MeteredUsage {
  const counters = zeroCounters();
  let repaired = false;
  for (const counter of COUNTERS) {
    const reported = usage[counter];
    if (reported === undefined) continue;
    const sound = soundCount(reported);
    counters[counter] = sound;
    repaired ||= sound !== reported;
  }
  if (counters.reasoning > counters.output) {
    counters.reasoning = counters.output;
    repaired = true;
  }
  return { counters, repaired };
}

/** A count as a whole number from 0 to 10^9; NaN is 0. */
export function soundCount(count: number): number {
  if (!(count > 0)) return 0;
  return Math.min(Math.trunc(count), LARGEST_COUNT);
}

/** The sum of `counters` is added to `total`. */
export function addCounters(total: Counters, counters: Counters): void {
  for (const counter of COUNTERS) total[counter] += counters[counter];
}

/** True when nothing was used: then there is nothing to charge, with or without a price. */
export function isUnused(counters: Counters): boolean {
  return COUNTERS.every((counter) => counters[counter] === 0);
}
