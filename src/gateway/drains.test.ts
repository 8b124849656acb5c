import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Drains } from './drains.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('C1 at most 32 calls are read on at once, and none longer than two minutes', () => {
  const drains = new Drains();
  const begin = () => {
    const client = new AbortController();
    const drain = drains.follow(client.signal);
    client.abort();
    return drain;
  };
  const all = Array.from({ length: 33 }, begin);
  expect(all.filter(({ signal }) => signal.aborted)).toEqual([all[32]]);
  all[0]?.close();
  expect(begin().signal.aborted).toBe(false);
  vi.advanceTimersByTime(119_999);
  expect(all[1]?.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(all[1]?.signal.aborted).toBe(true);
  for (const { close } of all) close();
});

test('S9 a server that stops reads nothing on', () => {
  const drains = new Drains();
  const [early, late] = [new AbortController(), new AbortController()];
  const [running, waiting] = [drains.follow(early.signal), drains.follow(late.signal)];
  early.abort();
  expect(running.hasBegun()).toBe(true);
  drains.close();
  expect(running.signal.aborted).toBe(true);
  late.abort();
  expect([waiting.signal.aborted, waiting.hasBegun()]).toEqual([true, false]);
});
