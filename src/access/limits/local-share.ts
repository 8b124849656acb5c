import { type Bucket, shareOf } from './bucket.ts';
import type { Correction, Counters, Demand, Taking } from './counters.ts';
import type { MemoryCounters } from './memory-counters.ts';

/** What a node does that cannot see the others. */
export type LocalShareParts = {
  memory: MemoryCounters;
  /** How many nodes there are, this one included. */
  nodes(): number;
  /** Counts places of kind `open`, taken or given back, in `memory`. */
  hold(places: readonly (Demand | Correction)[]): void;
};

/** Keeps this node to its share of every limit, so that all of them together keep within it (law Down). Synchronous. */
export function localShare({ memory, nodes, hold }: LocalShareParts) {
  const share = (bucket: Bucket): Bucket => shareOf(bucket, nodes());
  const self = {
    take(demands: readonly Demand[]): Taking {
      const taking = memory.take(demands.map(({ bucket, amount }) => ({ bucket: share(bucket), amount })));
      // Taken already; of places Redis is to be told later.
      hold(demands.map(({ bucket }) => ({ bucket, amount: 0 })));
      return { ...taking, counters: self };
    },
    adjust(corrections: readonly Correction[]): void {
      const isPlace = ({ bucket }: Correction) => bucket.kind === 'open';
      hold(corrections.filter(isPlace));
      memory.adjust(
        corrections
          .filter((correction) => !isPlace(correction))
          .map(({ bucket, amount }) => ({ bucket: share(bucket), amount })),
      );
    },
    read: (buckets: readonly Bucket[]) => memory.read(buckets.map(share)),
  } satisfies Counters;
  return self;
}
