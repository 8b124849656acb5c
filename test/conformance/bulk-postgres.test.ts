import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { checkBooks } from '../../src/metering/doctor.ts';
import { createLedger, type Ledger } from '../../src/metering/ledger.ts';
import { type BudgetRecord, budgetStatus, insertBudget, removeBudget } from '../../src/store/budgets.ts';
import { MAIN_SPOOL, openStore, type Store } from '../../src/store/open.ts';
import {
  anAttempt,
  anAttemptEnd,
  anEnd,
  anExchange,
  cataloguePrices,
  NOON,
  temporaryDirectory,
} from '../support/ledger-books.ts';
import { TestPostgres } from '../support/postgres.ts';
import { waitFor } from '../support/wait.ts';

/** What {@link anAttemptEnd} costs, in nano-USD. */
const COST = 6_000_000;
const NEED = { nanoUsd: 10_000_000, blocked: false, lease: 60_000 };

let postgres: TestPostgres;
let url: string;
let directory: ReturnType<typeof temporaryDirectory>;
let store: Store;
let ledger: Ledger;

beforeAll(async () => {
  postgres = await TestPostgres.start();
});
afterAll(() => postgres?.dispose());
beforeEach(async () => {
  directory = temporaryDirectory();
  url = await postgres.database();
});
afterEach(async () => {
  expect((await checkBooks(store)).filter(({ ok }) => !ok)).toEqual([]);
  await store.close();
  directory.remove();
});

/** Opens the store on a database that has these budgets, so that it knows them from the start; both its connections are up. */
async function start(...budgets: Partial<BudgetRecord>[]): Promise<void> {
  const before = await openStore({ dataDir: directory.path, databaseUrl: url });
  for (const [index, changes] of budgets.entries())
    await insertBudget(before, budget({ id: `bud_${index}`, ...changes }));
  await before.close();
  store = await openStore({ dataDir: directory.path, databaseUrl: url, spool: MAIN_SPOOL });
  ledger = createLedger({ store, prices: await cataloguePrices(), now: () => NOON, node: 'test' });
  let warm = 0;
  await waitFor('settlements on a connection of their own', async () => {
    const id = `req_warm_${warm++}`;
    await ledger.open(anExchange(id, { keyId: 'key000000000', projectId: 'warm' }), anAttempt(id));
    const numberBefore = await transaction();
    await ledger.settle(anEnd(id), [anAttemptEnd(id)]);
    const queries = await postgres.query(
      url,
      `SELECT query FROM pg_stat_activity WHERE query LIKE '%exchange_ended%'
      AND pid <> pg_backend_pid()`,
    );
    return queries.length === 1 && (await transaction()) - numberBefore === 2;
  });
}

function budget(changes: Partial<BudgetRecord>): BudgetRecord {
  return {
    ...{ id: 'bud_0', name: changes.id ?? 'one', subject: 'tag:t', amount: 1_000_000_000_000, period: 'month' },
    ...{ timeZone: 'UTC', hard: true, alerts: [1], createdAt: NOON, managed: false },
    ...changes,
  };
}

/** Takes the next number of a transaction that writes. */
async function transaction(): Promise<number> {
  return Number((await postgres.query(url, 'SELECT pg_current_xact_id()::text AS number'))[0]?.['number']);
}

const open = (id: string) => ledger.open(anExchange(id, { tags: ['t'] }), anAttempt(id), NEED);
const settle = (id: string) => ledger.settle(anEnd(id), [anAttemptEnd(id)]);
const namesOf = (crowd: string, size = 20) => Array.from({ length: size }, (_, index) => `req_${crowd}_${index}`);
const standing = async () => (await budgetStatus(store, NOON)).map(({ spent, reserved }) => [spent, reserved]);

/** A transaction of somebody else, which has run `sql`. */
async function transactionWith(sql: string): Promise<{ commit(): Promise<void> }> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`BEGIN; ${sql}`);
  return {
    commit: async () => {
      await client.query('COMMIT');
      await client.end();
    },
  };
}

/** Resolves when a statement with these words waits for a lock. */
function waitForLock(words: string) {
  return waitFor(`${words} to wait for a lock`, async () => {
    const waiting = await postgres.query(
      url,
      `SELECT 1 FROM pg_stat_activity
      WHERE wait_event_type = 'Lock' AND query LIKE '%${words}%' AND pid <> pg_backend_pid()`,
    );
    return waiting.length > 0;
  });
}

