import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  anAttempt,
  anAttemptEnd,
  anEnd,
  anExchange,
  NOON,
  temporaryDirectory,
} from '../../test/support/ledger-books.ts';
import { freshLocation } from '../../test/support/store-under-test.ts';
import { type Settlement, writeIntent, writeSettlement } from './exchanges.ts';
import { findKey, insertKey, keysRevision, listKeys, type StoredKey, setKeyDisabled, setKeyRevoked } from './keys.ts';
import { openStore, type Store, type StoreLocation } from './open.ts';
import { query } from './query.ts';
import { zeroCounters } from './tables/counters.ts';

let location: StoreLocation;
let removeDirectory: () => void;
const opened: Store[] = [];

beforeEach(async () => {
  const directory = temporaryDirectory();
  location = await freshLocation(directory.path);
  removeDirectory = directory.remove;
});

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  removeDirectory();
});

async function open(): Promise<Store> {
  const store = await openStore(location);
  opened.push(store);
  return store;
}

/** One value of the store. */
async function readValue(store: Store, text: string): Promise<unknown> {
  const [row] = await store.reader.all(sql<Record<string, unknown>>`${sql.raw(text)}`.compile(query));
  return Object.values(row ?? {})[0];
}

const change = (store: Store, text: string) => store.writer.run({ sql: text, parameters: [] });

const SETTLED_COUNTERS = { ...zeroCounters(), input: 1_000, output: 100 };

function aSettlement(id: string): Settlement {
  const common = { counters: SETTLED_COUNTERS, costNanoUsd: 42, partial: false, estimated: false, unpriced: false };
  return {
    exchange: {
      ...anEnd(id),
      ...common,
      channel: 'main',
      upstreamModel: 'm',
      firstEventAt: undefined,
      attempts: 1,
    },
    attempts: [anAttemptEnd(id)],
    ledger: [
      {
        ...common,
        exchangeId: id,
        attempt: 1,
        at: NOON,
        priceVersion: 'v',
        priceId: undefined,
        terms: [],
        correction: undefined,
      },
    ],
    hourly: [
      {
        startedAt: NOON,
        keyId: 'k',
        projectId: 'proj_default',
        model: 'm',
        channel: 'main',
        exchanges: 1,
        errors: 0,
        unpriced: 0,
        counters: SETTLED_COUNTERS,
        costNanoUsd: 42,
      },
    ],
  };
}

const openOne = (store: Store, id: string) => writeIntent(store, anExchange(id), anAttempt(id), null, 'test');

function aKey(id: string): StoredKey {
  return {
    id,
    name: 'laptop',
    digest: new Uint8Array([1, 2, 255]),
    previous: null,
    lastFour: 'wxyz',
    models: ['claude-*'],
    createdAt: NOON,
    expiresAt: null,
    disabledAt: null,
    revokedAt: null,
    projectId: 'proj_default',
    ipAllow: null,
    tags: [],
    managed: false,
  };
}

test('roll-ups are what was settled, also where a bad operation of the same turn made the batch run again', async () => {
  const store = await open();
  await Promise.all(['req_a', 'req_b', 'req_c'].map((id) => openOne(store, id)));
  const settlements = ['req_a', 'req_b', 'req_never_opened', 'req_c'].map(aSettlement);
  await Promise.allSettled(settlements.map((settlement) => writeSettlement(store, settlement)));
  expect(Number(await readValue(store, 'SELECT sum(cost_nano_usd) FROM hourly'))).toBe(3 * 42);
});

test('operations of one turn share a transaction, and a bad one fails alone', async () => {
  const store = await open();
  const results = await Promise.allSettled([
    openOne(store, 'req_a'),
    openOne(store, 'req_a'),
    openOne(store, 'req_b'),
    writeSettlement(store, aSettlement('req_never_opened')),
    openOne(store, 'req_c'),
    writeSettlement(store, aSettlement('req_c')),
  ]);
  expect(results.map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
  ]);
  expect(await readValue(store, 'SELECT count(*) FROM exchanges')).toBe(3);
  expect(await readValue(store, 'SELECT sum(exchanges) FROM hourly')).toBe(1);
});

