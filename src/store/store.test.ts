import { execFile } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  anAttempt,
  anAttemptEnd,
  anEnd,
  anExchange,
  NOON,
  printed,
  temporaryDirectory,
} from '../../test/support/ledger-books.ts';
import { type Settlement, writeIntent, writeSettlement } from './exchanges.ts';
import { findKey, insertKey, keysRevision, listKeys, type StoredKey, setKeyDisabled, setKeyRevoked } from './keys.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { openStore, type Store } from './open.ts';
import { acquireServerLock } from './server-lock.ts';
import { zeroCounters } from './tables/counters.ts';

const run = promisify(execFile);

let dataDir: string;
let file: string;
let removeDirectory: () => void;
const opened: Store[] = [];

beforeEach(() => {
  const directory = temporaryDirectory();
  dataDir = directory.path;
  file = join(dataDir, 'ezmodel.db');
  removeDirectory = directory.remove;
});

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  removeDirectory();
});

async function open(): Promise<Store> {
  const store = await openStore({ dataDir });
  opened.push(store);
  return store;
}

/** One value of the file, read by a connection of the test's own. */
function readValue(sql: string): unknown {
  const database = new DatabaseSync(file);
  try {
    return Object.values(database.prepare(sql).get() ?? {})[0];
  } finally {
    database.close();
  }
}

function change(sql: string): void {
  const database = new DatabaseSync(file);
  try {
    database.exec(sql);
  } finally {
    database.close();
  }
}

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

test('files are private to their owner', async () => {
  const store = await openStore({ dataDir: join(dataDir, 'made') });
  opened.push(store);
  await openOne(store, 'req_1');
  expect(statSync(join(dataDir, 'made')).mode & 0o777).toBe(0o700);
  for (const suffix of ['', '-wal', '-shm']) expect(statSync(store.place + suffix).mode & 0o777, suffix).toBe(0o600);
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
  expect(readValue('SELECT count(*) FROM exchanges')).toBe(3);
  expect(readValue('SELECT sum(exchanges) FROM hourly')).toBe(1);
});

test('a resolved intent is committed: another connection sees it', async () => {
  const store = await open();
  await Promise.all(Array.from({ length: 500 }, (_, index) => openOne(store, `req_${index}`)));
  expect(readValue('SELECT count(*) FROM exchanges WHERE outcome IS NULL')).toBe(500);
  expect(store.writer.depth()).toBe(0);
});

test('U20 the same settlement twice, together or later, is booked once', async () => {
  const store = await open();
  await openOne(store, 'req_1');
  await Promise.all([writeSettlement(store, aSettlement('req_1')), writeSettlement(store, aSettlement('req_1'))]);
  await writeSettlement(store, aSettlement('req_1'));
  expect(readValue('SELECT count(*) FROM ledger')).toBe(1);
  expect(readValue('SELECT input FROM hourly')).toBe(1_000);
});

test('a settlement whose ledger row is refused leaves nothing behind', async () => {
  const store = await open();
  await openOne(store, 'req_1');
  const good = aSettlement('req_1');
  const doubled: Settlement = { ...good, ledger: [...good.ledger, ...good.ledger] };
  await expect(writeSettlement(store, doubled)).rejects.toMatchObject({ kind: 'rejected' });
  expect(readValue('SELECT outcome FROM exchanges')).toBeNull();
  expect(readValue('SELECT count(*) FROM ledger')).toBe(0);
  expect(readValue('SELECT count(*) FROM hourly')).toBe(0);
});

test('the ledger refuses UPDATE and DELETE', async () => {
  const store = await open();
  await openOne(store, 'req_1');
  await writeSettlement(store, aSettlement('req_1'));
  expect(() => change('UPDATE ledger SET input = 0')).toThrow(/append-only/);
  expect(() => change('DELETE FROM ledger')).toThrow(/append-only/);
});

test('S3 a lock of another process delays the write without blocking the event loop or losing it', async () => {
  const store = await open();
  const other = new DatabaseSync(file);
  other.exec('BEGIN IMMEDIATE');
  const write = openOne(store, 'req_1');
  await new Promise((resolve) => setImmediate(resolve));
  expect(store.writer.depth()).toBe(1);
  other.exec('COMMIT');
  other.close();
  await write;
  expect(readValue('SELECT count(*) FROM exchanges')).toBe(1);
});

test('close writes what is queued and refuses what comes later', async () => {
  const store = await openStore({ dataDir });
  const queued = openOne(store, 'req_1');
  const closing = store.close();
  await Promise.all([queued, closing]);
  expect(readValue('SELECT count(*) FROM exchanges')).toBe(1);
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

test('S5 four processes migrate one fresh file at once', async () => {
  const script = `
    const { openStore } = await import(${JSON.stringify(new URL('./open.ts', import.meta.url).href)});
    const store = await openStore({ dataDir: process.argv[1] });
    await store.close();`;
  const start = () => run(process.execPath, ['--input-type=module', '-e', script, dataDir]);
  await Promise.all([start(), start(), start(), start()]);
  expect(readValue('SELECT count(*) FROM schema_versions')).toBe(MIGRATIONS.length);
}, 30_000);

test('S5 S20 a newer schema, a foreign database and a damaged file are refused with their reason', async () => {
  await (await openStore({ dataDir })).close();
  change('INSERT INTO schema_versions VALUES (99, 0)');
  await expect(openStore({ dataDir })).rejects.toMatchObject({
    kind: 'newer-schema',
    message: expect.stringContaining('newer EZModel'),
  });
  change('PRAGMA application_id = 7');
  await expect(openStore({ dataDir })).rejects.toMatchObject({
    kind: 'corrupt',
    message: expect.stringContaining('not one of EZModel'),
  });
  writeFileSync(file, 'not a database at all, '.repeat(400));
  await expect(openStore({ dataDir })).rejects.toMatchObject({
    kind: 'corrupt',
    message: expect.stringContaining('restore a backup'),
  });
});

test('S19 a second server is refused; the claim ends with its holder, by release or kill -9', async () => {
  const lock = acquireServerLock(dataDir);
  expect(() => acquireServerLock(dataDir)).toThrow(/another EZModel server/);
  lock.release();
  const script = `
    const { acquireServerLock } = await import(${JSON.stringify(new URL('./server-lock.ts', import.meta.url).href)});
    acquireServerLock(process.argv[1]);
    process.stdout.write('held');
    setInterval(() => {}, 1000);`;
  const child = execFile(process.execPath, ['--input-type=module', '-e', script, dataDir]);
  await printed(child);
  expect(() => acquireServerLock(dataDir)).toThrow(/another EZModel server/);
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
  acquireServerLock(dataDir).release();
});

test('S19 a deleted file is noticed', async () => {
  const store = await open();
  expect(await store.isIntact()).toBe(true);
  removeDirectory();
  expect(await store.isIntact()).toBe(false);
});
