import { execFile } from 'node:child_process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  anAttempt,
  anAttemptEnd,
  anEnd,
  anExchange,
  anOverride,
  type Books,
  cataloguePrices,
  NOON,
  openBooks,
  printed,
} from '../../test/support/ledger-books.ts';
import { damageStore } from '../../test/support/store-under-test.ts';
import { insertKey } from '../store/keys.ts';
import { openStore } from '../store/open.ts';
import { checkBooks } from './doctor.ts';
import { createLedger } from './ledger.ts';
import { createPrices } from './prices.ts';
import { reportUsage } from './usage.ts';

let books: Books;
beforeEach(async () => {
  books = await openBooks();
});
afterEach(() => books.close());

/** What the doctor finds wrong. */
async function failedChecks(): Promise<string[]> {
  return (await checkBooks(books.store)).filter((check) => !check.ok).map((check) => check.name);
}

async function settleOne(id: string, startedAt = NOON): Promise<void> {
  await books.ledger.open(anExchange(id, { startedAt }), anAttempt(id, { startedAt }));
  await books.ledger.settle(anEnd(id), [anAttemptEnd(id)]);
}

test('hourly times that no answer in the books stands behind are found; those that a crash has lost are none of that', async () => {
  await settleOne('req_1');
  await settleOne('req_2');
  await books.ledger.flush();
  expect(await failedChecks()).toEqual([]);
  const change = (by: number) =>
    books.store.writer.run({ sql: 'UPDATE hourly_times SET first_3 = first_3 + ?', parameters: [by] });
  await change(-1);
  expect(await failedChecks()).toEqual([]);
  await change(2);
  expect(await failedChecks()).toEqual(['hourly times are of answers in the books']);
});

test('an exchange is charged to the nano-USD, and the doctor agrees', async () => {
  await books.ledger.open(anExchange('req_1'), anAttempt('req_1'));
  const usage = { input: 1_001, cache_read: 20_000, cache_write_5m: 300, cache_write_1h: 40, output: 77, reasoning: 7 };
  // 4 / 0.20 / 5 / 8 / 20 USD per million tokens.
  const expected = 1_001 * 4_000 + 20_000 * 200 + 300 * 5_000 + 40 * 8_000 + 77 * 20_000;
  const cost = await books.ledger.settle(anEnd('req_1'), [anAttemptEnd('req_1', { usage })]);
  expect(cost).toMatchObject({ costNanoUsd: expected });
  expect(await failedChecks()).toEqual([]);
  const { totals, rows } = await reportUsage(books.store, { rows: true });
  expect(totals).toEqual({
    exchanges: 1,
    input_tokens: 1_001,
    output_tokens: 77,
    cache_read_tokens: 20_000,
    cache_write_tokens: 340,
    cost_nano_usd: expected,
  });
  expect(rows).toEqual([
    expect.objectContaining({
      request_id: 'req_1',
      status: 'ok',
      partial: false,
      estimated: false,
      unpriced: false,
      http_status: 200,
      channel: 'main',
      upstream_request_id: 'upstream-req_1',
      cache_write_5m_tokens: 300,
      cache_write_1h_tokens: 40,
      reasoning_tokens: 7,
      cost_nano_usd: expected,
      attempts: 1,
    }),
  ]);
});

test('failed attempts are charged too, under the channel that used the tokens', async () => {
  await books.ledger.open(anExchange('req_1'), anAttempt('req_1', { channel: 'first' }));
  await books.ledger.openAttempt(anAttempt('req_1', { attempt: 2, channel: 'second' }));
  const failed = anAttemptEnd('req_1', { outcome: 'error', httpStatus: 529, usage: { input: 10 }, partial: true });
  const cost = await books.ledger.settle(anEnd('req_1'), [failed, anAttemptEnd('req_1', { attempt: 2 })]);
  expect(cost.costNanoUsd).toBe(10 * 4_000 + 1_000 * 4_000 + 100 * 20_000);
  const { totals, rows } = await reportUsage(books.store, { rows: true });
  expect(totals).toMatchObject({ exchanges: 1, input_tokens: 1_010 });
  expect(rows?.[0]).toMatchObject({ attempts: 2, channel: 'second', partial: false, status: 'ok' });
  expect(await failedChecks()).toEqual([]);
});

