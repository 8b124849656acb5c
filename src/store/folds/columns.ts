import { FIRST_EVENT_COLUMNS, TOTAL_COLUMNS } from '../hourly-times.ts';
import { COUNTERS } from '../tables/counters.ts';

/** What is summed of `hourly`. */
export const ROLL_UP_SUMS: readonly string[] = ['exchanges', 'errors', 'unpriced', ...COUNTERS, 'cost_nano_usd'];

/** What is summed of `hourly_times`. */
export const TIME_SUMS: readonly string[] = ['saved_nano_usd', ...FIRST_EVENT_COLUMNS, ...TOTAL_COLUMNS];
