import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openFreshStore } from '../../test/support/store-under-test.ts';
import { GatewayError } from '../core/error.ts';
import { setKeyDisabled, setKeyRevoked } from '../store/keys.ts';
import type { Store } from '../store/open.ts';
import { query } from '../store/query.ts';
import { type Authenticator, createAuthenticator } from './authenticate.ts';
import { type KeyStore, keyStoreOf } from './key-cache.ts';
import { generateKey } from './key-format.ts';
import { type CreatedKey, createKey, type KeyRequest } from './keys.ts';
import { loadPepper } from './pepper.ts';

const DAY = 86_400_000;

let dataDir: string;
let store: Store;
let pepper: Uint8Array;
let now: number;
let clock: number;
let authenticator: Authenticator;
let isDown: boolean;
let lookUps: string[];

/** The real store, which can be cut off, and which notes the look-ups. */
const switchableStore = (): KeyStore => {
  const real = keyStoreOf(store);
  return {
    findKey(id) {
      lookUps.push(id);
      return isDown ? Promise.reject(new Error('cut off')) : real.findKey(id);
    },
    revision: () => (isDown ? Promise.reject(new Error('cut off')) : real.revision()),
    isDown: () => isDown,
  };
};

const issue = (request: Partial<KeyRequest> = {}): Promise<CreatedKey> =>
  createKey(store, pepper, {
    name: 'test',
    models: undefined,
    expiresAt: undefined,
    createdAt: now,
    projectId: 'proj_default',
    tags: ['ci'],
    ...request,
  });

async function refusalOf(key: string): Promise<GatewayError> {
  const outcome = await authenticator.authenticate({ 'x-api-key': key }).catch((error: unknown) => error);
  if (outcome instanceof GatewayError) return outcome;
  throw new Error(`was let in, or failed otherwise: ${JSON.stringify(outcome)}`);
}

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'ezmodel-access-'));
  store = await openFreshStore(dataDir);
  pepper = loadPepper(dataDir);
});
afterAll(async () => {
  await store.close();
  rmSync(dataDir, { recursive: true });
});
beforeEach(() => {
  now = Date.UTC(2026, 10, 23);
  clock = 0;
  isDown = false;
  lookUps = [];
  authenticator = createAuthenticator({ store: switchableStore(), pepper, now: () => now, clock: () => clock });
});
afterEach(() => authenticator.close());

describe('who is let in', () => {
  test('the holder of a key, by either header', async () => {
    const { key, record } = await issue({ models: ['a', 'b-*'] });
    const principal = {
      keyId: record.id,
      name: 'test',
      projectId: 'proj_default',
      projectName: 'default',
      markup: 10_000,
      unpriced: null,
      modelLists: [['a', 'b-*']],
      ipLists: [],
      tags: ['ci'],
      expiresAt: null,
    };
    expect(await authenticator.authenticate({ 'x-api-key': key })).toEqual(principal);
    expect(await authenticator.authenticate({ authorization: `Bearer ${key}` })).toEqual(principal);
    expect(await authenticator.authenticate({ authorization: `bearer  ${key}` })).toEqual(principal);
    expect(await authenticator.authenticate({ 'x-api-key': '', authorization: `Bearer ${key}` })).toEqual(principal);
  });

  test('x-api-key wins over a bearer', async () => {
    const [{ key }, { key: other }] = [await issue({ name: 'one' }), await issue({ name: 'two' })];
    const headers = { 'x-api-key': key, authorization: `Bearer ${other}` };
    expect(await authenticator.authenticate(headers)).toMatchObject({ name: 'one' });
    await expect(authenticator.authenticate({ ...headers, 'x-api-key': 'nonsense' })).rejects.toThrow(
      'invalid x-api-key',
    );
  });

  test('a known key without waiting and without a query', async () => {
    const { key } = await issue();
    expect(authenticator.cached({ 'x-api-key': key })).toBeUndefined();
    await authenticator.authenticate({ 'x-api-key': key });
    expect(authenticator.cached({ 'x-api-key': key })).toMatchObject({ name: 'test' });
    expect(lookUps).toHaveLength(1);
  });

  test('many at once with one query', async () => {
    const { key } = await issue();
    await Promise.all(Array.from({ length: 50 }, () => authenticator.authenticate({ 'x-api-key': key })));
    expect(lookUps).toHaveLength(1);
  });
});

