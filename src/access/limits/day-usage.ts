import { matchesPattern } from '../../core/pattern.ts';
import type { DayTokens } from '../../store/day-tokens.ts';
import type { Bucket } from './bucket.ts';
import { DAY } from './memory-counters.ts';

const REFRESH_INTERVAL = 30_000;

/** What the ledger says was used today, for counters that begin to count in the middle of a day. */
export type DayUsage = {
  /** Tokens used before in what a bucket of kind `day` counts; 0 while the ledger has not been read. */
  usedBefore(bucket: Bucket): number;
  /** Reads the ledger at once; done by itself every 30 s. Never rejects. */
  refresh(): Promise<void>;
  close(): void;
};

/**
 * Counters are caches: after a start, or when Redis has forgotten everything, daily ones go on from the ledger (S7).
 * @param read what exchanges of a day (since the epoch, UTC) used.
 * @param isNeeded whether any limit counts days.
 * @param now Unix ms.
 */
export function createDayUsage(
  read: (day: number) => Promise<DayTokens[]>,
  isNeeded: () => boolean,
  now: () => number,
): DayUsage {
  let known: { day: number; rows: readonly DayTokens[] } = { day: -1, rows: [] };

  const refresh = async () => {
    if (!isNeeded()) return;
    const day = Math.floor(now() / DAY);
    const rows = await read(day).catch(() => undefined);
    if (rows !== undefined) known = { day, rows };
  };

  const timer = setInterval(refresh, REFRESH_INTERVAL).unref();
  return {
    usedBefore(bucket) {
      if (known.day !== Math.floor(now() / DAY)) return 0;
      const rows = known.rows.filter((row) => isCounted(bucket, row));
      return rows.reduce((sum, { tokens }) => sum + tokens, 0);
    },
    refresh,
    close: () => clearInterval(timer),
  };
}

function isCounted({ scope, owner, models }: Bucket, row: DayTokens): boolean {
  if (!matchesPattern(models, row.model)) return false;
  switch (scope) {
    case 'key':
      return row.key_id === owner;
    case 'project':
      return row.project_id === owner;
    case 'model':
      return true;
    default:
      return scope satisfies never;
  }
}
