import { describe, expect, test } from 'vitest';
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

test('of too many sessions the longest unused are forgotten', () => {
  const { affinity } = setUp(2);
  const keys = ['s1', 's2', 's3', 's4'];
  for (const key of keys) affinity.remember({ ...session, key }, a, MINUTE);
  expect(keys.map((key) => affinity.preferred({ ...session, key }))).toEqual([undefined, undefined, a.id, a.id]);
});

describe('several nodes', () => {
  /** A board as Redis keeps it, and the nodes that listen to it. */
  function nodes(count: number) {
    const clock = manualClock();
    clock.pass(1);
    const known = new Map<string, string>();
    const listeners: ((key: string, target: string) => void)[] = [];
    const placed: boolean[] = [];
    const shared = {
      find: async (key: string) => known.get(key),
      place: (key: string, target: string, _: number, hasMoved: boolean) => {
        known.set(key, target);
        placed.push(hasMoved);
        if (hasMoved) for (const listen of listeners) listen(key, target);
      },
      onMove: (take: (key: string, target: string) => void) => {
        listeners.push(take);
      },
    };
    return { clock, placed, affinities: Array.from({ length: count }, () => createAffinity(clock.now, 100, shared)) };
  }

  test('a session that began at one is known at another, and its move is known to those that had it elsewhere', async () => {
    const { affinities } = nodes(2);
    const [first, second] = affinities;
    first?.remember(session, a, 5 * MINUTE);
    expect(await second?.preferred(session)).toBe(a.id);
    expect(second?.remember(session, b, 5 * MINUTE)).toBe(true);
    expect(first?.preferred(session)).toBe(b.id);
    expect(first?.remember(session, b, 5 * MINUTE)).toBe(false);
  });

  test('a session that stays is written down when it begins, and then four times in its time', () => {
    const { clock, placed, affinities } = nodes(1);
    for (let second = 0; second < 60; second++) {
      affinities[0]?.remember(session, a, MINUTE);
      clock.pass(1_000);
    }
    expect(placed).toEqual([false, false, false, false]);
  });
});
