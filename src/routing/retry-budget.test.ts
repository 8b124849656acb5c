import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { manualClock, seeded } from '../../test/support/routing.ts';
import { RetryBudget, type RetryPermit } from './retry-budget.ts';

const { signal } = new AbortController();

function setUp(share = 0.2) {
  const clock = manualClock();
  return { clock, budget: new RetryBudget({ share: () => share, clock: clock.now }) };
}

/** Requests that earn, and are over. */
function earn(budget: RetryBudget, requests: number): void {
  for (let request = 0; request < requests; request++) budget.requestBegan()();
}

/** What is granted without waiting. */
async function grantedNow(budget: RetryBudget, wanted: number): Promise<RetryPermit[]> {
  const permits: RetryPermit[] = [];
  const asking = Array.from({ length: wanted }, () =>
    budget.acquire(signal).then((permit) => {
      if (permit) permits.push(permit);
    }),
  );
  await Promise.race([Promise.all(asking), new Promise((resolve) => setImmediate(resolve))]);
  return permits;
}

describe('the retry budget', () => {
  test('three retries may be out at once, however few requests are live', async () => {
    const { budget } = setUp(0);
    earn(budget, 1_000);
    expect(await grantedNow(budget, 10)).toHaveLength(3);
  });

  test('of many live requests a fifth may be retries at one time; more wait for their turn', async () => {
    const { budget } = setUp();
    earn(budget, 1_000);
    for (let request = 0; request < 100; request++) budget.requestBegan();
    const permits = await grantedNow(budget, 30);
    expect(permits).toHaveLength(20);
    for (const permit of permits.slice(0, 5)) permit.succeeded();
    await new Promise((resolve) => setImmediate(resolve));
    expect(permits).toHaveLength(25);
  });

  test('when one of two targets fails, each of 200 requests gets its retry in turn', async () => {
    const { budget } = setUp();
    const over = Array.from({ length: 200 }, () => budget.requestBegan());
    const results = await Promise.all(
      over.map(async () => {
        const permit = await budget.acquire(signal);
        await new Promise((resolve) => setImmediate(resolve));
        permit?.succeeded();
        return permit !== undefined;
      }),
    );
    expect(results.filter(Boolean)).toHaveLength(200);
  });

  test('G12 when everything fails, at most 1.10 attempts are made for each of 1,000 requests, however they come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 0, max: 2_000 }),
        fc.integer(),
        async (atOnce, before, seed) => {
          const { budget, clock } = setUp();
          const random = seeded(seed);
          earn(budget, before);
          let attempts = 0;
          const request = async (): Promise<void> => {
            const over = budget.requestBegan();
            attempts++;
            for (let attempt = 1; attempt < 4; attempt++) {
              const permit = await budget.acquire(signal);
              if (!permit) break;
              attempts++;
              if (random() < 0.5) await Promise.resolve();
              permit.failed();
            }
            over();
          };
          for (let round = 0; round < 1_000; round += atOnce) {
            clock.pass(50);
            const wanted = Math.min(atOnce, 1_000 - round);
            await Promise.all(Array.from({ length: wanted }, request));
          }
          expect(attempts).toBeGreaterThan(1_000);
          expect(attempts).toBeLessThanOrEqual(1_100);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('those that wait are refused once nothing is left', async () => {
    const { budget } = setUp();
    const asking = Array.from({ length: 6 }, () => budget.acquire(signal));
    const granted = await Promise.all(asking.slice(0, 3));
    for (const permit of granted) permit?.failed();
    expect(await Promise.all(asking.slice(3))).toEqual([undefined, undefined, undefined]);
    expect(budget.isExhausted).toBe(true);
  });

  test('a quiet gateway gets its reserve back in time', async () => {
    const { budget, clock } = setUp();
    for (const permit of await grantedNow(budget, 3)) permit.failed();
    expect(budget.isExhausted).toBe(true);
    clock.pass(9_999);
    expect(budget.isExhausted).toBe(true);
    clock.pass(1);
    expect(budget.isExhausted).toBe(false);
    clock.pass(3_600_000);
    expect(await grantedNow(budget, 3)).toHaveLength(3);
  });

  test('C1 who gives up waiting is out of the queue', async () => {
    const { budget } = setUp();
    const permits = await grantedNow(budget, 3);
    const leaving = new AbortController();
    const left = budget.acquire(leaving.signal);
    const next = budget.acquire(signal);
    leaving.abort();
    expect(await left).toBeUndefined();
    permits[0]?.succeeded();
    expect(await next).toBeDefined();
    expect(await budget.acquire(leaving.signal)).toBeUndefined();
  });

  test('a permit counts once, whatever is said of it afterwards', async () => {
    const { budget } = setUp();
    const [permit] = await grantedNow(budget, 1);
    permit?.failed();
    permit?.succeeded();
    expect(await grantedNow(budget, 3)).toHaveLength(2);
  });
});
