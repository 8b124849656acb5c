import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Bucket, bucketOf } from '../../src/access/limits/bucket.ts';
import type { Counters, Demand, Taking } from '../../src/access/limits/counters.ts';
import { createMemoryCounters, DAY } from '../../src/access/limits/memory-counters.ts';
import { createRedisCounters, type SharedCounters } from '../../src/access/limits/redis-counters.ts';
import { connectRedis } from '../../src/access/redis/connection.ts';
import type { LimitMeasure } from '../../src/core/limit.ts';
import { HAS_REDIS, RedisServer } from '../support/redis.ts';
import { waitFor } from '../support/wait.ts';

let redis: RedisServer;
beforeAll(async () => {
  if (HAS_REDIS) redis = await RedisServer.start();
});
afterAll(() => redis?.stop());

const clock = () => performance.now();
const openNodes: SharedCounters[] = [];
let failures: unknown[] = [];
let localDecisions = 0;
let usedBefore = 0;

const memory = () => createMemoryCounters({ clock, now: Date.now, usedBefore: () => usedBefore });

/** A node of a gateway that counts in Redis. */
async function node(name: string): Promise<SharedCounters> {
  const counters = createRedisCounters({
    redis: connectRedis(redis.url),
    node: name,
    memory: memory(),
    clock,
    usedBefore: () => usedBefore,
    onFailure: (error) => failures.push(error),
    onLocalDecision: () => {
      localDecisions += 1;
    },
  });
  openNodes.push(counters);
  await waitFor(`${name} to reach Redis`, () => counters.isUp());
  return counters;
}

let serial = 0;
beforeEach(() => {
  serial += 1;
  failures = [];
  localDecisions = 0;
  usedBefore = 0;
});
afterEach(() => {
  for (const counters of openNodes.splice(0)) counters.close();
});

/** A bucket that no other test touches. */
function bucket(measure: LimitMeasure, limit: number, burst = 60_000): Bucket {
  const rule = { scope: 'key', id: 'k', model: '*', values: {}, burst } as const;
  return bucketOf(rule, { measure, limit, owner: `key-${serial}` });
}

const one = (of: Bucket, amount = 1): Demand[] => [{ bucket: of, amount }];
const giveBack = (taking: Taking, of: Bucket, amount = 1) => taking.counters.adjust([{ bucket: of, amount: -amount }]);
const spentOf = async (counters: Counters, of: Bucket) => (await counters.read([of]))[0]?.spent ?? Number.NaN;

describe.each([
  ['in memory', true, () => Promise.resolve<Counters>(memory())],
  ['in Redis', HAS_REDIS, (): Promise<Counters> => node('a')],
])('limits %s', (_, isHere, make) => {
  describe.skipIf(!isHere)('keep their promises:', () => {
    let counters: Counters;
    beforeEach(async () => {
      counters = await make();
    });

    test('a rate gives its burst at once, then as much as flows back, and says when', async () => {
      const rate = bucket('requests_per_minute', 60, 10_000);
      expect((await counters.take(one(rate, 10))).refused).toBeUndefined();
      const refusedAt = clock();
      const refused = await counters.take(one(rate));
      expect(refused).toMatchObject({ refused: 0 });
      expect(refused.wait).toBeGreaterThan(0);
      expect(refused.wait).toBeLessThanOrEqual(1_000);
      await waitFor('a refill', async () => (await counters.take(one(rate))).refused === undefined);
      // A tolerance of 2 ms: Redis has its own clock.
      expect(clock() - refusedAt).toBeGreaterThanOrEqual(refused.wait - 2);
    });

    test('all demands are met or none', async () => {
      const [wide, narrow] = [bucket('tokens_per_day', 100), bucket('concurrent', 1)];
      const both = [...one(wide), ...one(narrow)];
      expect((await counters.take(both)).refused).toBeUndefined();
      for (let round = 0; round < 5; round++) expect((await counters.take(both)).refused).toBe(1);
      expect(await spentOf(counters, wide)).toBe(1);
    });

    test('a demand larger than the bucket is met by a full one, and paid back before the next', async () => {
      const tokens = bucket('input_tokens_per_minute', 60_000, 10);
      expect((await counters.take(one(tokens, 500))).refused).toBeUndefined();
      const refused = await counters.take(one(tokens, 1));
      expect(refused.refused).toBe(0);
      expect(refused.wait).toBeGreaterThan(300);
    });

    test('what was reserved is replaced by what was used, whether more or less', async () => {
      const tokens = bucket('tokens_per_day', 1_000);
      const taking = await counters.take(one(tokens, 250));
      taking.counters.adjust([{ bucket: tokens, amount: -240 }]);
      await waitFor('10 to be spent', async () => (await spentOf(counters, tokens)) === 10);
      taking.counters.adjust([{ bucket: tokens, amount: 1_200 }]);
      await waitFor('1,210 to be spent', async () => (await spentOf(counters, tokens)) === 1_210);
      expect((await counters.take(one(tokens))).refused).toBe(0);
      taking.counters.adjust([{ bucket: tokens, amount: -5_000 }]);
      await waitFor('nothing to be spent', async () => (await spentOf(counters, tokens)) === 0);
    });

    test('a day counts on from what was used before, and is full again at midnight', async () => {
      usedBefore = 990;
      const tokens = bucket('tokens_per_day', 1_000);
      const taking = await counters.take(one(tokens, 10));
      expect(taking.refused).toBeUndefined();
      expect(taking.levels[0]?.spent).toBe(1_000);
      const left = DAY - (Date.now() % DAY);
      expect(Math.abs((taking.levels[0]?.resetIn ?? 0) - left)).toBeLessThan(5_000);
      expect((await counters.take(one(tokens, 1))).refused).toBe(0);
    });

    test('places are held until they are given back', async () => {
      const places = bucket('concurrent', 2);
      const first = await counters.take(one(places));
      await counters.take(one(places));
      expect((await counters.take(one(places))).refused).toBe(0);
      giveBack(first, places);
      await waitFor('a place', async () => (await counters.take(one(places))).refused === undefined);
      expect((await counters.take(one(places))).refused).toBe(0);
    });

    test('200 at once on 100: exactly 100 are let through', async () => {
      const [requests, places] = [bucket('requests_per_minute', 100, 60_000), bucket('concurrent', 150)];
      const takings = await Promise.all(
        Array.from({ length: 200 }, () => counters.take([...one(requests), ...one(places)])),
      );
      expect(takings.filter(({ refused }) => refused === undefined)).toHaveLength(100);
      await waitFor('100 places to be held', async () => (await spentOf(counters, places)) === 100);
    });

    test('a limit that is lowered or raised counts at once', async () => {
      const wide = bucket('requests_per_minute', 100);
      for (let taken = 0; taken < 10; taken++) await counters.take(one(wide));
      expect((await counters.take(one(bucket('requests_per_minute', 5)))).refused).toBe(0);
      expect((await counters.take(one(bucket('requests_per_minute', 200)))).refused).toBeUndefined();
    });
  });
});

