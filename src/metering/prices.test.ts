import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anOverride, cataloguePrices, NOON } from '../../test/support/ledger-books.ts';
import { zeroCounters } from '../store/tables/counters.ts';
import { meterUsage } from './meter.ts';
import { fromPinnedPrice, toPinnedPrice } from './price.ts';
import { createPrices } from './prices.ts';
import { makeReceipt, multiplyAndRound } from './receipt.ts';

const LISTED = [
  'claude-3-opus-20240229',
  'claude-3-haiku-20240307',
  'claude-3-5-sonnet-20241022',
  'claude-3-5-sonnet-latest',
  'claude-3-7-sonnet-20250219',
  'claude-opus-4-20250514',
  'claude-sonnet-4-20250514',
  'claude-sonnet-4-0',
  'claude-opus-4-1-20250805',
  'claude-sonnet-4-5',
  'claude-sonnet-4-5-20250929',
  'claude-haiku-4-5-20251001',
  'claude-opus-5',
  'claude-opus-5-5',
  'claude-opus-5-5-20260901',
  'claude-sonnet-5',
  'claude-fable-5-1',
];

test('listed models and their dated ids have a price', async () => {
  const prices = await cataloguePrices();
  for (const model of LISTED) expect(prices.priceOf('anthropic', model, NOON), model).toBeDefined();
});

test('a dated id costs as its model', async () => {
  const prices = await cataloguePrices();
  expect(prices.priceOf('anthropic', 'claude-sonnet-4-5-20250929', NOON)?.id).toBe(
    prices.priceOf('anthropic', 'claude-sonnet-4-5', NOON)?.id,
  );
});

test('a model that only resembles a listed one has no price, and so costs no sibling price', async () => {
  const prices = await cataloguePrices();
  const unlisted = [
    'claude-sonnet-5-5',
    'claude-haiku-4-5x',
    'claude-opus-4-12',
    'claude-3-opus-turbo',
    'nonsense',
    '',
  ];
  for (const model of unlisted) expect(prices.priceOf('anthropic', model, NOON), model).toBeUndefined();
  expect(prices.priceOf('my-anthropic-clone', 'claude-opus-5-5', NOON)).toBeUndefined();
});

test('catalogue rates are whole nano-USD per million tokens', async () => {
  const price = (await cataloguePrices()).priceOf('anthropic', 'claude-3-haiku-20240307', NOON);
  expect(price?.base.rates).toEqual({
    input: 250_000_000,
    cache_read: 30_000_000,
    cache_write_5m: 300_000_000,
    cache_write_1h: 500_000_000,
    output: 1_250_000_000,
  });
});

test('a longer prompt than its tier, cached tokens included, is charged at the higher rates throughout', async () => {
  const price = (await cataloguePrices()).priceOf('anthropic', 'claude-sonnet-4-5', NOON);
  if (price === undefined) throw new Error('claude-sonnet-4-5 must be listed');
  const at = { ...zeroCounters(), input: 100_000, cache_read: 100_000, output: 1_000 };
  expect(makeReceipt(at, price).totalNanoUsd).toBe(300_000_000 + 30_000_000 + 15_000_000);
  const above = { ...at, cache_read: 100_001 };
  expect(makeReceipt(above, price).totalNanoUsd).toBe(600_000_000 + 60_000_600 + 22_500_000);
});

test('a price that changed on a date is the one of its time', async () => {
  const prices = await cataloguePrices();
  expect(prices.priceOf('anthropic', 'claude-opus-4-6', Date.UTC(2026, 0, 1))?.longer).toHaveLength(1);
  expect(prices.priceOf('anthropic', 'claude-opus-4-6', NOON)?.longer).toHaveLength(0);
});

test('an override wins, prices what the catalogue does not list, and changes the version', async () => {
  const override = anOverride({ input: 1, output: 2, cacheRead: 3, cacheWrite5m: 4, cacheWrite1h: 5 });
  const plain = await cataloguePrices();
  const prices = await createPrices({
    overrides: new Map([['claude-sonnet-5-5', override]]),
    catalogueOf: (provider) => provider,
  });
  expect(prices.priceOf('anthropic', 'claude-sonnet-5-5', NOON)?.base.rates).toEqual({
    input: 1,
    output: 2,
    cache_read: 3,
    cache_write_5m: 4,
    cache_write_1h: 5,
  });
  expect(prices.version).not.toBe(plain.version);
  expect(prices.version).toMatch(/^\d+\.\d+\.\d+\+[0-9a-f]{16}$/);
});

test('S21 a pinned price survives the store as it was', async () => {
  const price = (await cataloguePrices()).priceOf('anthropic', 'claude-sonnet-4-5', NOON);
  if (price === undefined) throw new Error('claude-sonnet-4-5 must be listed');
  expect(fromPinnedPrice(toPinnedPrice(price))).toEqual(price);
});

test('web searches are charged by the thousand', async () => {
  const price = (await cataloguePrices()).priceOf('anthropic', 'claude-opus-5-5', NOON);
  if (price === undefined) throw new Error('claude-opus-5-5 must be listed');
  const receipt = makeReceipt({ ...zeroCounters(), web_searches: 3 }, price);
  expect(receipt).toMatchObject({
    lines: [{ class: 'web_searches', count: 3, rate: 10_000_000_000, nanoUsd: 30_000_000 }],
    totalNanoUsd: 30_000_000,
  });
});

test('G2 a line is exact to the nano-USD, half up, for any count and rate', () => {
  const counts = fc.integer({ min: 0, max: 1_000_000_000 });
  const rates = fc.integer({ min: 0, max: 1_000_000_000_000_000 });
  fc.assert(
    fc.property(counts, rates, fc.constantFrom(1_000, 1_000_000), (count, rate, divisor) => {
      const exact = (2n * BigInt(count) * BigInt(rate) + BigInt(divisor)) / (2n * BigInt(divisor));
      const largest = BigInt(Number.MAX_SAFE_INTEGER);
      expect(BigInt(multiplyAndRound(count, rate, divisor))).toBe(exact > largest ? largest : exact);
    }),
    { numRuns: 2_000 },
  );
});

test('U20 whatever an upstream reports, counters and cost are whole, finite and not negative', async () => {
  const price = (await cataloguePrices()).priceOf('anthropic', 'claude-sonnet-4-5', NOON);
  if (price === undefined) throw new Error('claude-sonnet-4-5 must be listed');
  const count = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(-1, Number.NaN, Infinity, 1e300, 0.5));
  const usage = fc.record(
    { input: count, cache_read: count, cache_write_1h: count, output: count, reasoning: count, web_searches: count },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(usage, (reported) => {
      const { counters } = meterUsage(reported);
      const { totalNanoUsd } = makeReceipt(counters, price);
      for (const value of [...Object.values(counters), totalNanoUsd]) {
        expect(Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0)).toBe(true);
      }
      expect(counters.reasoning).toBeLessThanOrEqual(counters.output);
    }),
  );
});

test('U20 a repaired counter is told, a sound one is not', () => {
  expect(meterUsage({ input: 5, output: 7, reasoning: 7 })).toMatchObject({ repaired: false, counters: { input: 5 } });
  expect(meterUsage({ input: -5, output: 7.9 })).toMatchObject({ repaired: true, counters: { input: 0, output: 7 } });
});
