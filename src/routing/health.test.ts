import { describe, expect, test } from 'vitest';
import { credentials, manualClock, targets } from '../../test/support/routing.ts';
import { GatewayError, type GatewayErrorDetails } from '../core/error.ts';
import { FAILURE_CLASSES } from './failure-class.ts';
import { CIRCUIT_RULES, createHealth } from './health.ts';
import { type Target, targetsOf } from './resolve.ts';

const [a1, a2] = targets('a', { credentials: credentials('a', { one: 1, two: 1 }) });
const otherModel = targetsOf('n', a1.channel, 'n')[0];
const [b] = targets('b');
if (!a2) throw new Error('two credentials are two targets');

function setUp() {
  const clock = manualClock();
  const health = createHealth(clock.now);
  const learn = (target: Target, error?: GatewayError) => health.begin(target).learn(error);
  const states = (...of: Target[]) => of.map((target) => health.verdictOf(target).state);
  return { clock, health, learn, states };
}

const failure = (kind: GatewayError['kind'], details: GatewayErrorDetails = {}) =>
  new GatewayError(kind, 'said', { upstream: { status: 500 }, ...details });

describe('health', () => {
  test('what nothing is known of is healthy', () => {
    const { health } = setUp();
    expect(health.verdictOf(a1)).toEqual({ state: 'closed', reason: undefined, wait: 0, isDraining: false });
    expect(health.snapshot()).toEqual({ draining: [], circuits: [] });
  });

  test.each(['unreachable', 'timeout', 'overloaded', 'upstream_error', 'bad_upstream'] as const)(
    'three times %s opens the target, not the credential nor its other models (U1, U3, U12)',
    (kind) => {
      const { learn, states } = setUp();
      learn(a1, failure(kind));
      learn(a1, failure(kind));
      expect(states(a1)).toEqual(['closed']);
      learn(a1, failure(kind));
      expect(states(a1, a2, otherModel, b)).toEqual(['open', 'closed', 'closed', 'closed']);
    },
  );

  test.each([
    { name: 'a refused credential', error: failure('upstream_auth'), reason: 'credential_refused' },
    { name: 'no credit', error: failure('billing'), reason: 'quota_exhausted' },
    {
      name: 'a spend cap without retry-after',
      error: failure('rate_limited', { code: 'enforced_spend_limit_reached' }),
      reason: 'spend_cap',
    },
  ])('U14 U11 $name marks the credential for all its models, not the channel', ({ error, reason }) => {
    const { health, learn, states } = setUp();
    learn(a1, error);
    expect(states(a1, otherModel, a2)).toEqual(['open', 'open', 'closed']);
    expect(health.verdictOf(a1)).toMatchObject({ reason, wait: 60_000 });
  });

  test.each([
    { retryAfter: 30, wait: 30_000 },
    { retryAfter: 0, wait: 1_000 },
    { retryAfter: undefined, wait: 1_000 },
    { retryAfter: 1e9, wait: 600_000 },
  ])('U11 a 429 with retry-after $retryAfter cools the credential down for $wait ms', ({ retryAfter, wait }) => {
    const { clock, health, learn, states } = setUp();
    learn(a1, failure('rate_limited', { retryAfter }));
    expect(health.verdictOf(a1)).toMatchObject({ state: 'open', reason: 'rate_limited', wait });
    expect(states(a2, otherModel)).toEqual(['closed', 'open']);
    clock.pass(wait);
    expect(states(a1)).toEqual(['half-open']);
  });

  test('a half-open target takes one probe; its first event closes it', () => {
    const { clock, health, learn, states } = setUp();
    for (let round = 0; round < 3; round++) learn(a1, failure('unreachable'));
    clock.pass(5_000);
    const probe = health.begin(a1);
    expect(states(a1)).toEqual(['open']);
    probe.learn(undefined);
    expect(states(a1)).toEqual(['closed']);
  });

  test('a stream that is cut after its first event is a failure as well (U6)', () => {
    const { health, states } = setUp();
    for (let round = 0; round < 3; round++) {
      const ticket = health.begin(a1);
      ticket.learn(undefined);
      ticket.learn(failure('bad_upstream'));
    }
    expect(states(a1)).toEqual(['closed']);
    const tickets = [1, 2, 3].map(() => health.begin(a1));
    for (const ticket of tickets) ticket.learn(failure('bad_upstream'));
    expect(states(a1)).toEqual(['open']);
  });

  test.each([
    { name: 'a client that goes away (C1)', kind: 'aborted' as const },
    { name: 'a request that cannot be converted', kind: 'invalid_request' as const },
    { name: 'a fault of our own', kind: 'internal' as const },
  ])('$name says nothing of the upstream, and frees the probe', ({ kind }) => {
    const { clock, health, learn, states } = setUp();
    for (let round = 0; round < 3; round++) learn(a1, failure('unreachable'));
    clock.pass(5_000);
    learn(a1, new GatewayError(kind, ''));
    expect(states(a1)).toEqual(['half-open']);
    expect(health.snapshot().circuits).toMatchObject([{ id: 'a/one/m', scope: 'target', failures: 3 }]);
  });

  test('a refusal of the request proves that the upstream is alive', () => {
    const { clock, learn, states } = setUp();
    for (let round = 0; round < 3; round++) learn(a1, failure('unreachable'));
    clock.pass(5_000);
    learn(a1, failure('invalid_request'));
    expect(states(a1)).toEqual(['closed']);
  });

  test('a credential whose key was changed starts afresh', () => {
    const { learn, states } = setUp();
    learn(a1, failure('upstream_auth'));
    const changed = { ...a1, credential: { ...a1.credential, apiKey: 'another' } };
    expect(states(a1, changed)).toEqual(['open', 'closed']);
  });

  test('drains by channel, by credential and by configuration, until that is taken back', () => {
    const { health } = setUp();
    const drains = (...of: Target[]) => of.map((target) => health.verdictOf(target).isDraining);
    health.useDrains(['a/one', 'b']);
    expect(drains(a1, otherModel, a2, b)).toEqual([true, true, false, true]);
    expect(health.snapshot().draining).toEqual(['a/one', 'b']);
    health.useDrains(['b']);
    expect(drains(a1, b, targets('c', { state: 'drain' })[0])).toEqual([false, true, true]);
  });

  test('shows no secret', () => {
    const { health, learn } = setUp();
    learn(a1, failure('upstream_auth'));
    expect(JSON.stringify(health.snapshot())).not.toContain('key-one');
  });

  test('whoever is blamed for a failure has a rule, and nobody else', () => {
    for (const [name, { blames }] of Object.entries(FAILURE_CLASSES)) {
      expect([name, name in CIRCUIT_RULES]).toEqual([name, blames === 'target' || blames === 'credential']);
    }
  });
});
