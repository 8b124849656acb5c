import { expect, test } from 'vitest';
import { manualClock, targets } from '../../test/support/routing.ts';
import { createAffinity } from './affinity.ts';

const [a] = targets('a');
const [b] = targets('b');
const session = { key: 's', source: 'prefix', ttl: undefined };
const MINUTE = 60_000;

function setUp(most?: number) {
  const clock = manualClock();
  clock.pass(1);
  return { clock, affinity: createAffinity(clock.now, most) };
}

test('a session stays where it was, and each request makes that last', () => {
  const { clock, affinity } = setUp();
  expect(affinity.preferred(session)).toBeUndefined();
  for (let request = 0; request < 3; request++) {
    expect(affinity.remember(session, a, 5 * MINUTE)).toBe(false);
    clock.pass(4 * MINUTE);
    expect(affinity.preferred(session)).toBe(a.id);
  }
  clock.pass(2 * MINUTE);
  expect(affinity.preferred(session)).toBeUndefined();
});

test('it lasts as long as the session asks', () => {
  const { clock, affinity } = setUp();
  affinity.remember({ ...session, ttl: 60 * MINUTE }, a, 5 * MINUTE);
  clock.pass(59 * MINUTE);
  expect(affinity.preferred(session)).toBe(a.id);
});

test('a move is told once', () => {
  const { affinity } = setUp();
  const moves = [a, a, b, b].map((target) => affinity.remember(session, target, MINUTE));
  expect(moves).toEqual([false, false, true, false]);
});

test('of too many sessions the longest unused is forgotten', () => {
  const { affinity } = setUp(2);
  for (const key of ['s1', 's2', 's3']) affinity.remember({ ...session, key }, a, MINUTE);
  expect(['s1', 's2', 's3'].map((key) => affinity.preferred({ ...session, key }))).toEqual([undefined, a.id, a.id]);
});
