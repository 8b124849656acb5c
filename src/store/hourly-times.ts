import { LATENCY_BUCKETS, latencyBucket } from '../core/latency-buckets.ts';
import type { Store } from './store.ts';
import { HOUR_MS } from './tables/hourly.ts';
import { placeholders } from './tables/row.ts';

/** How long after an exchange its times are written at the latest, in ms. */
const PATIENCE = 1_000;

const buckets = (measure: string) => Array.from({ length: LATENCY_BUCKETS }, (_, bucket) => `${measure}_${bucket}`);

/** Columns of the times until the first event, by bucket. */
export const FIRST_EVENT_COLUMNS: readonly string[] = buckets('first');

/** Columns of the times from start to end, by bucket. */
export const TOTAL_COLUMNS: readonly string[] = buckets('total');

const IDENTITY_COLUMNS = ['hour', 'key_id', 'model', 'channel'];
const SUM_COLUMNS = ['saved_nano_usd', ...FIRST_EVENT_COLUMNS, ...TOTAL_COLUMNS];
const COLUMNS = [...IDENTITY_COLUMNS, 'project_id', ...SUM_COLUMNS];

const ADD = `INSERT INTO hourly_times (${COLUMNS.join(', ')}) VALUES (${placeholders(COLUMNS.length)})
  ON CONFLICT (${IDENTITY_COLUMNS.join(', ')})
  DO UPDATE SET ${SUM_COLUMNS.map((column) => `${column} = hourly_times.${column} + excluded.${column}`).join(', ')}`;

/** What one exchange adds. Times are Unix ms. */
export type ExchangeTimes = {
  keyId: string;
  projectId: string;
  model: string;
  /** Of the last attempt. */
  channel: string;
  startedAt: number;
  /** Undefined where there was none, or where it tells nothing, as of a failure. */
  firstEventAt: number | undefined;
  endedAt: number | undefined;
  savedNanoUsd: number;
};

type Sums = { identity: (string | number)[]; sums: number[] };

/**
 * Adds up the times of exchanges and writes them once a second: they are no money, and a crash may lose the last second of them.
 */
export type HourlyTimes = { add(times: ExchangeTimes): void; flush(): void };

/** Nothing added yet. */
export function createHourlyTimes(store: Store): HourlyTimes {
  const pending = new Map<string, Sums>();
  let timer: NodeJS.Timeout | undefined;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    for (const { identity, sums } of pending.values()) store.writer.post(['run', ADD, [...identity, ...sums]]);
    pending.clear();
  };

  const add = (times: ExchangeTimes): void => {
    const { keyId, model, channel, projectId, startedAt, firstEventAt, endedAt } = times;
    const hour = Math.floor(startedAt / HOUR_MS);
    const name = `${hour} ${keyId} ${channel.length} ${channel}${model}`;
    const known = pending.get(name);
    const { sums } = known ?? { sums: SUM_COLUMNS.map(() => 0) };
    if (!known) pending.set(name, { identity: [hour, keyId, model, channel, projectId], sums });
    const increase = (index: number, by: number) => {
      sums[index] = (sums[index] ?? 0) + by;
    };
    increase(0, times.savedNanoUsd);
    if (firstEventAt !== undefined) increase(1 + latencyBucket(firstEventAt - startedAt), 1);
    if (endedAt !== undefined) increase(1 + LATENCY_BUCKETS + latencyBucket(endedAt - startedAt), 1);
    timer ??= setTimeout(flush, PATIENCE).unref();
  };

  return { add, flush };
}
