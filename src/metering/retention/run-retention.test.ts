import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  anAttempt,
  anAttemptEnd,
  anEnd,
  anExchange,
  type Books,
  NOON,
  openBooks,
} from '../../../test/support/ledger-books.ts';
import type { RetentionConfig } from '../../config/config.ts';
import { measureRollUps, measureRows } from '../../store/close-rows.ts';
import { insertPayload, sizePayloads } from '../../store/payloads.ts';
import { checkBooks } from '../doctor.ts';
import { ROLLUP_BYTES, ROW_BYTES, runRetention } from './run-retention.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NONE = { days: undefined, bytes: undefined };
const KEEP_ALL: RetentionConfig = { bodies: NONE, rows: NONE, rollups: NONE, lowDisk: 2, reserve: 1 };

let books: Books;
beforeEach(async () => {
  books = await openBooks();
});
afterEach(() => books.close());

/** One exchange a day for ten days, with a payload of 10 bytes that expires after eight days. */
async function write(): Promise<void> {
  for (let day = 0; day < 10; day += 1) {
    const id = `req_${day}`;
    const startedAt = NOON + day * DAY;
    await books.ledger.open(anExchange(id, { startedAt }), anAttempt(id, { startedAt }), undefined);
    await books.ledger.settle(anEnd(id), [anAttemptEnd(id)]);
    await insertPayload(books.store, {
      ...{ exchangeId: id, keyId: 'k', projectId: 'p', createdAt: startedAt, expiresAt: startedAt + 8 * DAY },
      ...{ bytes: 10, sealed: new Uint8Array(10) },
    });
  }
}

const runWith = (changes: Partial<RetentionConfig>, pace = async () => true) =>
  runRetention({ store: books.store, config: { ...KEEP_ALL, ...changes }, now: NOON + 9 * DAY + HOUR, pace });
const failing = async () => (await checkBooks(books.store)).filter(({ ok }) => !ok);

test('without limits nothing goes but what has expired', async () => {
  await write();
  expect(await runWith({})).toEqual({ bodies: 2, rows: 0, rollups: 0 });
  expect(await runWith({})).toEqual({ bodies: 0, rows: 0, rollups: 0 });
});

test('limits in days hold for each kind on its own, and the books prove out', async () => {
  await write();
  const limits = { bodies: { ...NONE, days: 3 }, rows: { ...NONE, days: 5 }, rollups: { ...NONE, days: 7 } };
  expect(await runWith(limits)).toEqual({ bodies: 7, rows: 5, rollups: 3 });
  expect(await sizePayloads(books.store)).toMatchObject({ count: 3, bytes: 30 });
  expect(await measureRows(books.store)).toMatchObject({ count: 5, oldest: NOON + 5 * DAY });
  expect(await measureRollUps(books.store)).toMatchObject({ count: 7 });
  expect(await failing()).toEqual([]);
});

test('limits in bytes take the oldest away, and the newest hour stays', async () => {
  await write();
  const limits = {
    bodies: { ...NONE, bytes: 45 },
    rows: { ...NONE, bytes: 3 * ROW_BYTES },
    rollups: { ...NONE, bytes: 6 * ROLLUP_BYTES },
  };
  const report = await runWith(limits);
  expect(report).toMatchObject({ bodies: 6, rows: 7 });
  expect(await sizePayloads(books.store)).toMatchObject({ count: 3, bytes: 30 });
  expect(await measureRows(books.store)).toMatchObject({ count: 3 });
  expect((await measureRollUps(books.store)).count).toBeLessThanOrEqual(6);
  expect((await measureRollUps(books.store)).count).toBeGreaterThanOrEqual(3);
  expect(await runWith({ rows: { ...NONE, bytes: 1 } })).toMatchObject({ rows: 2 });
  expect(await failing()).toEqual([]);
});

test('a run can be broken off between any two transactions and goes on later', async () => {
  await write();
  const limits = { bodies: { ...NONE, days: 1 }, rows: { ...NONE, days: 1 }, rollups: { ...NONE, days: 1 } };
  await runWith(limits, async () => false);
  expect(await failing()).toEqual([]);
  for (let round = 0; round < 12; round += 1) await runWith(limits, async () => false);
  expect(await measureRows(books.store)).toMatchObject({ count: 1 });
  expect(await failing()).toEqual([]);
});
