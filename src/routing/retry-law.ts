import type { RoutingConfig } from '../config/config.ts';
import type { GatewayError } from '../core/error.ts';
import { classifyFailure, type FailureClass } from './failure-class.ts';

/** Where the next attempt goes. */
export type Where =
  /** To the same target. */
  | 'same-target'
  /** To the same upstream model of the same channel, under another credential. */
  | 'other-credential'
  /** To another channel or upstream model that serves the same public name. */
  | 'next-target'
  /** To a model that stands in for this one (`fallbacks:`). */
  | 'next-model'
  | 'nowhere';

/**
 * How the same target is tried again: at once and only after its first failure; after the wait that it asked for, else after
 * a random one; or at once without what it has just refused.
 */
type Pace = 'once' | 'after-wait' | 'without-refused';

/** One thing that can be done; only the same target needs a pace, others are asked at once. */
type Step = { where: 'same-target'; pace: Pace } | { where: 'other-credential' | 'next-target' | 'next-model' };

const ONCE: Step = { where: 'same-target', pace: 'once' };
const AFTER_WAIT: Step = { where: 'same-target', pace: 'after-wait' };
const WITHOUT_REFUSED: Step = { where: 'same-target', pace: 'without-refused' };
const OTHER_CREDENTIAL: Step = { where: 'other-credential' };
const NEXT_TARGET: Step = { where: 'next-target' };
const NEXT_MODEL: Step = { where: 'next-model' };

/** The whole law: what can follow each class of failure, best first. */
export const RETRY_LAW: Readonly<Record<FailureClass, readonly Step[]>> = {
  connection_lost: [ONCE, NEXT_TARGET, OTHER_CREDENTIAL, AFTER_WAIT, NEXT_MODEL],
  unreachable: [NEXT_TARGET, AFTER_WAIT, NEXT_MODEL],
  timeout: [NEXT_TARGET, OTHER_CREDENTIAL, NEXT_MODEL],
  overloaded: [NEXT_TARGET, OTHER_CREDENTIAL, AFTER_WAIT, NEXT_MODEL],
  upstream_error: [NEXT_TARGET, OTHER_CREDENTIAL, AFTER_WAIT, NEXT_MODEL],
  bad_upstream: [NEXT_TARGET, OTHER_CREDENTIAL, AFTER_WAIT, NEXT_MODEL],
  model_missing: [NEXT_TARGET, NEXT_MODEL],
  rate_limited: [OTHER_CREDENTIAL, NEXT_TARGET, AFTER_WAIT, NEXT_MODEL],
  quota_exhausted: [OTHER_CREDENTIAL, NEXT_TARGET, NEXT_MODEL],
  spend_cap: [OTHER_CREDENTIAL, NEXT_TARGET, NEXT_MODEL],
  credential_refused: [OTHER_CREDENTIAL, NEXT_TARGET, NEXT_MODEL],
  prompt_too_long: [NEXT_MODEL],
  content_policy: [],
  unsupported_feature: [WITHOUT_REFUSED, NEXT_TARGET, NEXT_MODEL],
  state_refused: [OTHER_CREDENTIAL, NEXT_TARGET],
  request_fault: [],
  stopped: [],
};

/** What is known when an attempt has failed and nothing of it has reached the client (law Commit). */
export type FailedAttempt = {
  error: GatewayError;
  /** The connection broke before the upstream said anything: most likely one it had closed while it lay idle (U21). */
  connectionLost: boolean;
  /** How often this target has been tried. */
  triesOfTarget: number;
  /** How many attempts have been made for the request, on all targets. */
  attempts: number;
  /** Ms since the request came. */
  elapsed: number;
  /** Where there is somebody left to ask. */
  left: ReadonlySet<Where>;
  /** `RetryBudget.isExhausted`. */
  isBudgetExhausted: boolean;
  /** The upstream has refused something of the request that the request can do without, and still held. */
  canLeaveOut: boolean;
};

/** The bounds of all retries of one request. */
export type RetryLimits = Pick<RoutingConfig, 'maxAttempts' | 'triesPerTarget' | 'totalTime' | 'maxRetryAfter'>;

/** What to do next. */
export type NextStep = {
  where: Where;
  /** Ms to wait before. */
  wait: number;
  /**
   * The class of the failure, or the bound that ended it; `negotiation`: the same target gets the request without what it has
   * refused, which is another request and counts as no retry.
   */
  why: FailureClass | 'attempts' | 'time' | 'budget' | 'negotiation';
};

/** The first random wait is at most this long, in ms; each further one twice as long, up to `LONGEST_BACK_OFF`. */
const FIRST_BACK_OFF = 500;
const LONGEST_BACK_OFF = 8_000;

/** @param random from 0 to 1: a random wait is that part of its longest ("full jitter"). */
export function nextStep(failed: FailedAttempt, limits: RetryLimits, random: () => number): NextStep {
  const failure = classifyFailure(failed.error, failed.connectionLost);
  const possible = RETRY_LAW[failure].filter((step) => isPossible(step, failed, limits));
  if (possible.length === 0) return nowhere(failure);
  if (possible[0] === WITHOUT_REFUSED && failed.elapsed < limits.totalTime) {
    return { where: 'same-target', wait: 0, why: 'negotiation' };
  }
  if (failed.attempts >= limits.maxAttempts) return nowhere('attempts');
  if (failed.isBudgetExhausted) return nowhere('budget');
  const timed = possible.map((step) => ({ where: step.where, wait: waitFor(step, failed, random), why: failure }));
  return timed.find(({ wait }) => failed.elapsed + wait < limits.totalTime) ?? nowhere('time');
}

function nowhere(why: NextStep['why']): NextStep {
  return { where: 'nowhere', wait: 0, why };
}

function isPossible(step: Step, failed: FailedAttempt, { triesPerTarget, maxRetryAfter }: RetryLimits): boolean {
  if (step.where !== 'same-target') return failed.left.has(step.where);
  switch (step.pace) {
    case 'once':
      return failed.triesOfTarget === 1;
    case 'after-wait': {
      const { retryAfter = 0, shouldRetry } = failed.error;
      return failed.triesOfTarget < triesPerTarget && shouldRetry !== false && retryAfter * 1000 <= maxRetryAfter;
    }
    case 'without-refused':
      return failed.canLeaveOut;
  }
}

function waitFor(step: Step, { error, triesOfTarget }: FailedAttempt, random: () => number): number {
  if (step.where !== 'same-target' || step.pace !== 'after-wait') return 0;
  const jitter = random() * Math.min(FIRST_BACK_OFF * 2 ** (triesOfTarget - 1), LONGEST_BACK_OFF);
  // Behind a retry-after stands a crowd that was told the same: nobody comes sooner, and not all at once.
  return Math.round((error.retryAfter ?? 0) * 1000 + jitter);
}