test('settling again, at once or later, answers the same and books nothing', async () => {
  await books.ledger.open(anExchange('req_1'), anAttempt('req_1'));
  const settle = () => books.ledger.settle(anEnd('req_1'), [anAttemptEnd('req_1')]);
  const costs = [...(await Promise.all([settle(), settle()])), await settle()];
  expect(costs).toMatchObject([{ costNanoUsd: 6_000_000 }, { costNanoUsd: 6_000_000 }, { costNanoUsd: 6_000_000 }]);
  expect((await reportUsage(books.store)).totals).toMatchObject({ exchanges: 1, cost_nano_usd: 6_000_000 });
});

test('a settlement that misses or invents an attempt is refused, and the exchange can still be settled', async () => {
  const { ledger } = books;
  await ledger.open(anExchange('req_1'), anAttempt('req_1'));
  await expect(ledger.settle(anEnd('req_1'), [])).rejects.toThrow(/opened 1 attempts, but 0/);
  await expect(ledger.settle(anEnd('req_1'), [anAttemptEnd('req_1', { attempt: 2 })])).rejects.toThrow(
    /no open attempt 2/,
  );
  await expect(ledger.settle(anEnd('req_2'), [anAttemptEnd('req_2')])).rejects.toThrow(/not opened/);
  await expect(ledger.openAttempt(anAttempt('req_2'))).rejects.toThrow(/not open/);
  await ledger.settle(anEnd('req_1'), [anAttemptEnd('req_1')]);
  expect(await failedChecks()).toEqual([]);
});

test('a model without a price is stored as unpriced, never as free', async () => {
  await books.ledger.open(anExchange('req_1'), anAttempt('req_1', { upstreamModel: 'claude-sonnet-5-5' }));
  expect(await books.ledger.settle(anEnd('req_1'), [anAttemptEnd('req_1')])).toMatchObject({ costNanoUsd: null });
  const { totals, rows } = await reportUsage(books.store, { rows: true });
  expect(rows?.[0]).toMatchObject({ unpriced: true, cost_nano_usd: null, input_tokens: 1_000 });
  expect(totals.cost_nano_usd).toBe(0);
  expect(await failedChecks()).toEqual([]);
});

test('U20 unsound usage is repaired and the row says so', async () => {
  await books.ledger.open(anExchange('req_1'), anAttempt('req_1', { estimatedInput: Number.NaN }));
  books.ledger.checkpoint([{ exchangeId: 'req_1', attempt: 1, usage: { input: 1.5, output: -3 } }]);
  await books.ledger.settle(anEnd('req_1'), [anAttemptEnd('req_1', { usage: { input: -5, output: 2.5 } })]);
  const { rows } = await reportUsage(books.store, { rows: true });
  expect(rows?.[0]).toMatchObject({ estimated: true, input_tokens: 0, output_tokens: 2 });
});

test('S21 the price is the one at the start, also when prices change while the request runs', async () => {
  const override = anOverride({ input: 1_000_000 });
  const changed = await createPrices({
    overrides: new Map([['claude-opus-5-5', override]]),
    catalogueOf: (provider) => provider,
  });
  await books.ledger.open(anExchange('req_1'), anAttempt('req_1'));
  await books.ledger.open(anExchange('req_left'), anAttempt('req_left'));
  books.ledger.usePrices(changed);
  expect(await books.ledger.settle(anEnd('req_1'), [anAttemptEnd('req_1')])).toMatchObject({ costNanoUsd: 6_000_000 });
  await books.ledger.open(anExchange('req_2'), anAttempt('req_2'));
  expect(await books.ledger.settle(anEnd('req_2'), [anAttemptEnd('req_2')])).toMatchObject({ costNanoUsd: 1_000 });
  // A later process with other prices recovers at the pinned price.
  await createLedger({ store: books.store, prices: changed, now: () => NOON, node: 'test' }).recover(() => true);
  const { rows } = await reportUsage(books.store, { rows: true });
  expect(rows?.find((row) => row.request_id === 'req_left')?.cost_nano_usd).toBe(500 * 4_000);
});