describe('who is not', () => {
  test('missing, malformed, unknown, wrong, disabled, revoked and expired read the same', async () => {
    const [wrong, disabled, revoked, expired] = [
      await issue(),
      await issue(),
      await issue(),
      await issue({ expiresAt: now }),
    ];
    await setKeyDisabled(store, disabled.record.id, now);
    await setKeyRevoked(store, revoked.record.id, now);
    const forged = forge(wrong.record.id);
    const refusals = await Promise.all(
      ['', 'sk-ant-api03-xyz', generateKey().key, forged, disabled.key, revoked.key, expired.key].map(refusalOf),
    );
    for (const { kind, status, message, shouldRetry, retryAfter } of refusals) {
      expect({ kind, status, message, shouldRetry, retryAfter }).toEqual({
        kind: 'authentication',
        status: 401,
        message: 'invalid x-api-key',
        shouldRetry: false,
        retryAfter: undefined,
      });
    }
  });

  test('a wrong secret for a key that is in the cache (CVE-2026-35030)', async () => {
    const { key, record } = await issue();
    await authenticator.authenticate({ 'x-api-key': key });
    expect(() => authenticator.cached({ 'x-api-key': forge(record.id) })).toThrow('invalid x-api-key');
  });

  test('a malformed key costs no query', async () => {
    await refusalOf(`${generateKey().key.slice(0, -1)}!`);
    expect(lookUps).toEqual([]);
  });

  test('an unknown id asks the store once', async () => {
    const { key } = generateKey();
    await refusalOf(key);
    await refusalOf(key);
    expect(lookUps).toHaveLength(1);
  });

  test('a key from the moment that it expires', async () => {
    const { key } = await issue({ expiresAt: now + DAY });
    await authenticator.authenticate({ 'x-api-key': key });
    now += DAY - 1;
    expect(authenticator.cached({ 'x-api-key': key })).toBeDefined();
    now += 1;
    expect(() => authenticator.cached({ 'x-api-key': key })).toThrow('invalid x-api-key');
  });

  test('any key under another pepper', async () => {
    const { key } = await issue();
    authenticator.close();
    const other = new Uint8Array(32);
    authenticator = createAuthenticator({ store: switchableStore(), pepper: other, now: () => now });
    await refusalOf(key);
  });
});

describe('changes made elsewhere', () => {
  const change: [string, (id: string) => Promise<unknown>][] = [
    ['revoked', (id) => setKeyRevoked(store, id, now)],
    ['disabled', (id) => setKeyDisabled(store, id, now)],
  ];

  test.each(change)('S13 G18: a key that is %s is refused within 1 s, by itself', async (_, apply) => {
    const { key, record } = await issue();
    await authenticator.authenticate({ 'x-api-key': key });
    const changedAt = performance.now();
    await apply(record.id);
    await expect
      .poll(
        () =>
          refusalOf(key).then(
            ({ kind }) => kind,
            () => 'let in',
          ),
        { interval: 20, timeout: 3000 },
      )
      .toBe('authentication');
    expect(performance.now() - changedAt).toBeLessThan(1000);
  });

  test('a key that is enabled again, and an id that comes to exist, are let in', async () => {
    const { key, record } = await issue();
    await setKeyDisabled(store, record.id, now);
    await refusalOf(key);
    await setKeyDisabled(store, record.id, null);
    await authenticator.refresh();
    expect(await authenticator.authenticate({ 'x-api-key': key })).toMatchObject({ keyId: record.id });
  });

  test('an answer from before a change is not kept', async () => {
    const { key, record } = await issue();
    await authenticator.refresh();
    const held = Promise.withResolvers<void>();
    authenticator.close();
    const real = keyStoreOf(store);
    authenticator = createAuthenticator({
      store: {
        ...real,
        findKey: async (id) => {
          const found = await real.findKey(id);
          await held.promise;
          return found;
        },
      },
      pepper,
      now: () => now,
    });
    await authenticator.refresh();
    const early = authenticator.authenticate({ 'x-api-key': key });
    await real.findKey(record.id);
    await setKeyRevoked(store, record.id, now);
    await authenticator.refresh();
    held.resolve();
    await early;
    await refusalOf(key);
  });
});

describe('with the store down', () => {
  test('a known key works for 60 s more, an unknown one gets 503 and not 401', async () => {
    const { key } = await issue();
    const { key: other } = await issue();
    await authenticator.refresh();
    await authenticator.authenticate({ 'x-api-key': key });
    isDown = true;
    clock = 60_000;
    await authenticator.refresh();
    expect(authenticator.cached({ 'x-api-key': key })).toMatchObject({ name: 'test' });
    expect(await refusalOf(other)).toMatchObject({ kind: 'unavailable', status: 503, retryAfter: 1 });

    clock = 60_001;
    expect(await refusalOf(key)).toMatchObject({ kind: 'unavailable', status: 503 });
    isDown = false;
    expect(await authenticator.authenticate({ 'x-api-key': key })).toMatchObject({ name: 'test' });
  });
});

test('the database holds neither the key nor its secret', async () => {
  const { key } = await issue();
  const bytes = await everythingKept();
  expect(bytes).toContain(key.slice(6, 18));
  expect(bytes).not.toContain(key.slice(19, 62));
});

/** The files of the store, or on PostgreSQL its rows of keys as text. */
async function everythingKept(): Promise<string> {
  if (store.kind === 'sqlite') {
    return [store.place, `${store.place}-wal`].map((file) => readFileSync(file).toString('latin1')).join();
  }
  const rows = await store.reader.all(sql<{ text: string }>`SELECT keys::text AS text FROM keys`.compile(query));
  return rows.map(({ text }) => text).join();
}

/** A well-formed key with this id and a secret of its own; its checksum is worked out here a second time. */
function forge(id: string): string {
  const body = `sk-ez-${id}${generateKey().key.slice(18, 62)}`;
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  const places = [62n ** 5n, 62n ** 4n, 62n ** 3n, 62n ** 2n, 62n, 1n];
  const sum = BigInt(crc32(body));
  return `${body}-${places.map((place) => digits[Number((sum / place) % 62n)]).join('')}`;
}
