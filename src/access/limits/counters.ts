import type { Bucket } from './bucket.ts';

/** What a request takes of one bucket: whole units, one at least. */
export type Demand = { bucket: Bucket; amount: number };

/** How much of one bucket is gone, and in how many ms it will be full again (0: it is). */
export type Level = { spent: number; resetIn: number };

/** The answer to a request for places: granted, or refused by the first bucket that cannot give what is asked. */
export type Taking = {
  /** Index of the demand that was refused; undefined when all were granted. */
  refused: number | undefined;
  /** In how many ms the refused demand could be met; 0 when nobody knows (concurrent requests). */
  wait: number;
  /** Of each demand's bucket, in their order, after the taking. */
  levels: readonly Level[];
  /** Where corrections of this taking are to be booked. */
  counters: Pick<Counters, 'adjust'>;
};

/** A correction of what was taken: `amount` may be negative. */
export type Correction = { bucket: Bucket; amount: number };

/**
 * Counts what has been taken of buckets. Two implementations, one suite: `counters.conformance.test.ts`. What is used beyond
 * an estimate is booked even when that is more than the bucket holds; it then has to flow back first, so no average is broken.
 */
export type Counters = {
  /**
   * Takes all demands or none. A demand larger than its bucket is met by a full bucket. Synchronous in memory.
   * Rejects when the counters cannot be reached.
   */
  take(demands: readonly Demand[]): Taking | Promise<Taking>;
  /** Books corrections, and gives back places of kind `open` (with a negative amount). Never throws. */
  adjust(corrections: readonly Correction[]): void;
  /** How full buckets are. Rejects when the counters cannot be reached. */
  read(buckets: readonly Bucket[]): readonly Level[] | Promise<readonly Level[]>;
};
