import fc from 'fast-check';
import { expect, test } from 'vitest';
import { priceOverride, toNanoUsd } from './prices.ts';

test.each([
  [0, 0],
  [3, 3_000_000_000],
  [0.15, 150_000_000],
  [0.1 + 0.2, undefined],
  [1e-7, 100],
  [1e-9, 1],
  [1.5e-9, undefined],
  [1e-10, undefined],
  [1_000_000, 1e15],
  [1_000_001, undefined],
  [-1, undefined],
  [Number.NaN, undefined],
  [Number.POSITIVE_INFINITY, undefined],
])('%d USD is %d nano-USD', (usd, nano) => {
  expect(toNanoUsd(usd)).toBe(nano);
});

test('a price of nano-USD survives being written in USD', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 13 }), (nano) => {
      const text = `${Math.floor(nano / 1e9)}.${String(nano % 1e9).padStart(9, '0')}`;
      expect(toNanoUsd(Number(text))).toBe(nano);
    }),
  );
});

test('cache classes that are left out follow from the input price', () => {
  expect(priceOverride({ input: 3, output: 15 })).toMatchObject({
    input: 3_000_000_000,
    output: 15_000_000_000,
    cacheRead: 300_000_000,
    cacheWrite5m: 3_750_000_000,
    cacheWrite1h: 6_000_000_000,
  });
  expect(priceOverride({ input: 3, output: 15, cache_read: 0, cache_write_1h: 0.07 })).toMatchObject({
    cacheRead: 0,
    cacheWrite5m: 3_750_000_000,
    cacheWrite1h: 70_000_000,
  });
});
