import { describe, expect, test } from 'vitest';
import { seeded, targets } from '../../../test/support/routing.ts';
import { POLICY_NAMES } from '../../config/config.ts';
import type { Target } from '../resolve.ts';
import { POLICIES } from './index.ts';
import type { TargetFigures } from './policy.ts';

const NOTHING_KNOWN: TargetFigures = { latency: undefined, inFlight: 0, price: undefined, isRelayed: true };

const [a] = targets('a');
const [b] = targets('b');
const [c] = targets('c');
const ALL = [a, b, c];

/** What is known of some targets, by channel. */
const figures =
  (known: Record<string, Partial<TargetFigures>>) =>
  ({ channel: { name } }: Target): TargetFigures => ({ ...NOTHING_KNOWN, ...known[name] });

const names = (ordered: readonly Target[]) => ordered.map(({ channel: { name } }) => name).join('');

/** How often each order comes up, as a share. */
function shares(rounds: number, order: () => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (let round = 0; round < rounds; round++) {
    const found = order();
    counts[found] = (counts[found] ?? 0) + 1 / rounds;
  }
  return counts;
}

describe.each(POLICY_NAMES)('%s', (name) => {
  const order = POLICIES[name];

  test('keeps every target once, whatever is known of them', () => {
    const random = seeded(1);
    const unknown = [...ALL, ...targets('w', { weight: 0 })];
    for (let round = 0; round < 200; round++) {
      const known = Object.fromEntries(
        ['a', 'b', 'c'].map((channel) => [channel, { latency: random() * 10, inFlight: Math.floor(random() * 3) }]),
      );
      const ordered = order(unknown, figures(known), random);
      expect(new Set(ordered)).toEqual(new Set(unknown));
      expect(ordered).toHaveLength(4);
    }
  });

  test("prefers the client's own dialect at equal rank", () => {
    const random = seeded(2);
    const converted = figures({ a: { isRelayed: false }, c: { isRelayed: false } });
    for (let round = 0; round < 50; round++) expect(names(order(ALL, converted, random))).toMatch(/^b/);
  });

  test('spreads equals evenly', () => {
    const random = seeded(3);
    const first = shares(6_000, () => names(order(ALL, figures({}), random)).slice(0, 1));
    for (const channel of 'abc') expect(first[channel]).toBeCloseTo(1 / 3, 1);
  });
});

describe('priority-weighted', () => {
  const weighted = [...targets('a', { weight: 6 }), ...targets('b', { weight: 3 }), ...targets('c', { weight: 1 })];
  const order = (from: readonly Target[], random: () => number) =>
    names(POLICIES['priority-weighted'](from, figures({}), random));

  test('each target is first as often as its weight says, and second likewise among the rest', () => {
    const random = seeded(4);
    const found = shares(20_000, () => order(weighted, random).slice(0, 2));
    const expected = { ab: 0.6 * 0.75, ac: 0.6 * 0.25, ba: (0.3 * 6) / 7, bc: 0.3 / 7, ca: (0.1 * 6) / 9, cb: 0.3 / 9 };
    for (const [pair, share] of Object.entries(expected))
      expect(Math.abs((found[pair] ?? 0) - share)).toBeLessThan(0.01);
  });

  test('a target without weight is last, and still there', () => {
    const random = seeded(5);
    const idle = [...targets('z', { weight: 0 }), ...weighted];
    for (let round = 0; round < 200; round++) expect(order(idle, random)).toMatch(/z$/);
  });
});

describe('least-latency', () => {
  const order = (known: Record<string, Partial<TargetFigures>>, seed: number) => {
    const random = seeded(seed);
    return shares(4_000, () => names(POLICIES['least-latency'](ALL, figures(known), random)).slice(0, 1));
  };

  test('of two drawn the faster goes first: the slowest never, the fastest in two of three draws', () => {
    const first = order({ a: { latency: 100 }, b: { latency: 200 }, c: { latency: 300 } }, 6);
    expect(first['a']).toBeCloseTo(2 / 3, 1);
    expect(first['b']).toBeCloseTo(1 / 3, 1);
    expect(first['c']).toBeUndefined();
  });

  test('calls that are out count: a fast target with a queue is a slow one', () => {
    const first = order({ a: { latency: 100, inFlight: 9 }, b: { latency: 200 }, c: { latency: 300 } }, 7);
    expect(first['a']).toBeUndefined();
  });

  test('an untried target is tried, but not by everybody at once', () => {
    const others = { b: { latency: 200 }, c: { latency: 300 } };
    expect(order(others, 8)['a']).toBeCloseTo(2 / 3, 1);
    expect(order({ ...others, a: { inFlight: 1 } }, 9)['a']).toBeUndefined();
  });

  test('one target alone is the answer', () => {
    expect(POLICIES['least-latency']([a], figures({}), seeded(1))).toEqual([a]);
  });
});

describe('least-cost', () => {
  test('the cheapest goes first, those without a price last', () => {
    const prices = figures({ a: { price: 3 }, c: { price: 1 } });
    expect(names(POLICIES['least-cost'](ALL, prices, seeded(1)))).toBe('cab');
  });
});

describe('least-busy', () => {
  test('counts calls by weight; without weight is last', () => {
    const from = [...targets('a', { weight: 4 }), ...targets('b', { weight: 1 }), ...targets('z', { weight: 0 })];
    const busy = figures({ a: { inFlight: 3 }, b: { inFlight: 1 } });
    expect(names(POLICIES['least-busy'](from, busy, seeded(1)))).toBe('abz');
  });
});
