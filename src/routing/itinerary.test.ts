import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { channel, credentials, rule, targets } from '../../test/support/routing.ts';
import { type ErrorKind, GatewayError, type GatewayErrorDetails } from '../core/error.ts';
import { Itinerary } from './itinerary.ts';
import { type Target, targetsOf } from './resolve.ts';
import type { RetryLimits } from './retry-law.ts';

const LIMITS: RetryLimits = { maxAttempts: 10, triesPerTarget: 1, totalTime: 60_000, maxRetryAfter: 10_000 };

const [one, ...more] = targets('a', { credentials: credentials('a', { one: 1, two: 1 }) });
const [b] = targets('b');
const [fallback] = targetsOf('other', channel('f', [rule('*')]), 'f-1');
/** a/one, a/two, b, and for another model f. */
const WAY: [Target, ...Target[]] = [one, ...more, b, fallback];

/** The way of a request whose attempts fail in these ways, one after the other. */
function wayOf(failures: readonly (ErrorKind | [ErrorKind, GatewayErrorDetails])[], limits = LIMITS): string[] {
  const itinerary = new Itinerary(WAY, limits, () => 0.5);
  const way = [one.credential.id];
  for (const failure of failures) {
    const [kind, details] = typeof failure === 'string' ? [failure] : failure;
    const { target } = itinerary.after({
      error: new GatewayError(kind, '', details),
      connectionLost: false,
      elapsed: 0,
      isBudgetExhausted: false,
      canLeaveOut: false,
    });
    if (!target) return [...way, 'end'];
    way.push(target.credential.id);
  }
  return way;
}

describe('the way of a request through its targets', () => {
  test('an overloaded upstream is left for another, then asked under its other credential (U12)', () => {
    const overloaded = ['overloaded', 'overloaded', 'overloaded', 'overloaded'] as const;
    expect(wayOf(overloaded)).toEqual(['a/one', 'b/default', 'a/two', 'f/default', 'end']);
  });

  test('U11 U14 a limited or refused credential is left for the other one of its channel', () => {
    for (const kind of ['rate_limited', 'upstream_auth', 'billing'] as const) {
      expect(wayOf([kind, kind, kind, kind])).toEqual(['a/one', 'a/two', 'b/default', 'f/default', 'end']);
    }
  });

  test('a target is tried again as often as the limits say, then left', () => {
    const limits = { ...LIMITS, triesPerTarget: 2 };
    const failures = Array.from({ length: 8 }, () => 'overloaded' as const);
    expect(wayOf(failures, limits)).toEqual([
      ...['a/one', 'b/default', 'a/two'],
      ...['a/two', 'f/default', 'f/default', 'end'],
    ]);
  });

  test('a prompt that is too long goes to a model that stands in, and nowhere else', () => {
    const tooLong: [ErrorKind, GatewayErrorDetails] = ['invalid_request', { code: 'context_length_exceeded' }];
    expect(wayOf([tooLong, tooLong])).toEqual(['a/one', 'f/default', 'end']);
  });

  test('nobody is asked under a credential that was just refused, whatever the model', () => {
    const sameKey = targetsOf('m', one.channel, 'm-2')[0];
    const itinerary = new Itinerary([one, sameKey, b], LIMITS, () => 0.5);
    const failure = { connectionLost: false, elapsed: 0, isBudgetExhausted: false, canLeaveOut: false };
    const next = itinerary.after({ error: new GatewayError('upstream_auth', ''), ...failure });
    expect(next.target).toBe(b);
  });

  test('a target that refuses one thing after the other is left after eight of them', () => {
    const itinerary = new Itinerary(WAY, { ...LIMITS, maxAttempts: 2 }, () => 0.5);
    const error = new GatewayError('invalid_request', '', { code: 'unsupported_parameter' });
    const refuse = () =>
      itinerary.after({ error, connectionLost: false, elapsed: 0, isBudgetExhausted: false, canLeaveOut: true });
    const way = Array.from({ length: 9 }, () => refuse().target?.credential.id);
    expect(way).toEqual([...Array.from({ length: 8 }, () => 'a/one'), 'b/default']);
  });

  test('no target comes twice with one try each, and the attempts are bounded (G12)', () => {
    const kinds = fc.constantFrom<ErrorKind>(
      'overloaded',
      'rate_limited',
      'upstream_error',
      'timeout',
      'upstream_auth',
    );
    fc.assert(
      fc.property(fc.array(kinds, { maxLength: 8 }), fc.integer({ min: 1, max: 5 }), (failures, maxAttempts) => {
        const way = wayOf(failures, { ...LIMITS, maxAttempts }).filter((id) => id !== 'end');
        expect(new Set(way).size).toBe(way.length);
        expect(way.length).toBeLessThanOrEqual(maxAttempts);
      }),
    );
  });
});
