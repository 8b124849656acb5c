import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { channel, config, credentials, manualClock, rule, seeded } from '../../test/support/routing.ts';
import { GatewayError } from '../core/error.ts';
import { createLiveRouting } from './live-routing.ts';
import { createRouter } from './resolve.ts';
import type { Session } from './session-key.ts';

const sessionOf = (key: string): Session => ({ key, source: 'session-id', ttl: undefined });

/** One channel with credentials of these weights, and what is routed over it. */
function setUp(weights: Record<string, number>, seed = 1, isAffine = true) {
  const clock = manualClock();
  clock.pass(1);
  const made = config([channel('a', [rule('*')], { credentials: credentials('a', weights) })]);
  const routing = createLiveRouting({
    routing: () => ({ ...made.routing, affinity: isAffine }),
    clock: clock.now,
    random: seeded(seed),
  });
  const router = createRouter(made);
  const select = (session?: Session) =>
    routing.select({
      router,
      model: 'm',
      isAllowed: () => true,
      isRelayed: () => true,
      priceOf: () => undefined,
      session,
    });
  /** A request that comes to its end, or fails; gives the credential that served it. */
  const request = (session?: Session, error?: GatewayError) => {
    const [target] = select(session).targets;
    if (!target) throw new Error('nobody to ask');
    const attempt = routing.begin(target, session);
    if (!error) attempt.firstEvent(10);
    attempt.end(error);
    return target.credential.name;
  };
  return { clock, routing, select, request };
}

const LIMITED = new GatewayError('rate_limited', '', { retryAfter: 30, upstream: { status: 429 } });

describe('live routing', () => {
  test('spreads sessions by weight, and keeps each of them at one credential', () => {
    const { request } = setUp({ one: 3, two: 1 });
    const homes = Array.from({ length: 2_000 }, (_, index) => {
      const session = sessionOf(`s${index}`);
      const homesOfSession = [1, 2, 3].map(() => request(session));
      expect(new Set(homesOfSession).size).toBe(1);
      return homesOfSession[0];
    });
    expect(homes.filter((home) => home === 'one').length / 2_000).toBeCloseTo(0.75, 1);
  });

  test('affinity: a session stays until its credential fails, moves once, and does not come back (U11)', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 20 }), (seed, failsAt) => {
        const { clock, request } = setUp({ one: 1, two: 1, three: 1 }, seed);
        const homes: string[] = [];
        for (let index = 0; index < 40; index++) {
          homes.push(request(sessionOf('s'), index === failsAt ? LIMITED : undefined));
          // The credential is healthy again long before the end.
          clock.pass(10_000);
        }
        const moves = homes.filter((home, index) => index > 0 && home !== homes[index - 1]);
        expect(moves).toHaveLength(1);
        expect(new Set(homes.slice(0, failsAt + 1)).size).toBe(1);
        expect(new Set(homes.slice(failsAt + 1)).size).toBe(1);
      }),
      { numRuns: 50 },
    );
  });

  test('requests of one session that move at the same time move together', () => {
    const { request, routing, select } = setUp({ one: 1, two: 1, three: 1 });
    request(sessionOf('s'), LIMITED);
    const homes = Array.from({ length: 10 }, () => {
      const [target] = select(sessionOf('s')).targets;
      if (target) routing.begin(target, sessionOf('s'));
      return target?.credential.name;
    });
    expect(new Set(homes).size).toBe(1);
  });

  test('without affinity a session is spread like any request', () => {
    const { request } = setUp({ one: 1, two: 1 }, 1, false);
    const homes = Array.from({ length: 50 }, () => request(sessionOf('s')));
    expect(new Set(homes).size).toBe(2);
  });

  test('the last healthy credential fails: it is asked nevertheless', () => {
    const { request } = setUp({ one: 1, two: 1 });
    const homes = Array.from({ length: 20 }, () => request(undefined, LIMITED));
    expect(new Set(homes)).toEqual(new Set(['one', 'two']));
  });

  test('counts what is out, and learns how fast it is', () => {
    const { routing, select } = setUp({ one: 1 });
    const [target] = select().targets;
    if (!target) throw new Error('nobody to ask');
    const attempt = routing.begin(target, undefined);
    attempt.firstEvent(120);
    attempt.end(new GatewayError('aborted', ''));
    expect(routing.health.snapshot()).toEqual({ draining: [], circuits: [] });
  });
});
