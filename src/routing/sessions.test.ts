import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { channel, config, credentials, manualClock, rule, seeded } from '../../test/support/routing.ts';
import { GatewayError } from '../core/error.ts';
import { createAffinity } from './affinity.ts';
import { createHealth } from './health.ts';
import { createRouter } from './resolve.ts';
import { selectTargets } from './select.ts';
import type { Session } from './session-key.ts';

const sessionOf = (key: string): Session => ({ key, source: 'session-id', ttl: undefined });

/** One channel with credentials of these weights, and what is routed over it. */
function setUp(weights: Record<string, number>, seed = 1) {
  const clock = manualClock();
  clock.pass(1);
  const router = createRouter(config([channel('a', [rule('*')], { credentials: credentials('a', weights) })]));
  const health = createHealth(clock.now);
  const affinity = createAffinity(clock.now);
  const random = seeded(seed);
  const select = (session?: Session) => {
    const known = session && affinity.preferred(session);
    const preferred = known instanceof Promise ? undefined : known;
    return selectTargets({
      router,
      model: 'm',
      isAllowed: () => true,
      preferred: preferred === undefined ? undefined : { id: preferred, source: 'session-id' },
      holder: undefined,
      figuresOf: () => ({ latency: undefined, inFlight: 0, price: undefined, isRelayed: true }),
      verdictOf: health.verdictOf,
      waitFor: () => 0,
      random,
    });
  };
  /** An attempt at the first target that begins now. */
  const begin = (session?: Session) => {
    const [target] = select(session).targets;
    if (!target) throw new Error('nobody to ask');
    if (session) affinity.remember(session, target, 300_000);
    return { home: target.credential.name, ticket: health.begin(target) };
  };
  /** A request that comes to its end, or fails; gives the credential that served it. */
  const request = (session?: Session, error?: GatewayError) => {
    const { home, ticket } = begin(session);
    ticket.learn(error);
    return home;
  };
  return { clock, begin, request };
}

const LIMITED = new GatewayError('rate_limited', '', { retryAfter: 30, upstream: { status: 429 } });

describe('sessions, weights and health together', () => {
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
    const { begin, request } = setUp({ one: 1, two: 1, three: 1 });
    request(sessionOf('s'), LIMITED);
    const homes = Array.from({ length: 10 }, () => begin(sessionOf('s')).home);
    expect(new Set(homes).size).toBe(1);
  });

  test('the last healthy credential fails: it is asked nevertheless', () => {
    const { request } = setUp({ one: 1, two: 1 });
    const homes = Array.from({ length: 20 }, () => request(undefined, LIMITED));
    expect(new Set(homes)).toEqual(new Set(['one', 'two']));
  });
});