test('G11 the intents of a crowd with their holds are one transaction, its settlements another', async () => {
  await start({}, { subject: 'key:key000000001', period: 'day' });
  // The first of a period makes its row.
  await open('req_first');
  await settle('req_first');
  // Times by hour are written a second later.
  await ledger.flush();
  const ids = namesOf('crowd');
  const before = await transaction();
  expect(await Promise.all(ids.map(open))).toEqual(ids.map(() => undefined));
  expect((await transaction()) - before).toBe(2);
  expect(await standing()).toEqual([0, 1].map(() => [COST, 20 * NEED.nanoUsd]));
  const between = await transaction();
  await Promise.all(ids.map(settle));
  expect((await transaction()) - between).toBe(2);
  expect(await standing()).toEqual([0, 1].map(() => [21 * COST, 0]));
});

test('S12 settlements that waited for a budget which another process changed count in full, and so does the change', async () => {
  await start({}, { subject: 'key:key000000001' });
  const ids = namesOf('crowd');
  await Promise.all(ids.map(open));
  const others = await transactionWith('UPDATE budget_periods SET spent_nano_usd = spent_nano_usd + 7');
  const settled = Promise.all(ids.map(settle));
  await waitForLock('exchange_ended');
  await others.commit();
  await settled;
  expect(await standing()).toEqual([0, 1].map(() => [20 * COST + 7, 0]));
  // Nobody has spent that: the books would not prove out.
  await postgres.query(url, 'UPDATE budget_periods SET spent_nano_usd = spent_nano_usd - 7');
});

test('S12 settlements that waited for a budget which was carried over to another time zone count in its new period', async () => {
  await start({});
  const ids = namesOf('crowd', 3);
  await Promise.all(ids.map(open));
  // As `carryPeriodStatements` has it: when the settlements have waited for their holds, these name a row that was not there before.
  const [next, columns] = ['period_start - 9 * 3600000', 'period_end, spent_nano_usd, reserved_nano_usd'];
  const others = await transactionWith(`UPDATE budgets SET time_zone = 'Asia/Tokyo';
    INSERT INTO budget_periods (budget_id, period_start, ${columns})
      SELECT budget_id, ${next}, ${columns} FROM budget_periods;
    DELETE FROM budget_periods WHERE period_start > (SELECT min(period_start) FROM budget_periods);
    UPDATE budget_holds SET period_start = ${next}`);
  const settled = Promise.all(ids.map(settle));
  await waitForLock('exchange_ended');
  await others.commit();
  await settled;
  expect(await standing()).toEqual([[3 * COST, 0]]);
});

test('S12 an exchange whose settlement was overtaken by others is corrected, and those beside it are settled once', async () => {
  await start({});
  const ids = namesOf('crowd', 3);
  await Promise.all(ids.map(open));
  // As a further attempt does: settlements wait for it, and find their exchange open still.
  const keyed = await transactionWith(`UPDATE exchanges SET outcome = NULL WHERE id = '${ids[1]}'`);
  const settled = Promise.all(ids.map(settle));
  await waitForLock('exchange_ended');
  const other = createLedger({ store, prices: await cataloguePrices(), now: () => NOON + 60_000, node: 'other' });
  await keyed.commit();
  await settled;
  expect(await other.recover((node) => node === 'test')).toBe(0);
  expect(await standing()).toEqual([[3 * COST, 0]]);
  const late = namesOf('late', 3);
  await Promise.all(late.map(open));
  await postgres.query(url, `UPDATE exchanges SET node = 'gone' WHERE id = '${late[1]}'`);
  expect(await other.recover((node) => node === 'gone')).toBe(1);
  await Promise.all(late.map(settle));
  expect(await standing()).toEqual([[6 * COST, 0]]);
  const outcomes = await postgres.query(
    url,
    `SELECT outcome, count(*)::int AS count FROM exchanges
    WHERE id LIKE 'req_late%' GROUP BY outcome`,
  );
  expect(outcomes).toEqual([{ outcome: 'ok', count: 3 }]);
});

