import { RecentMap } from '../../core/recent-map.ts';
import { type Bucket, refillOf } from './bucket.ts';
import type { Correction, Counters, Demand, Level, Taking } from './counters.ts';

/** Buckets that are remembered; of more the longest untouched are forgotten, which fills them. */
const REMEMBERED_BUCKETS = 100_000;

/** In ms. */
export const DAY = 86_400_000;

/** What the counters of one process work with. */
export type MemoryCountersOptions = {
  /** Monotonic ms: rates take no notice of a clock that is set (`reliability.md` S8). */
  clock(): number;
  /** Unix ms: only for which day it is. */
  now(): number;
  /** Units of a bucket of kind `day` that were used before this process counted. */
  usedBefore(bucket: Bucket): number;
};

/** Counters that answer at once. */
export type MemoryCounters = Omit<Counters, 'take' | 'read'> & {
  take(demands: readonly Demand[]): Taking;
  read(buckets: readonly Bucket[]): readonly Level[];
  /** How many places of a bucket of kind `open` this process holds. */
  held(bucketId: string): number;
};

type Rate = { spent: number; at: number };
type Day = { spent: number; day: number };

/** The counters of a single process. Every call is synchronous and takes well under a microsecond per bucket. */
export function createMemoryCounters({ clock, now, usedBefore }: MemoryCountersOptions): MemoryCounters {
  const rates = new RecentMap<string, Rate>(REMEMBERED_BUCKETS);
  const days = new RecentMap<string, Day>(REMEMBERED_BUCKETS);
  // Not bounded by forgetting: an entry lives as long as a request that holds a place.
  const open = new Map<string, number>();

  const rateOf = (bucket: Bucket): Rate => {
    const at = clock();
    const known = rates.get(bucket.id);
    if (known === undefined) {
      const fresh = { spent: 0, at };
      rates.set(bucket.id, fresh);
      return fresh;
    }
    known.spent = Math.max(0, known.spent - (at - known.at) * refillOf(bucket));
    known.at = at;
    return known;
  };

  /** A day that has begun stays: a clock that is set back neither resets a bucket a second time nor brings the old one back. */
  const dayOf = (bucket: Bucket): Day => {
    const today = Math.floor(now() / DAY);
    const known = days.get(bucket.id);
    if (known !== undefined) {
      if (today > known.day) Object.assign(known, { spent: 0, day: today });
      return known;
    }
    const fresh = { spent: usedBefore(bucket), day: today };
    days.set(bucket.id, fresh);
    return fresh;
  };

  const spentOf = (bucket: Bucket): number => {
    switch (bucket.kind) {
      case 'rate':
        return rateOf(bucket).spent;
      case 'day':
        return dayOf(bucket).spent;
      case 'open':
        return open.get(bucket.id) ?? 0;
      default:
        return bucket.kind satisfies never;
    }
  };

  const add = (bucket: Bucket, amount: number): void => {
    const spent = Math.max(0, spentOf(bucket) + amount);
    switch (bucket.kind) {
      case 'rate':
        rateOf(bucket).spent = spent;
        return;
      case 'day':
        dayOf(bucket).spent = spent;
        return;
      case 'open':
        if (spent === 0) open.delete(bucket.id);
        else open.set(bucket.id, spent);
        return;
      default:
        bucket.kind satisfies never;
    }
  };

  const resetIn = (bucket: Bucket, spent: number): number => {
    if (spent <= 0 || bucket.kind === 'open') return 0;
    return bucket.kind === 'rate' ? spent / refillOf(bucket) : DAY - (now() % DAY);
  };

  const levelOf = (bucket: Bucket): Level => {
    const spent = spentOf(bucket);
    return { spent, resetIn: resetIn(bucket, spent) };
  };

  const self: MemoryCounters = {
    take(demands: readonly Demand[]): Taking {
      const refused = demands.findIndex(({ bucket, amount }) => lackOf(bucket, amount, spentOf(bucket)) > 0);
      if (refused === -1) for (const { bucket, amount } of demands) add(bucket, amount);
      const levels = demands.map(({ bucket }) => levelOf(bucket));
      return {
        refused: refused === -1 ? undefined : refused,
        wait: waitOf(demands[refused], levels[refused]),
        levels,
        counters: self,
      };
    },
    adjust(corrections: readonly Correction[]): void {
      for (const { bucket, amount } of corrections) add(bucket, amount);
    },
    read: (buckets: readonly Bucket[]): readonly Level[] => buckets.map(levelOf),
    held: (bucketId) => open.get(bucketId) ?? 0,
  };
  return self;
}

/** How many units are missing for a demand; rounding errors of refilling are not. */
function lackOf({ capacity }: Bucket, amount: number, spent: number): number {
  const lack = spent + Math.min(amount, capacity) - capacity;
  return lack > ROUNDING ? lack : 0;
}

const ROUNDING = 1e-6;

/** In how many ms a refused demand could be met. */
export function waitOf(demand: Demand | undefined, level: Level | undefined): number {
  if (demand === undefined || level === undefined) return 0;
  const { bucket, amount } = demand;
  if (bucket.kind !== 'rate') return level.resetIn;
  return lackOf(bucket, amount, level.spent) / refillOf(bucket);
}
