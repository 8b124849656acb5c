import { execFile } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { anAttempt, anExchange, printed, temporaryDirectory } from '../../test/support/ledger-books.ts';
import { writeIntent } from './exchanges.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { openStore, type Store } from './open.ts';
import { acquireServerLock } from './server-lock.ts';

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

const openOne = (store: Store, id: string) => writeIntent(store, anExchange(id), anAttempt(id), null, 'test');

test('files are private to their owner', async () => {
  const store = await openStore({ dataDir: join(dataDir, 'made') });
  opened.push(store);
  await openOne(store, 'req_1');
  expect(statSync(join(dataDir, 'made')).mode & 0o777).toBe(0o700);
  for (const suffix of ['', '-wal', '-shm']) expect(statSync(store.place + suffix).mode & 0o777, suffix).toBe(0o600);
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
