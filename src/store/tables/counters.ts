/** The counters of a ledger row, in column order; disjoint but for `reasoning`, which is inside `output`. */
export const COUNTERS = [
  'input',
  'cache_read',
  'cache_write_5m',
  'cache_write_1h',
  'output',
  'reasoning',
  'web_searches',
  'web_fetches',
  'file_searches',
  'code_containers',
] as const;

/** One counter. */
export type Counter = (typeof COUNTERS)[number];

/** What an attempt or an exchange has used: whole numbers, none below zero. */
export type Counters = Record<Counter, number>;

/** A fresh set of counters, all zero. */
export function zeroCounters(): Counters {
  return {
    ...{ input: 0, cache_read: 0, cache_write_5m: 0, cache_write_1h: 0, output: 0, reasoning: 0 },
    ...{ web_searches: 0, web_fetches: 0, file_searches: 0, code_containers: 0 },
  };
}
