import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { confirmPepper } from '../../src/access/confirm-pepper.ts';
import { createKey } from '../../src/access/keys.ts';
import { newId } from '../../src/access/new-id.ts';
import { checkBooks } from '../../src/metering/doctor.ts';
import { createLedger, type Ledger } from '../../src/metering/ledger.ts';
import { reportUsage } from '../../src/metering/usage.ts';
import { budgetStatus, insertBudget } from '../../src/store/budgets.ts';
import { keysRevision, listKeys } from '../../src/store/keys.ts';
import { MIGRATIONS } from '../../src/store/migrations/index.ts';
import { MAIN_SPOOL, openStore, type Store } from '../../src/store/open.ts';
import { connect, isConnectionLoss } from '../../src/store/postgres/connection.ts';
import { dropEmptyPartitions, makePartitions } from '../../src/store/postgres/partitions.ts';
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

let postgres: TestPostgres;
let url: string;
let nodes: { store: Store; ledger: Ledger; remove(): void }[];

beforeAll(async () => {
  postgres = await TestPostgres.start();
});
afterAll(() => postgres?.dispose());
beforeEach(async () => {
  url = await postgres.database();
  nodes = [];
});
afterEach(async () => {
  for (const { store, remove } of nodes) {
    await store.close();
    remove();
  }
});

/** A node of its own on the database of this test. */
async function startNode(directory = temporaryDirectory()): Promise<{ store: Store; ledger: Ledger }> {
  const store = await openStore({ dataDir: directory.path, databaseUrl: url, spool: MAIN_SPOOL });
  const ledger = createLedger({ store, prices: await cataloguePrices(), now: Date.now, node: directory.path });
  nodes.push({ store, ledger, remove: directory.remove });
  return { store, ledger };
}

async function settleOne(ledger: Ledger, id: string): Promise<void> {
  await ledger.open(anExchange(id), anAttempt(id));
  await ledger.settle(anEnd(id), [anAttemptEnd(id)]);
}

