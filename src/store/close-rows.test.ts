import { expect, test } from 'vitest';
import {
  anAttempt,
  anAttemptEnd,
  anEnd,
  anExchange,
  cataloguePrices,
  NOON,
  temporaryDirectory,
} from '../../test/support/ledger-books.ts';
import { openFreshStore } from '../../test/support/store-under-test.ts';
import { checkBooks } from '../metering/doctor.ts';
import { createLedger } from '../metering/ledger.ts';
import { addBudgetEntry, budgetStatus, insertBudget } from './budgets.ts';
import { closeOldestRows, deleteRollUpsOf, measureRollUps, measureRows } from './close-rows.ts';
import type { Store } from './open.ts';
import { insertPayload, sizePayloads } from './payloads.ts';
import { sumUsage } from './usage.ts';

const HOUR = 3_600_000;
const COUNT = 60;
/** What one of them costs: 1,000 in, 100 out. */
const COST = 6_000_000;

/** The names of all checks of the books that fail. */
const failing = async (store: Store) => (await checkBooks(store)).filter(({ ok }) => !ok).map(({ name }) => name);

test('closes old rows in batches: their sums stay, the books and prepaid balances prove out, the ledger stays append-only', async () => {
  const directory = temporaryDirectory();
  const store = await openFreshStore(directory.path);
  const ledger = createLedger({ store, prices: await cataloguePrices(), now: Date.now, node: 'test' });
  const budget = {
    id: 'bud_1',
    name: 'one',
    subject: 'project:proj_default',
    amount: 0,
    timeZone: 'UTC',
    hard: true,
  };
  await insertBudget(store, { ...budget, period: 'prepaid', alerts: [], createdAt: NOON, managed: false });
  await addBudgetEntry(store, { budgetId: 'bud_1', at: NOON, amount: 2 * COUNT * COST, note: 'first' });

  const write = async (index: number) => {
    const id = `req_${String(index).padStart(4, '0')}`;
    const startedAt = NOON + Math.floor(index / 20) * HOUR + index;
    await ledger.open(anExchange(id, { startedAt }), anAttempt(id), { nanoUsd: COST, blocked: false, lease: 60_000 });
    const outcome = index % 7 === 0 ? 'error' : 'ok';
    await ledger.settle(anEnd(id, { outcome }), [anAttemptEnd(id, { outcome })]);
    await insertPayload(store, {
      ...{ exchangeId: id, keyId: 'k', projectId: 'p', createdAt: startedAt, expiresAt: startedAt + HOUR },
      ...{ bytes: 3, sealed: new Uint8Array(3) },
    });
  };
  try {
    await Promise.all(Array.from({ length: COUNT }, (_, index) => write(index)));
    await ledger.open(anExchange('req_open'), anAttempt('req_open'), undefined);
    const before = await sumUsage(store, 0);
    expect(await measureRows(store)).toEqual({ count: COUNT, oldest: NOON });

    // Two janitors at once, on the hour and a half that is old.
    const cutoff = NOON + HOUR + 30;
    for (let round = 0; round < 5; round += 1) {
      await Promise.all([closeOldestRows(store, cutoff, 5), closeOldestRows(store, cutoff, 3)]);
    }
    expect(await failing(store)).toEqual([]);
    expect(await measureRows(store)).toEqual({ count: COUNT - 30, oldest: NOON });
    expect(await sumUsage(store, 0)).toEqual(before);
    expect(await sizePayloads(store)).toMatchObject({ count: COUNT - 30, bytes: 3 * (COUNT - 30) });
    expect(await budgetStatus(store, Date.now())).toMatchObject([{ spent: COUNT * COST, reserved: 0 }]);

    const refused = store.writer.run({ sql: 'DELETE FROM ledger', parameters: [] });
    await expect(refused).rejects.toThrow('the ledger is append-only');

    // Roll-ups go only after their rows.
    const hour = NOON / HOUR;
    expect(await deleteRollUpsOf(store, hour)).toBe(false);
    await ledger.settle(anEnd('req_open'), [anAttemptEnd('req_open')]);
    await closeOldestRows(store, cutoff, 5);
    expect(await failing(store)).toEqual([]);
    expect(await deleteRollUpsOf(store, hour)).toBe(true);
    expect(await measureRollUps(store)).toMatchObject({ oldest: hour + 1 });
    expect(await failing(store)).toEqual([]);

    await store.writer.run({ sql: 'UPDATE closed_hours SET cost_nano_usd = cost_nano_usd + 1', parameters: [] });
    expect(await failing(store)).toEqual(['ledger + closed = hourly, in hours with closed rows']);
    await store.writer.run({
      sql: 'UPDATE budget_periods SET closed_nano_usd = closed_nano_usd - 1',
      parameters: [],
    });
    expect(await failing(store)).toContain('budget counters = holds');
  } finally {
    await store.close();
    directory.remove();
  }
});
