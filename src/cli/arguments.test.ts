import { expect, test } from 'vitest';
import { durationArgument, modelsArgument, nameArgument, sinceArgument } from './arguments.ts';

const NOW = Date.UTC(2026, 10, 23, 12);

test.each([
  ['7d', NOW - 7 * 86_400_000],
  ['1h', NOW - 3_600_000],
  ['2026-11-20', Date.UTC(2026, 10, 20)],
  ['2026-11-20T08:00', Date.UTC(2026, 10, 20, 8)],
  ['2026-11-20T08:00:30.5Z', Date.UTC(2026, 10, 20, 8, 0, 30, 500)],
  ['2026-11-20T08:00+02:00', Date.UTC(2026, 10, 20, 6)],
  ['99999d', 0],
])('since %s', (text, time) => {
  expect(sinceArgument(text, NOW)).toBe(time);
});

test.each(['', 'yesterday', '20', '2026-13-01', '2026-11-20 08:00', '11/20/2026'])('%j is no point in time', (text) => {
  expect(() => sinceArgument(text, NOW)).toThrow('Write a duration');
});

test('models are separated by commas, each one once', () => {
  expect(modelsArgument('a, b-*,a')).toEqual(['a', 'b-*']);
  for (const text of ['', 'a,', 'a b']) expect(() => modelsArgument(text)).toThrow('model names');
});

test('a name is one printable line', () => {
  expect(nameArgument(' Näme 1 ')).toBe('Näme 1');
  for (const text of ['', ' ', 'a\nb', 'a\u202eb', 'x'.repeat(101)])
    expect(() => nameArgument(text)).toThrow('printable');
});

test('a length of time is more than nothing', () => {
  expect(durationArgument('30d')).toBe(2_592_000_000);
  for (const text of ['0s', '-1d', '30']) expect(() => durationArgument(text)).toThrow('duration');
});