test('S1 recovery charges the last checkpoint, else the estimated input, once', async () => {
  const { ledger, store, prices } = books;
  await ledger.open(anExchange('req_checkpointed'), anAttempt('req_checkpointed'));
  await ledger.open(anExchange('req_silent'), anAttempt('req_silent'));
  await ledger.open(anExchange('req_cached'), anAttempt('req_cached'));
  ledger.checkpoint([
    { exchangeId: 'req_checkpointed', attempt: 1, usage: { input: 900, output: 256 } },
    { exchangeId: 'req_cached', attempt: 1, usage: { cache_read: 7_000, output: 1 } },
  ]);
  await settleOne('req_done');
  await ledger.flush();
  const next = createLedger({ store, prices, now: () => NOON + 60_000, node: 'test' });
  expect(await next.recover(() => true)).toBe(3);
  expect(await next.recover(() => true)).toBe(0);
  const { rows } = await reportUsage(store, { rows: true });
  const crashed = { status: 'crashed', partial: true, estimated: true, http_status: null, ended_at: NOON + 60_000 };
  const byId = new Map(rows?.map((row) => [row.request_id, row]));
  expect(byId.get('req_checkpointed')).toMatchObject({ ...crashed, input_tokens: 900, output_tokens: 256 });
  expect(byId.get('req_silent')).toMatchObject({ ...crashed, input_tokens: 500, output_tokens: 0 });
  expect(byId.get('req_cached')).toMatchObject({ ...crashed, input_tokens: 0, cache_read_tokens: 7_000 });
  expect(byId.get('req_done')).toMatchObject({ status: 'ok' });
  expect(await failedChecks()).toEqual([]);
});

test('recovery leaves what this process has open', async () => {
  await books.ledger.open(anExchange('req_live'), anAttempt('req_live'));
  expect(await books.ledger.recover(() => true)).toBe(0);
  await books.ledger.settle(anEnd('req_live'), [anAttemptEnd('req_live')]);
});

test('S1 G22 after kill -9 ten thousand open intents are all recovered within 5 s', async () => {
  const script = `
    const { openStore } = await import(${JSON.stringify(new URL('../store/open.ts', import.meta.url).href)});
    const { createLedger } = await import(${JSON.stringify(new URL('./ledger.ts', import.meta.url).href)});
    const { createPrices } = await import(${JSON.stringify(new URL('./prices.ts', import.meta.url).href)});
    const { anExchange, anAttempt } = await import(${JSON.stringify(new URL('../../test/support/ledger-books.ts', import.meta.url).href)});
    const store = await openStore(JSON.parse(process.argv[1]));
    const prices = await createPrices({ overrides: new Map(), catalogueOf: (provider) => provider });
    const ledger = createLedger({ store, prices, now: Date.now, node: 'test' });
    await Promise.all(Array.from({ length: 10_000 }, (_, i) => ledger.open(anExchange('req_' + i), anAttempt('req_' + i))));
    process.stdout.write('open');
    setInterval(() => {}, 1000);`;
  const child = execFile(process.execPath, ['--input-type=module', '-e', script, JSON.stringify(books.location)]);
  await printed(child);
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
  const started = performance.now();
  expect(await books.ledger.recover(() => true)).toBe(10_000);
  // Each statement is a message to PostgreSQL, which shares two cores with the tests.
  expect(performance.now() - started).toBeLessThan(books.store.kind === 'sqlite' ? 5_000 : 30_000);
  expect((await reportUsage(books.store)).totals).toMatchObject({ exchanges: 10_000, input_tokens: 5_000_000 });
  expect(await failedChecks()).toEqual([]);
}, 60_000);

