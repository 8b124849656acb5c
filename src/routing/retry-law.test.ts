import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ErrorKind, GatewayError, type GatewayErrorDetails } from '../core/error.ts';
import { classifyFailure, FAILURE_CLASSES, type FailureClass } from './failure-class.ts';
import { type FailedAttempt, nextStep, RETRY_LAW, type RetryLimits, type Where } from './retry-law.ts';

const LIMITS: RetryLimits = { maxAttempts: 4, triesPerTarget: 2, totalTime: 60_000, maxRetryAfter: 10_000 };
const half = () => 0.5;

/** An error of each class; a class that is added has to be decided here and in `FOLLOWS`. */
const ERRORS: Record<FailureClass, [ErrorKind, GatewayErrorDetails?]> = {
  connection_lost: ['unreachable'],
  unreachable: ['unreachable'],
  timeout: ['timeout'],
  overloaded: ['overloaded'],
  upstream_error: ['upstream_error'],
  bad_upstream: ['bad_upstream'],
  model_missing: ['not_found', { upstream: { status: 404 } }],
  rate_limited: ['rate_limited'],
  quota_exhausted: ['billing'],
  spend_cap: ['rate_limited', { code: 'enforced_spend_limit_reached' }],
  credential_refused: ['upstream_auth'],
  prompt_too_long: ['invalid_request', { code: 'context_length_exceeded' }],
  content_policy: ['invalid_request', { code: 'content_filter' }],
  unsupported_feature: ['invalid_request', { code: 'unsupported_value' }],
  state_refused: ['invalid_request', { code: 'invalid_encrypted_content' }],
  request_fault: ['invalid_request'],
  stopped: ['aborted'],
};

/** Where each class goes when all is open, and as one after the other is used up; `same` is the same target, `-` the end. */
const FOLLOWS: Record<FailureClass, string> = {
  connection_lost: 'same target credential model -',
  unreachable: 'target same model -',
  timeout: 'target credential model -',
  overloaded: 'target credential same model -',
  upstream_error: 'target credential same model -',
  bad_upstream: 'target credential same model -',
  model_missing: 'target model -',
  rate_limited: 'credential target same model -',
  quota_exhausted: 'credential target model -',
  spend_cap: 'credential target model -',
  credential_refused: 'credential target model -',
  prompt_too_long: 'model -',
  content_policy: '-',
  unsupported_feature: 'same target model -',
  state_refused: 'credential target -',
  request_fault: '-',
  stopped: '-',
};

const SHORT: Record<Where, string> = {
  'same-target': 'same',
  'other-credential': 'credential',
  'next-target': 'target',
  'next-model': 'model',
  nowhere: '-',
};

const classes = Object.keys(FAILURE_CLASSES).filter((name): name is FailureClass => name in FOLLOWS);

function failed(of: FailureClass, more: Partial<FailedAttempt> = {}, details: GatewayErrorDetails = {}): FailedAttempt {
  const [kind, own] = ERRORS[of];
  return {
    error: new GatewayError(kind, '', { ...own, ...details }),
    connectionLost: of === 'connection_lost',
    triesOfTarget: 1,
    attempts: 1,
    elapsed: 0,
    left: new Set<Where>(['other-credential', 'next-target', 'next-model']),
    isBudgetExhausted: false,
    canLeaveOut: false,
    ...more,
  };
}

