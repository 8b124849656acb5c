import { expect, test } from 'vitest';
import { manualClock, targets } from '../../test/support/routing.ts';
import { createLiveLoad } from './live-load.ts';

const [a] = targets('a');
const [b] = targets('b');

function setUp() {
  const clock = manualClock();
  return { clock, load: createLiveLoad(clock.now) };
}

test('counts the calls that are out, each once, target by target', () => {
  const { load } = setUp();
  const calls = [load.begin(a), load.begin(a), load.begin(b)];
  expect([load.loadOf(a).inFlight, load.loadOf(b).inFlight]).toEqual([2, 1]);
  calls[0]?.end();
  calls[0]?.end();
  expect([load.loadOf(a).inFlight, load.loadOf(b).inFlight]).toEqual([1, 1]);
});

test('knows no latency before the first event', () => {
  const { load } = setUp();
  load.begin(a);
  expect(load.loadOf(a).latency).toBeUndefined();
});

test('a latency rises at once and falls slowly', () => {
  const { clock, load } = setUp();
  const measure = (ms: number) => load.begin(a).firstEvent(ms);
  measure(100);
  measure(900);
  expect(load.loadOf(a).latency).toBe(900);
  clock.pass(6_000);
  measure(100);
  const latency = load.loadOf(a).latency ?? 0;
  expect(latency).toBeGreaterThan(700);
  expect(latency).toBeLessThan(900);
});

test('without news a latency fades: what was slow is asked again', () => {
  const { clock, load } = setUp();
  load.begin(a).firstEvent(1_000);
  clock.pass(60_000);
  expect(load.loadOf(a).latency).toBeCloseTo(1_000 / Math.E, 5);
});

test('a call that was outrun counts as having taken that long at least', () => {
  const { load } = setUp();
  load.begin(a).firstEvent(100);
  load.begin(a).outrun(50);
  expect(load.loadOf(a).latency).toBe(100);
  load.begin(a).outrun(300);
  expect(load.loadOf(a).latency).toBe(300);
  load.begin(b).outrun(40);
  expect(load.loadOf(b).latency).toBe(40);
});