test('S12 a budget that becomes known while a batch is written is asked by its intents: none goes without a hold', async () => {
  await start();
  // So the batch is under way for as long as this lasts, having begun when no budget was known.
  const others = await transactionWith(`UPDATE revisions SET value = value WHERE name = 'keys'`);
  const blocked = store.writer.run({ sql: `UPDATE revisions SET value = value WHERE name = 'keys'`, parameters: [] });
  const refusal = ledger.open(anExchange('req_1', { tags: ['t'] }), anAttempt('req_1'), 'unstated');
  await waitForLock('UPDATE revisions');
  await postgres.query(
    url,
    `INSERT INTO budgets (id, name, subject, amount_nano_usd, period, time_zone, hard, alerts, created_at)
    VALUES ('bud_0', 'one', 'tag:t', 0, 'month', 'UTC', 1, '[]', 0)`,
  );
  const [now] = await postgres.query(url, 'SELECT now()::text AS now');
  await waitFor('the budgets to be read again', async () => {
    const read = await postgres.query(
      url,
      `SELECT 1 FROM pg_stat_activity WHERE application_name = 'ezmodel reader'
      AND query LIKE 'SELECT id, subject%' AND query_start > '${now?.['now']}' AND state = 'idle'`,
    );
    return read.length > 0;
  });
  await others.commit();
  await blocked;
  expect(await refusal).toMatchObject({ reason: 'unstated', budgetId: 'bud_0' });
  expect(await postgres.query(url, `SELECT id FROM exchanges WHERE id = 'req_1'`)).toEqual([]);
});

test('S12 of a crowd on money for half exactly half is let in, and a crowd beside it is not held up', async () => {
  await start({ amount: 10 * NEED.nanoUsd, subject: 'tag:t' }, { subject: 'tag:u' });
  const rich = namesOf('rich');
  const openRich = (id: string) => ledger.open(anExchange(id, { tags: ['u'] }), anAttempt(id), NEED);
  const [poor, others] = await Promise.all([Promise.all(namesOf('poor').map(open)), Promise.all(rich.map(openRich))]);
  expect(poor.filter((refusal) => refusal?.reason === 'exhausted')).toHaveLength(10);
  expect(others.filter((refusal) => refusal !== undefined)).toEqual([]);
  expect(await standing()).toEqual([
    [0, 10 * NEED.nanoUsd],
    [0, 20 * NEED.nanoUsd],
  ]);
  // Nor is it when the full one is asked again: the crowd is one transaction, beside one for what goes step by step.
  const before = await transaction();
  const again = [open('req_poor_again'), ...namesOf('again').map(openRich)];
  expect((await Promise.all(again)).map((refusal) => refusal?.reason)).toEqual([
    'exhausted',
    ...rich.map(() => undefined),
  ]);
  expect((await transaction()) - before).toBeLessThanOrEqual(3);
});

test('S12 exchanges end without a budget that is removed while they run', async () => {
  await start({}, { subject: 'key:key000000001' });
  const ids = namesOf('crowd', 3);
  await Promise.all(ids.map(open));
  await removeBudget(store, 'bud_0');
  await Promise.all(ids.map(settle));
  expect(await standing()).toEqual([[3 * COST, 0]]);
  // What is still known of it is not what the database says.
  expect(await open('req_after')).toBeUndefined();
  await settle('req_after');
  expect(await standing()).toEqual([[4 * COST, 0]]);
});

test('whatever texts have in them arrives as it was', async () => {
  await start();
  const texts = [
    '{a,b}',
    '"quoted"',
    'back\\slash\\',
    'NULL',
    'null',
    '',
    ' ',
    "it's",
    'line\nbreak\ttab',
    'Zürich 東京 🙂',
    '\\"',
    '{}',
  ];
  await Promise.all(
    texts.map((text, index) => ledger.open(anExchange(`req_${index}`, { model: text }), anAttempt(`req_${index}`))),
  );
  await Promise.all(
    texts.map((text, index) =>
      ledger.settle(anEnd(`req_${index}`, { errorKind: text }), [
        anAttemptEnd(`req_${index}`, { upstreamRequestId: text }),
      ]),
    ),
  );
  const rows = await postgres.query(
    url,
    `SELECT e.id, model, e.error_kind, upstream_request_id FROM exchanges e
    JOIN attempts a ON a.exchange_id = e.id WHERE e.key_id = 'key000000001'`,
  );
  const found = new Map(rows.map((row) => [row['id'], [row['model'], row['error_kind'], row['upstream_request_id']]]));
  for (const [index, text] of texts.entries()) expect(found.get(`req_${index}`)).toEqual([text, text, text]);
});
