import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDuration, parseSize } from './durations.ts';

test.each([
  ['700ms', 700],
  ['2s', 2000],
  ['1.5s', 1500],
  ['10m', 600_000],
  ['1h', 3_600_000],
  ['30d', 2_592_000_000],
  ['0s', 0],
])('%s is %d ms', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

test.each(['', '10', 's', '10 s', '-1s', '1e3s', '10x', '10S', '1.s', '.5s', '1h30m', ' 1s', '1s\n', '9999999999s'])(
  '%j is not a duration',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

test('sizes count in powers of 1024', () => {
  expect(['1B', '512KB', '32MB', '1.5GB'].map(parseSize)).toEqual([1, 524_288, 33_554_432, 1_610_612_736]);
  expect(['32', '32mb', '32 MB', 'MB', '1TB'].map(parseSize)).toEqual(Array(5).fill(undefined));
});

test('any other text is refused, never misread', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const milliseconds = parseDuration(text);
      return milliseconds === undefined || (Number.isSafeInteger(milliseconds) && /^\d/.test(text));
    }),
  );
});