test('usage groups by day, key and model; since cuts inside an hour exactly', async () => {
  const minute = 60_000;
  await insertKey(books.store, {
    id: 'key000000001',
    name: 'laptop',
    digest: new Uint8Array(32),
    previous: null,
    lastFour: 'abcd',
    models: null,
    createdAt: NOON,
    expiresAt: null,
    disabledAt: null,
    revokedAt: null,
    projectId: 'proj_default',
    ipAllow: null,
    tags: [],
    managed: false,
  });
  await settleOne('req_early', NOON + 10 * minute);
  await settleOne('req_late', NOON + 40 * minute);
  await settleOne('req_next_day', NOON + 1_440 * minute);
  await books.ledger.open(anExchange('req_open', { startedAt: NOON + 2_000 * minute }), anAttempt('req_open'));
  const all = await reportUsage(books.store);
  expect(all.rows).toBeUndefined();
  expect(all.groups).toMatchObject([
    { day: '2026-11-20', key_id: 'key000000001', key_name: 'laptop', model: 'claude-opus-5-5', exchanges: 2 },
    { day: '2026-11-21', exchanges: 1, input_tokens: 1_000 },
  ]);
  const since = await reportUsage(books.store, { since: NOON + 20 * minute, rows: true });
  expect(since.totals).toMatchObject({ exchanges: 2, cost_nano_usd: 12_000_000 });
  expect(since.rows?.map((row) => [row.request_id, row.status])).toEqual([
    ['req_late', 'ok'],
    ['req_next_day', 'ok'],
    ['req_open', 'open'],
  ]);
});

test('a settled exchange shows in another process within 300 ms', async () => {
  const beside = await openStore(books.location);
  try {
    await settleOne('req_1');
    const started = performance.now();
    expect((await reportUsage(beside)).totals.exchanges).toBe(1);
    expect(performance.now() - started).toBeLessThan(300);
  } finally {
    await beside.close();
  }
});

const TAMPERING: [string, string, string][] = [
  ['an exchange says less', 'UPDATE exchanges SET input = input - 1', 'ledger = exchanges'],
  ['an exchange costs less', 'UPDATE exchanges SET cost_nano_usd = 1', 'exchanges = hourly, by key and model'],
  ['a roll-up is gone', 'DELETE FROM hourly', 'ledger = hourly, by key, model and channel'],
  ['a roll-up moved to another key', "UPDATE hourly SET key_id = 'x'", 'exchanges = hourly, by key and model'],
  ['an attempt is gone', 'DELETE FROM attempts', 'ledger rows have a settled attempt'],
  [
    'an attempt was reopened',
    'UPDATE attempts SET outcome = NULL',
    'settled exchanges have their attempts, all settled',
  ],
  ['an exchange is gone', 'DELETE FROM exchanges', 'attempts have an exchange'],
  ['a charge is gone', 'DROP TRIGGER ledger_keeps_rows; DELETE FROM ledger', 'one charge per settled attempt'],
  ['the ledger can be changed', 'DROP TRIGGER ledger_keeps_values', 'the ledger is append-only'],
  [
    'a charge was changed, and all sums with it',
    `DROP TRIGGER ledger_keeps_values; UPDATE ledger SET cost_nano_usd = 1; UPDATE hourly SET cost_nano_usd = 1;
     UPDATE exchanges SET cost_nano_usd = 1`,
    'every receipt recomputes',
  ],
  [
    'a charge is negative',
    'DROP TRIGGER ledger_keeps_values; UPDATE ledger SET input = -5',
    'charges are not negative, and unpriced ones have no cost',
  ],
];

test.each(TAMPERING)('G3 the doctor sees that %s', async (_, sql, check) => {
  await settleOne('req_1');
  expect(await failedChecks()).toEqual([]);
  await damageStore(books.location, sql);
  expect(await failedChecks()).toContain(check);
});

test('the catalogue used here prices the model used here', async () => {
  expect((await cataloguePrices()).priceOf('anthropic', 'claude-opus-5-5', NOON)?.base.rates.input).toBe(4_000_000_000);
});
