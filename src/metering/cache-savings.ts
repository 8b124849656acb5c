import type { Counters } from '../store/tables/counters.ts';
import type { Price } from './price.ts';
import { makeReceipt } from './receipt.ts';

/**
 * What a prompt cache saved, in nano-USD: the cost if all of the prompt had been fresh, less what it did cost. Negative where what
 * was written to the cache was not read again.
 */
export function cacheSavings(counters: Counters, price: Price | undefined, terms: readonly string[]): number {
  const { cache_read, cache_write_5m, cache_write_1h } = counters;
  const cached = cache_read + cache_write_5m + cache_write_1h;
  if (price === undefined || cached === 0) return 0;
  const fresh: Counters = {
    ...counters,
    input: counters.input + cached,
    cache_read: 0,
    cache_write_5m: 0,
    cache_write_1h: 0,
  };
  return makeReceipt(fresh, price, terms).totalNanoUsd - makeReceipt(counters, price, terms).totalNanoUsd;
}
