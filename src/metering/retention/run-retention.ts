import type { RetentionConfig, RetentionLimit } from '../../config/config.ts';
import {
  closeOldestRows,
  countRowsBefore,
  deleteRollUpsOf,
  measureRollUps,
  measureRows,
  oldestRollUp,
} from '../../store/close-rows.ts';
import { deleteSomePayloads, type PayloadSelection, sizePayloads } from '../../store/payloads.ts';
import type { Store } from '../../store/store.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What an exchange with one attempt takes with its indexes, in bytes, as measured (851 on SQLite, rounded up). */
export const ROW_BYTES = 900;

/** What an hourly roll-up takes with its latencies, in bytes. */
export const ROLLUP_BYTES = 500;

/** Of one transaction: about 1 ms of the writer. */
const ROWS = 100;
const PAYLOADS = 20;

/** How often what is above a limit in bytes is measured again, at most. */
const PASSES = 10;

/** What a run has deleted: payloads, exchanges, and hours of roll-ups. */
export type RetentionReport = { bodies: number; rows: number; rollups: number };

/** Waits between two transactions, so that those of requests go first; false: stop here, go on another time. */
export type Pace = () => Promise<boolean>;

/** One run: what it works with. `now` is Unix ms. */
export type RetentionRun = { store: Store; config: RetentionConfig; now: number; pace: Pace };

/**
 * Deletes what is older or more than the configuration allows, in small transactions: payloads, then rows, then roll-ups. May
 * be broken off at any point. Rejects with StoreError.
 */
export async function runRetention(run: RetentionRun): Promise<RetentionReport> {
  return { bodies: await dropBodies(run), rows: await closeRows(run), rollups: await dropRollUps(run) };
}

async function dropBodies({ store, config: { bodies }, now, pace }: RetentionRun): Promise<number> {
  let dropped = await drop(store, { expiredAt: now }, Number.POSITIVE_INFINITY, pace);
  if (bodies.days !== undefined) {
    dropped += await drop(store, { createdBefore: now - bodies.days * DAY }, Number.POSITIVE_INFINITY, pace);
  }
  for (let pass = 0; bodies.bytes !== undefined && pass < PASSES; pass += 1) {
    const { count, bytes } = await sizePayloads(store);
    if (count === 0 || bytes <= bodies.bytes) break;
    dropped += await drop(store, 'all', Math.ceil(((bytes - bodies.bytes) * count) / bytes), pace);
  }
  return dropped;
}

async function drop(store: Store, which: PayloadSelection, most: number, pace: Pace): Promise<number> {
  let dropped = 0;
  while (dropped < most) {
    const some = Math.min(PAYLOADS, most - dropped);
    const deleted = await deleteSomePayloads(store, which, some);
    dropped += deleted;
    if (deleted < some || !(await pace())) break;
  }
  return dropped;
}

async function closeRows({ store, config: { rows }, now, pace }: RetentionRun): Promise<number> {
  let closed = rows.days === undefined ? 0 : await close(store, now - rows.days * DAY, Number.POSITIVE_INFINITY, pace);
  // The newest hour stays, whatever the limit: what is under way must find its rows.
  if (rows.bytes !== undefined) {
    const excess = (await measureRows(store)).count - rows.bytes / ROW_BYTES;
    if (excess > 0) closed += await close(store, now - HOUR, Math.ceil(excess), pace);
  }
  return closed;
}

async function close(store: Store, before: number, most: number, pace: Pace): Promise<number> {
  let closed = 0;
  while (closed < most) {
    const batch = Math.min(ROWS, most - closed);
    const found = await countRowsBefore(store, before, batch);
    if (found === 0) break;
    await closeOldestRows(store, before, found);
    closed += found;
    if (found < batch || !(await pace())) break;
  }
  return closed;
}

async function dropRollUps({ store, config: { rollups }, now, pace }: RetentionRun): Promise<number> {
  const before = rollups.days === undefined ? undefined : Math.floor((now - rollups.days * DAY) / HOUR);
  let dropped = before === undefined ? 0 : await dropHours(store, (hour) => hour < before, pace);
  for (let pass = 0; pass < PASSES; pass += 1) {
    const hours = await hoursInExcess(store, rollups, now);
    if (hours === undefined) break;
    const more = await dropHours(store, (hour) => hour <= hours, pace);
    dropped += more;
    if (more === 0) break;
  }
  return dropped;
}

/** The last of the oldest hours that are too many, taking all hours for equally large; undefined: none is. */
async function hoursInExcess(store: Store, { bytes }: RetentionLimit, now: number): Promise<number | undefined> {
  if (bytes === undefined) return undefined;
  const { count, oldest } = await measureRollUps(store);
  const excess = count - bytes / ROLLUP_BYTES;
  if (oldest === null || excess <= 0) return undefined;
  const span = Math.max(1, Math.floor(now / HOUR) - oldest);
  return Math.min(oldest + Math.floor((span * excess) / count), Math.floor(now / HOUR) - 1);
}

async function dropHours(store: Store, isOld: (hour: number) => boolean, pace: Pace): Promise<number> {
  for (let dropped = 0; ; dropped += 1) {
    const hour = await oldestRollUp(store);
    if (hour === null || !isOld(hour) || !(await deleteRollUpsOf(store, hour)) || !(await pace())) return dropped;
  }
}
