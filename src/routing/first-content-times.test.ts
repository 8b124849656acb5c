import { expect, test } from 'vitest';
import { FirstContentTimes } from './first-content-times.ts';

function timesOf(...all: readonly number[]): FirstContentTimes {
  const times = new FirstContentTimes();
  for (const ms of all) times.add('a', ms);
  return times;
}

const count = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

test('concludes nothing from fewer than 20 times, nor for another target', () => {
  expect(timesOf(...count(1, 19)).p95('a')).toBeUndefined();
  expect(timesOf(...count(1, 20)).p95('a')).toBe(19);
  expect(timesOf(...count(1, 20)).p95('b')).toBeUndefined();
});

test('goes by the last hundred, in whatever order they came', () => {
  expect(timesOf(...count(1, 100).toReversed()).p95('a')).toBe(95);
  expect(timesOf(...count(1, 100), ...count(1_001, 1_100)).p95('a')).toBe(1_095);
});

test('a call that was given up counts only for being slower than was known', () => {
  const times = timesOf(...count(1, 20));
  times.addAtLeast('a', 19);
  expect(times.p95('a')).toBe(19);
  times.addAtLeast('a', 500);
  expect(times.p95('a')).toBe(20);
  const unknown = timesOf();
  for (const ms of count(1, 30)) unknown.addAtLeast('a', ms);
  expect(unknown.p95('a')).toBeUndefined();
});
