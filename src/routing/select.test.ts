import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { channel, config, route, rule, seeded } from '../../test/support/routing.ts';
import type { ModelRoute } from '../config/config.ts';
import type { Verdict } from './health.ts';
import type { TargetFigures } from './policies/policy.ts';
import { createRouter, type Target } from './resolve.ts';
import { type Selecting, selectTargets } from './select.ts';

const HEALTHY: Verdict = { state: 'closed', reason: undefined, wait: 0, isDraining: false };
const FIGURES: TargetFigures = { latency: undefined, inFlight: 0, price: undefined, isRelayed: true };
const open = (wait: number): Verdict => ({ ...HEALTHY, state: 'open', reason: 'rate_limited', wait });
const DRAINING: Verdict = { ...HEALTHY, isDraining: true };

/** `a` and `b` in the first tier, `c` in the second; `f` and `g` serve models that stand in for `m`. */
const CHANNELS = [
  channel('a', [rule('m')]),
  channel('b', [rule('m')]),
  channel('c', [rule('m')], { priority: 1 }),
  channel('f', [rule('n')]),
  channel('g', [rule('o')]),
];
const FALLBACKS = new Map([['m', ['n', 'o']]]);

type Given = Partial<Omit<Selecting, 'verdictOf' | 'figuresOf'>> & {
  verdicts?: Record<string, Verdict>;
  figures?: Record<string, Partial<TargetFigures>>;
  fallbacks?: Map<string, string[]>;
  models?: Record<string, ModelRoute>;
};

function select({ verdicts = {}, figures = {}, fallbacks = new Map(), models = {}, ...more }: Given = {}) {
  const ofChannel = <Value>(values: Record<string, Value>, { channel: { name } }: Target) => values[name];
  const { targets, reasons, fullFor } = selectTargets({
    router: createRouter({ ...config(CHANNELS, { models }), fallbacks }),
    model: 'm',
    isAllowed: () => true,
    preferred: undefined,
    holder: undefined,
    figuresOf: (target) => ({ ...FIGURES, ...ofChannel(figures, target) }),
    verdictOf: (target) => ofChannel(verdicts, target) ?? HEALTHY,
    waitFor: () => 0,
    random: seeded(1),
    ...more,
  });
  const why = Object.fromEntries(reasons.map((reason) => [reason.target.channel.name, reason.why]));
  const skipped = reasons.filter(({ isChosen }) => !isChosen).map(({ target }) => target.channel.name);
  return { order: targets.map(({ channel: { name } }) => name).join(''), why, skipped, fullFor };
}

