import { type Bucket, shareOf } from './bucket.ts';
import type { Correction, Counters, Demand, Taking } from './counters.ts';

/**
 * Counters of one of several processes that each count alone: it keeps to its share, so all of them together keep the limit.
 * @param processes how many there are, asked each time.
 */
export function shareAmong(counters: Counters, processes: () => number): Counters {
  const share = <Part extends Demand | Correction>(part: Part): Part => ({
    ...part,
    bucket: shareOf(part.bucket, processes()),
  });
  const self: Counters = {
    take: (demands) => {
      const taking = counters.take(demands.map(share));
      return taking instanceof Promise ? taking.then(booked) : booked(taking);
    },
    adjust: (corrections) => counters.adjust(corrections.map(share)),
    read: (buckets: readonly Bucket[]) => counters.read(buckets.map((bucket) => shareOf(bucket, processes()))),
  };
  const booked = (taking: Taking): Taking => ({ ...taking, counters: self });
  return self;
}