async function failedChecks(store: Store): Promise<string[]> {
  return (await checkBooks(store)).filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail}`);
}

const count = async (sql: string): Promise<number> =>
  Number(Object.values((await postgres.query(url, sql))[0] ?? {})[0]);

test('S5 four nodes migrate one empty database at once; a newer schema is refused', async () => {
  await Promise.all([startNode(), startNode(), startNode(), startNode()]);
  expect(await count('SELECT count(*) FROM schema_versions')).toBe(MIGRATIONS.length);
  await postgres.query(url, 'INSERT INTO schema_versions VALUES (99, 0)');
  await expect(startNode()).rejects.toMatchObject({ kind: 'newer-schema' });
});

test('two nodes, 400 exchanges at once: ledger = exchanges = hourly = what was used', async () => {
  const [a, b] = [await startNode(), await startNode()];
  await Promise.all(
    Array.from({ length: 400 }, (_, index) => settleOne(index % 2 ? a.ledger : b.ledger, `req_${index}`)),
  );
  expect(await failedChecks(a.store)).toEqual([]);
  const { totals, rows } = await reportUsage(b.store, { rows: true });
  expect(totals).toMatchObject({ exchanges: 400, input_tokens: 400_000, output_tokens: 40_000 });
  expect(rows).toHaveLength(400);
});

test('a bad operation fails alone, and the ledger is append-only', async () => {
  const { ledger } = await startNode();
  const other = await startNode();
  await ledger.open(anExchange('req_1'), anAttempt('req_1'));
  const outcomes = await Promise.allSettled([
    other.ledger.open(anExchange('req_1'), anAttempt('req_1')),
    settleOne(other.ledger, 'req_2'),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  await expect(postgres.query(url, 'UPDATE ledger SET input = 0')).rejects.toThrow(/append-only/);
  await expect(postgres.query(url, 'DELETE FROM ledger')).rejects.toThrow(/append-only/);
});

test('S18 a settlement of a node whose exchange was recovered meanwhile corrects it', async () => {
  const [slow, other] = [await startNode(), await startNode()];
  await slow.ledger.open(anExchange('req_1'), anAttempt('req_1'));
  expect(await other.ledger.recover(() => true)).toBe(1);
  await slow.ledger.settle(anEnd('req_1'), [anAttemptEnd('req_1')]);
  expect(await count('SELECT count(*) FROM ledger')).toBe(2);
  expect(await count('SELECT sum(input) FROM ledger')).toBe(1_000);
  expect(await failedChecks(other.store)).toEqual([]);
});

test('S6 S18 what a node did while the database was away counts, also where others have settled for it before it could say so', async () => {
  const directory = temporaryDirectory();
  const [slow, other] = [await startNode(directory), await startNode()];
  await slow.ledger.open(anExchange('req_1'), anAttempt('req_1'));
  await postgres.stop();
  await slow.ledger.openAttempt(anAttempt('req_1', { attempt: 2 }));
  const failed = anAttemptEnd('req_1', { outcome: 'error', httpStatus: 529, usage: { input: 0 } });
  await slow.ledger.settle(anEnd('req_1'), [failed, anAttemptEnd('req_1', { attempt: 2 })]);
  await slow.store.close();
  nodes = nodes.filter(({ store }) => store !== slow.store);
  await postgres.restart();
  await waitFor('the database', () => other.store.health().downFor === undefined);
  expect(await other.ledger.recover(() => true)).toBe(1);
  const { store } = await startNode(directory);
  await waitFor('the spool', () => store.health().spooledBytes === 0);
  expect(store.health().refusedAfterSpool).toBe(0);
  expect((await reportUsage(other.store)).totals).toMatchObject({
    exchanges: 1,
    input_tokens: 1_000,
    output_tokens: 100,
  });
  expect(await failedChecks(other.store)).toEqual([]);
});

test('S18 a node that stands still in the midst of a transaction: the others have its locks before they give up', async () => {
  const other = await startNode();
  const subjects = ['key:key000000001'];
  await insertBudget(other.store, {
    ...{ id: 'bud_1', name: 'one', subject: subjects[0] ?? '', amount: 100, period: 'prepaid', timeZone: 'UTC' },
    ...{ hard: true, alerts: [], createdAt: NOON, managed: false },
  });
  const open = (id: string) =>
    other.ledger.open(anExchange(id), anAttempt(id), { nanoUsd: 0, blocked: false, lease: 60_000 });
  expect(await open('req_1')).toBeUndefined();
  const stalled = await connect(url);
  await stalled.query('BEGIN');
  await stalled.query('UPDATE budget_periods SET reserved_nano_usd = reserved_nano_usd + 1');
  expect(await open('req_2')).toBeUndefined();
  await expect(stalled.query('COMMIT')).rejects.toSatisfy(isConnectionLoss);
  expect(await count('SELECT sum(reserved_nano_usd) FROM budget_periods')).toBe(0);
});

test('S6 while the server is down a hard budget refuses, and a soft one counts what went on without it', async () => {
  const first = await startNode();
  const common = { amount: 1, period: 'day' as const, timeZone: 'UTC', alerts: [], createdAt: NOON, managed: false };
  await insertBudget(first.store, { ...common, id: 'bud_1', name: 'soft', subject: 'tag:soft', hard: false });
  await insertBudget(first.store, { ...common, id: 'bud_2', name: 'hard', subject: 'tag:hard', hard: true });
  const { store, ledger } = await startNode();
  const need = { nanoUsd: 50, blocked: true, lease: 60_000 };
  await postgres.stop();
  try {
    await expect(ledger.open(anExchange('req_1', { tags: ['hard'] }), anAttempt('req_1'), need)).rejects.toThrow();
    for (const [id, asked] of [
      ['req_2', need],
      ['req_3', 'unstated'],
    ] as const) {
      await ledger.open(anExchange(id, { tags: ['soft'] }), anAttempt(id), asked);
      await ledger.settle(anEnd(id), [anAttemptEnd(id)]);
    }
  } finally {
    await postgres.restart();
  }
  await waitFor('the spool', () => store.health().downFor === undefined && store.health().spooledBytes === 0);
  const status = await budgetStatus(store, NOON);
  expect(status.map(({ name, spent, reserved }) => [name, spent, reserved]).toSorted()).toEqual([
    ['hard', 0, 0],
    ['soft', 12_000_000, 0],
  ]);
  expect(store.health().refusedAfterSpool).toBe(0);
  expect(await failedChecks(store)).toEqual([]);
});

test('months whose rows are all closed are dropped, and those only', async () => {
  await startNode();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const month of [2, 3, 4]) await makePartitions(client, Date.UTC(2026, month));
    const id = newId('req', Date.UTC(2026, 3, 9));
    await client.query(
      "INSERT INTO exchanges (id, key_id, project_id, model, dialect, stream, started_at) VALUES ($1, 'k', 'p', 'm', 'd', 0, 1)",
      [id],
    );
    await dropEmptyPartitions(client, Date.UTC(2026, 5, 15));
    const left = await client.query("SELECT relname FROM pg_class WHERE relname ~ '_2026_0[3-5]$' ORDER BY relname");
    const names = ['attempts_2026_05', 'exchanges_2026_04', 'exchanges_2026_05', 'ledger_2026_05'];
    expect(left.rows.map(({ relname }) => relname)).toEqual(names);
  } finally {
    await client.end();
  }
});

test('a node with another pepper is refused', async () => {
  const { store } = await startNode();
  await confirmPepper(store, new Uint8Array(32));
  await confirmPepper(store, new Uint8Array(32));
  await expect(confirmPepper(store, new Uint8Array(32).fill(1))).rejects.toThrow(/EZMODEL_SECRET/);
});

test('keys come back as stored, and every change moves the revision', async () => {
  const { store } = await startNode();
  const before = await keysRevision(store);
  const { record } = await createKey(store, new Uint8Array(32), {
    name: 'laptop',
    models: ['a-*'],
    expiresAt: undefined,
    createdAt: NOON,
    projectId: 'proj_default',
    tags: ['x'],
  });
  expect(await listKeys(store)).toMatchObject([{ id: record.id, models: ['a-*'], tags: ['x'] }]);
  expect(new Uint8Array((await listKeys(store))[0]?.digest ?? [])).toEqual(new Uint8Array(record.digest));
  expect(await keysRevision(store)).toBe(before + 1);
});

test('S6 connections that are terminated lose no row', async () => {
  const { store, ledger } = await startNode();
  let running = true;
  const killer = (async () => {
    while (running) {
      await postgres.query(
        url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ezmodel'",
      );
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  for (let round = 0; round < 20; round++) {
    await Promise.all(Array.from({ length: 20 }, (_, index) => settleOne(ledger, `req_${round}_${index}`)));
  }
  running = false;
  await killer;
  await waitFor(
    'the spool to be empty',
    async () => store.health().downFor === undefined && store.health().spooledBytes === 0,
  );
  expect(await count("SELECT count(*) FROM exchanges WHERE outcome = 'ok'")).toBe(400);
  expect(store.health().refusedAfterSpool).toBe(0);
  expect(await failedChecks(store)).toEqual([]);
});

test('S6 while the server is down exchanges go on, reads are refused, and all is written when it is back', async () => {
  const { store, ledger } = await startNode();
  await settleOne(ledger, 'req_before');
  await ledger.open(anExchange('req_open'), anAttempt('req_open'));
  await postgres.stop();
  try {
    await ledger.settle(anEnd('req_open'), [anAttemptEnd('req_open')]);
    await settleOne(ledger, 'req_during');
    expect(store.health().spooledBytes).toBeGreaterThan(0);
    await expect(listKeys(store)).rejects.toMatchObject({ kind: 'unavailable' });
    await expect(store.writer.run({ sql: 'DELETE FROM drains', parameters: [] })).rejects.toMatchObject({
      kind: 'unavailable',
    });
  } finally {
    await postgres.restart();
  }
  await waitFor(
    'the spool to be empty',
    async () => store.health().downFor === undefined && store.health().spooledBytes === 0,
  );
  expect(await count("SELECT count(*) FROM exchanges WHERE outcome = 'ok'")).toBe(3);
  expect(await failedChecks(store)).toEqual([]);
});

test('S12 what waits in the spool outlasts the locks of others: nothing of it is given up', async () => {
  const { store, ledger } = await startNode();
  await ledger.open(anExchange('req_1'), anAttempt('req_1'));
  const other = new pg.Client({ connectionString: url });
  await other.connect();
  await other.query(`BEGIN; UPDATE exchanges SET outcome = NULL WHERE id = 'req_1'`);
  const name = new URL(url).pathname.slice(1);
  const rolledBack = async () => {
    const [row] = await postgres.query(
      postgres.address,
      `SELECT xact_rollback AS count FROM pg_stat_database WHERE datname = '${name}'`,
    );
    return Number(row?.['count']);
  };
  // A transaction that waits is given up soon, as one is that loses a deadlock.
  await postgres.query(postgres.address, `ALTER DATABASE ${name} SET lock_timeout = '20ms'`);
  await postgres.query(postgres.address, `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  await postgres.query(
    postgres.address,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}' AND application_name LIKE 'ezmodel%'`,
  );
  await waitFor('the node to lose its connection', () => store.health().downFor !== undefined);
  await ledger.settle(anEnd('req_1'), [anAttemptEnd('req_1')]);
  expect(store.health().spooledBytes).toBeGreaterThan(0);
  const before = await rolledBack();
  await postgres.query(postgres.address, `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
  await waitFor('the spool to be tried again and again', async () => (await rolledBack()) - before > 12);
  await other.query('COMMIT');
  await other.end();
  await waitFor('the spool to be written', () => store.health().spooledBytes === 0);
  expect(store.health().refusedAfterSpool).toBe(0);
  expect(await postgres.query(url, 'SELECT outcome FROM exchanges')).toEqual([{ outcome: 'ok' }]);
  expect(await failedChecks(store)).toEqual([]);
});