describe('the law of retries', () => {
  test('has a row for each class, and an error for each row', () => {
    expect(Object.keys(RETRY_LAW)).toEqual(Object.keys(FAILURE_CLASSES));
    for (const of of classes) {
      const { error, connectionLost } = failed(of);
      expect(classifyFailure(error, connectionLost)).toBe(of);
    }
  });

  test.each(classes)('U1 U2 U11 U12 U14 after %s: where, as one way after the other is used up', (of) => {
    let attempt = failed(of, { canLeaveOut: true });
    const steps: string[] = [];
    for (let step = nextStep(attempt, LIMITS, half); ; step = nextStep(attempt, LIMITS, half)) {
      steps.push(SHORT[step.where]);
      if (step.where === 'nowhere') break;
      if (step.where === 'same-target') attempt = { ...attempt, triesOfTarget: 2, canLeaveOut: false };
      else attempt = { ...attempt, left: new Set([...attempt.left].filter((where) => where !== step.where)) };
    }
    expect(steps.join(' ')).toBe(FOLLOWS[of]);
  });

  test('what was refused is left out at once, whatever the attempts and the budget, but not after the total time', () => {
    const spent = { canLeaveOut: true, attempts: 99, triesOfTarget: 99, isBudgetExhausted: true };
    const step = nextStep(failed('unsupported_feature', spent), LIMITS, half);
    expect(step).toMatchObject({ where: 'same-target', wait: 0, why: 'negotiation' });
    const late = nextStep(
      failed('unsupported_feature', { canLeaveOut: true, elapsed: LIMITS.totalTime }),
      LIMITS,
      half,
    );
    expect(late.where).toBe('nowhere');
  });

  test('U21 a stale connection is tried again at once, and once', () => {
    const nobody = { left: new Set<Where>() };
    const steps = [1, 2].map((triesOfTarget) =>
      nextStep(failed('connection_lost', { ...nobody, triesOfTarget }), { ...LIMITS, triesPerTarget: 1 }, half),
    );
    expect(steps.map(({ where, wait }) => [where, wait])).toEqual([
      ['same-target', 0],
      ['nowhere', 0],
    ]);
  });

  const alone = { left: new Set<Where>() };
  const alone429 = (details: GatewayErrorDetails) => nextStep(failed('rate_limited', alone, details), LIMITS, half);

  test.each([
    { retryAfter: 2, wait: 2_250 },
    { retryAfter: 0, wait: 250 },
    { retryAfter: undefined, wait: 250 },
    { retryAfter: 10, wait: 10_250 },
  ])('U11 a retry-after of $retryAfter s is obeyed: $wait ms', ({ retryAfter, wait }) => {
    expect(alone429({ retryAfter })).toEqual({ where: 'same-target', wait, why: 'rate_limited' });
  });

  test.each([{ retryAfter: 11 }, { retryAfter: 1e9 }, { shouldRetry: false }])(
    'U11 %j is passed on to the client instead',
    (details) => {
      expect(alone429(details)).toEqual({ where: 'nowhere', wait: 0, why: 'rate_limited' });
    },
  );

  test('U12 without a retry-after the wait is drawn from a range that doubles, up to 8 s', () => {
    const longest = [1, 2, 3, 5, 9].map((triesOfTarget) => {
      const attempt = failed('overloaded', { ...alone, triesOfTarget });
      return nextStep(attempt, { ...LIMITS, triesPerTarget: 10 }, () => 1).wait;
    });
    expect(longest).toEqual([500, 1_000, 2_000, 8_000, 8_000]);
    expect(nextStep(failed('overloaded', alone), LIMITS, () => 0).wait).toBe(0);
  });

  test('others are asked at once, whatever this one asks for', () => {
    const step = nextStep(failed('rate_limited', {}, { retryAfter: 600, shouldRetry: false }), LIMITS, half);
    expect(step).toEqual({ where: 'other-credential', wait: 0, why: 'rate_limited' });
  });

  test.each([
    { bound: 'attempts', more: { attempts: 4 } },
    { bound: 'budget', more: { isBudgetExhausted: true } },
    { bound: 'time', more: { elapsed: 60_000 } },
  ])('ends at the bound of $bound (C1)', ({ bound, more }) => {
    expect(nextStep(failed('overloaded', more), LIMITS, half)).toEqual({ where: 'nowhere', wait: 0, why: bound });
  });

  test('a wait that does not fit into the time left gives way to another model', () => {
    const attempt = failed(
      'rate_limited',
      { left: new Set<Where>(['next-model']), elapsed: 55_000 },
      { retryAfter: 9 },
    );
    expect(nextStep(attempt, LIMITS, half).where).toBe('next-model');
  });

  test('whatever happens: no step beyond a bound, none to where nobody is, none longer than is waited for', () => {
    const anything = fc.record({
      of: fc.constantFrom(...classes),
      attempts: fc.integer({ min: 1, max: 6 }),
      triesOfTarget: fc.integer({ min: 1, max: 4 }),
      elapsed: fc.integer({ min: 0, max: 70_000 }),
      left: fc.subarray<Where>(['other-credential', 'next-target', 'next-model']),
      isBudgetExhausted: fc.boolean(),
      retryAfter: fc.option(fc.integer({ min: 0, max: 700 }), { nil: undefined }),
      drawn: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(anything, ({ of, left, retryAfter, drawn, ...more }) => {
        const attempt = failed(of, { ...more, left: new Set(left) }, { retryAfter });
        const { where, wait } = nextStep(attempt, LIMITS, () => drawn);
        if (where === 'nowhere') return;
        expect(attempt.attempts).toBeLessThan(LIMITS.maxAttempts);
        expect(attempt.isBudgetExhausted).toBe(false);
        expect(attempt.elapsed + wait).toBeLessThan(LIMITS.totalTime);
        expect(wait).toBeLessThanOrEqual(where === 'same-target' ? LIMITS.maxRetryAfter + 8_000 : 0);
        if (where !== 'same-target') expect(left).toContain(where);
      }),
      { numRuns: 2_000 },
    );
  });
});