describe.skipIf(!HAS_REDIS)('several nodes on one Redis', () => {
  test('S12 share one limit exactly', async () => {
    const nodes = await Promise.all(['a', 'b', 'c', 'd'].map(node));
    const requests = bucket('requests_per_minute', 100);
    const takings = await Promise.all(
      nodes.flatMap((each) => Array.from({ length: 100 }, () => each.take(one(requests)))),
    );
    expect(takings.filter(({ refused }) => refused === undefined)).toHaveLength(100);
    expect(localDecisions).toBe(0);
  });

  test('S7 a flush opens no place that is held: nodes say again what they hold', async () => {
    const [a, b] = [await node('a'), await node('b')];
    const places = bucket('concurrent', 2);
    await a.take(one(places));
    await a.take(one(places));
    expect((await b.take(one(places))).refused).toBe(0);
    await redis.command('FLUSHALL');
    await a.beat();
    expect((await b.take(one(places))).refused).toBe(0);
  });

  test('S7 places of a node that died are free once it has been silent for long', async () => {
    const [a, b] = [await node('a'), await node('b')];
    const places = bucket('concurrent', 1);
    await a.take(one(places));
    a.close();
    expect((await b.take(one(places))).refused).toBe(0);
    await redis.command('ZADD {ezmodel}:nodes 1 a');
    expect((await b.take(one(places))).refused).toBeUndefined();
  });

  test.each([
    ['frozen', () => Promise.resolve(redis.signal('SIGSTOP')), () => Promise.resolve(redis.signal('SIGCONT'))],
    ['killed', () => redis.stop(), () => redis.run()],
    ['read-only', () => redis.command('REPLICAOF 127.0.0.1 1'), () => redis.command('REPLICAOF NO ONE')],
    ['out of memory', () => redis.command('CONFIG SET maxmemory 1'), () => redis.command('CONFIG SET maxmemory 0')],
  ])('S7 while Redis is %s each node keeps to its share, and takes part again afterwards', async (_, fail, heal) => {
    const [a, b] = [await node('a'), await node('b')];
    await waitFor('both to know of each other', async () => {
      await Promise.all([a.beat(), b.beat()]);
      return a.nodes() === 2 && b.nodes() === 2;
    });
    const requests = bucket('requests_per_minute', 20);
    const places = bucket('concurrent', 20);
    const before = await a.take(one(places));
    await fail();
    const startedAt = clock();
    const takings = await Promise.all(Array.from({ length: 40 }, () => a.take(one(requests))));
    expect(takings.filter(({ refused }) => refused === undefined)).toHaveLength(10);
    // All of them together waited for one time-out at most.
    expect(clock() - startedAt).toBeLessThan(2_000);
    expect(a.isUp()).toBe(false);
    expect(failures.length).toBeGreaterThan(0);
    expect(localDecisions).toBe(40);
    giveBack(before, places);
    await heal();
    await waitFor('both to be back', async () => {
      await Promise.all([a.beat(), b.beat()]);
      return a.isUp() && b.isUp();
    });
    await waitFor('the place that was given back meanwhile', async () => (await spentOf(b, places)) === 0);
    localDecisions = 0;
    expect((await b.take(one(places))).refused).toBeUndefined();
    expect(localDecisions).toBe(0);
  });
});
