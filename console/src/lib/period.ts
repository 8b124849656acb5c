const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The periods that pages offer, in ms; `custom` has its own ends in the address. */
export const PERIODS = {
  '1h': HOUR,
  '24h': DAY,
  '7d': 7 * DAY,
  '30d': 30 * DAY,
  '90d': 90 * DAY,
} as const;

/** One of the periods. */
export type Period = keyof typeof PERIODS;

/** The names of the periods, shortest first. */
export const PERIOD_NAMES: readonly Period[] = ['1h', '24h', '7d', '30d', '90d'];

/**
 * The ends of a period that ends now, in Unix ms; both on a whole minute, so that an address asked for twice in a minute is the
 * same request.
 */
export function rangeOf(period: Period, now: number): { since: number; until: number } {
  const until = Math.ceil(now / 60_000) * 60_000;
  return { since: until - PERIODS[period], until };
}