describe('selecting targets', () => {
  test('passes over a credential that is at its limit, and asks nobody rather than it', () => {
    const full = (names: string) => (target: Target) => (names.includes(target.channel.name) ? 3_000 : 0);
    expect(select({ waitFor: full('ab') })).toMatchObject({
      order: 'c',
      skipped: expect.arrayContaining(['a', 'b']),
      fullFor: 3_000,
    });
    expect(select({ waitFor: full('a') }).why).toMatchObject({ a: 'its credential is at its limit' });
    expect(select({ waitFor: full('abc') })).toMatchObject({ order: '', fullFor: 3_000 });
    expect(select().fullFor).toBeUndefined();
  });

  test('goes tier by tier, and inside a tier as the policy says', () => {
    const orders = new Set<string>();
    const random = seeded(2);
    for (let round = 0; round < 50; round++) orders.add(select({ random }).order);
    expect([...orders].sort()).toEqual(['abc', 'bac']);
    expect(select().why).toMatchObject({ c: 'priority-weighted, priority 1' });
  });

  test('who holds the state goes first, in whatever tier; reasoning may go elsewhere, a thread may not', () => {
    const holder = { credential: 'c/default', field: 'thread' };
    const reasoning = { ...holder, kind: 'reasoning' } as const;
    const thread = { ...holder, kind: 'thread' } as const;
    expect(select({ holder: reasoning }).order).toMatch(/^c(?:ab|ba)$/);
    expect(select({ holder: reasoning }).why['c']).toBe('holds the state (reasoning)');
    const down = select({ holder: reasoning, verdicts: { c: open(1) } });
    expect(down.order).toMatch(/^(?:ab|ba)$/);
    expect(down.why['a']).toContain('as c/default, which holds the state (reasoning), cannot be used');
    expect(select({ holder: thread, fallbacks: FALLBACKS }).order).toBe('c');
    expect(select({ holder: thread, verdicts: { c: open(1) } }).order).toBe('c');
    expect(select({ holder: thread, verdicts: { c: { ...HEALTHY, isDraining: true } } }).order).toBe('');
    expect(select({ holder: { ...thread, credential: 'gone/default' } }).order).toMatch(/^(?:ab|ba)c$/);
  });

  test('a model has a policy of its own', () => {
    const models = { m: route({ policy: 'least-cost' }) };
    const { order, why } = select({ models, figures: { a: { price: 2 }, b: { price: 1 }, c: { price: 0 } } });
    expect(order).toBe('bac');
    expect(why['b']).toBe('least-cost, priority 0');
  });

  test("the client's own dialect goes first at equal rank, not before a better tier", () => {
    const figures = { a: { isRelayed: false }, b: { isRelayed: true }, c: { isRelayed: true } };
    expect(select({ figures }).order).toBe('bac');
  });

  const preferred = { id: 'c/default/m', source: 'session-id' };

  test('a session stays with its target, whatever the tier', () => {
    const { order, why } = select({ preferred });
    expect(order).toMatch(/^c/);
    expect(why['c']).toBe('session by session-id');
  });

  test('a session moves when its target is unhealthy or drained, to who would be first', () => {
    for (const verdict of [open(12_000), DRAINING]) {
      const { order, why, skipped } = select({ preferred, verdicts: { c: verdict, a: open(1) } });
      expect(order).toBe('b');
      expect(why['b']).toBe('session by session-id moves from c/default/m');
      expect(skipped).toContain('c');
    }
  });

  test('a session of a target that is no more is a new one', () => {
    expect(select({ preferred: { ...preferred, id: 'gone/default/m' } }).order).toMatch(/^(?:ab|ba)c$/);
  });

  test('unhealthy targets are left out, and why is said', () => {
    const { order, why, skipped } = select({ verdicts: { a: open(12_400), b: { ...HEALTHY, state: 'half-open' } } });
    expect(order).toBe('bc');
    expect(skipped).toEqual(['a']);
    expect(why).toMatchObject({ a: 'rate_limited, 13 s left', b: 'priority-weighted, priority 0, as a probe' });
  });

  test('when all are unhealthy the least bad is asked', () => {
    const { order, why, skipped } = select({ verdicts: { a: open(3_000), b: open(1_000), c: open(0) } });
    expect(order).toBe('cba');
    expect(why['b']).toBe('least bad of all: rate_limited, 1 s left');
    expect(why['c']).toBe('least bad of all: rate_limited, being probed');
    expect(skipped).toEqual([]);
  });

  test('what an operator drains is not asked, not even as the last', () => {
    const { order, skipped, why } = select({ verdicts: { a: DRAINING, b: DRAINING, c: DRAINING } });
    expect(order).toBe('');
    expect(skipped).toHaveLength(3);
    expect(why['a']).toBe('draining');
  });

  test('models that stand in come last, in their order, and only those that the key may use', () => {
    const all = select({ fallbacks: FALLBACKS });
    expect(all.order).toMatch(/^(?:ab|ba)cfg$/);
    expect(all.why['f']).toBe('fallback for m, priority-weighted, priority 0');
    expect(select({ fallbacks: FALLBACKS, isAllowed: (model) => model !== 'n' }).order).toMatch(/cg$/);
  });

  test('a healthy model that stands in goes before unhealthy targets', () => {
    const verdicts = { a: open(1), b: open(1), c: open(1) };
    expect(select({ fallbacks: FALLBACKS, verdicts }).order).toBe('fg');
  });

  test('a session is not kept at a model that stood in once', () => {
    const there = { id: 'f/default/n', source: 'prefix' };
    expect(select({ fallbacks: FALLBACKS, preferred: there }).order).toMatch(/^[ab]/);
  });

  test('an unknown model has no targets', () => {
    expect(select({ model: 'nothing' }).order).toBe('');
  });

  test('never ejects all: whatever is known, somebody is asked unless all are drained, and nobody is forgotten', () => {
    const verdict = fc.oneof(
      fc.constant(HEALTHY),
      fc.constant(DRAINING),
      fc.constant<Verdict>({ ...HEALTHY, state: 'half-open' }),
      fc.integer({ min: 0, max: 600_000 }).map(open),
    );
    const anything = fc.record({ a: verdict, b: verdict, c: verdict, f: verdict, g: verdict });
    fc.assert(
      fc.property(anything, fc.integer(), (verdicts, seed) => {
        const { order, why, skipped } = select({ verdicts, fallbacks: FALLBACKS, random: seeded(seed), preferred });
        const isOffered = Object.values(verdicts).some(({ isDraining }) => !isDraining);
        expect(order !== '').toBe(isOffered);
        expect([...order, ...skipped].sort()).toEqual(['a', 'b', 'c', 'f', 'g']);
        expect(Object.values(why).every((text) => text !== '')).toBe(true);
      }),
    );
  });
});