test('a resolved intent is committed: another connection sees it', async () => {
  const [store, beside] = [await open(), await open()];
  await Promise.all(Array.from({ length: 500 }, (_, index) => openOne(store, `req_${index}`)));
  expect(await readValue(beside, 'SELECT count(*) FROM exchanges WHERE outcome IS NULL')).toBe(500);
  expect(store.writer.depth()).toBe(0);
});

test('U20 the same settlement twice, together or later, is booked once', async () => {
  const store = await open();
  await openOne(store, 'req_1');
  await Promise.all([writeSettlement(store, aSettlement('req_1')), writeSettlement(store, aSettlement('req_1'))]);
  await writeSettlement(store, aSettlement('req_1'));
  expect(await readValue(store, 'SELECT count(*) FROM ledger')).toBe(1);
  expect(await readValue(store, 'SELECT input FROM hourly')).toBe(1_000);
});

test('a settlement whose ledger row is refused leaves nothing behind', async () => {
  const store = await open();
  await openOne(store, 'req_1');
  const good = aSettlement('req_1');
  const doubled: Settlement = { ...good, ledger: [...good.ledger, ...good.ledger] };
  await expect(writeSettlement(store, doubled)).rejects.toMatchObject({ kind: 'rejected' });
  expect(await readValue(store, 'SELECT outcome FROM exchanges')).toBeNull();
  expect(await readValue(store, 'SELECT count(*) FROM ledger')).toBe(0);
  expect(await readValue(store, 'SELECT count(*) FROM hourly')).toBe(0);
});

test('the ledger refuses UPDATE and DELETE', async () => {
  const store = await open();
  await openOne(store, 'req_1');
  await writeSettlement(store, aSettlement('req_1'));
  await expect(change(store, 'UPDATE ledger SET input = 0')).rejects.toThrow(/append-only/);
  await expect(change(store, 'DELETE FROM ledger')).rejects.toThrow(/append-only/);
});

test('close writes what is queued and refuses what comes later', async () => {
  const store = await openStore(location);
  const queued = openOne(store, 'req_1');
  const closing = store.close();
  await Promise.all([queued, closing]);
  expect(await readValue(await open(), 'SELECT count(*) FROM exchanges')).toBe(1);
  await expect(openOne(store, 'req_2')).rejects.toMatchObject({ kind: 'closed' });
  await expect(listKeys(store)).rejects.toMatchObject({ kind: 'closed' });
});

test('flush waits for all that was posted before', async () => {
  const store = await open();
  let settled = false;
  const write = openOne(store, 'req_1').then(() => {
    settled = true;
  });
  await store.writer.flush();
  await write;
  expect(settled).toBe(true);
  expect(store.writer.depth()).toBe(0);
});

test('keys come back as stored, and every change moves the revision for other processes', async () => {
  const store = await open();
  const beside = await open();
  const start = await keysRevision(beside);
  await insertKey(store, aKey('key000000001'));
  expect(await findKey(beside, 'key000000001')).toMatchObject(aKey('key000000001'));
  expect(await keysRevision(beside)).toBe(start + 1);
  expect(await setKeyDisabled(store, 'key000000001', NOON)).toBe(true);
  expect((await findKey(beside, 'key000000001'))?.disabledAt).toBe(NOON);
  await setKeyDisabled(store, 'key000000001', null);
  await setKeyRevoked(store, 'key000000001', NOON + 1);
  await setKeyRevoked(store, 'key000000001', NOON + 2);
  expect(await listKeys(beside)).toMatchObject([{ ...aKey('key000000001'), revokedAt: NOON + 1 }]);
  expect(await keysRevision(beside)).toBe(start + 5);
  expect(await setKeyRevoked(store, 'nobody', NOON)).toBe(false);
  await expect(insertKey(store, aKey('key000000001'))).rejects.toMatchObject({ kind: 'rejected' });
});

test('an intent that asks its budgets and its settlement in one batch, as a spool has them, are both written', async () => {
  const store = await open();
  const ids = ['req_a', 'req_b'];
  const both = ids.flatMap((id) => [
    writeIntent(store, anExchange(id), anAttempt(id), null, 'test', { subjects: ['project:proj_default', 'key:k'] }),
    writeSettlement(store, aSettlement(id)),
  ]);
  await Promise.all(both);
  expect(await readValue(store, "SELECT count(*) FROM exchanges WHERE outcome = 'ok'")).toBe(2);
  expect(await readValue(store, 'SELECT sum(cost_nano_usd) FROM ledger')).toBe(84);
});
