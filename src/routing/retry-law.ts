import type { GatewayError } from '../core/error.ts';

/** What is known when an attempt has failed and nothing of it has reached the client (law Commit). */
export type FailedAttempt = {
  error: GatewayError;
  /** The connection broke before the upstream said anything: most likely one it had closed while it lay idle (U21). */
  connectionLost: boolean;
  /** How often this target has been tried. */
  triesOfTarget: number;
  /** Whether another target is left. */
  hasNextTarget: boolean;
};

/** Where the next attempt goes. */
export type NextStep = 'same-target' | 'next-target' | 'give-up';

/**
 * The whole law of retries:
 *
 * | failure | first | then |
 * |---|---|---|
 * | connection lost before any answer | same target, once | next target |
 * | retryable: unreachable, timeout, 429, 5xx, 529, bad answer, our credential refused | next target | |
 * | anything else: the request itself is at fault | give up | |
 */
export function nextStep(failed: FailedAttempt): NextStep {
  if (!failed.error.retryable) return 'give-up';
  if (failed.connectionLost && failed.triesOfTarget === 1) return 'same-target';
  return failed.hasNextTarget ? 'next-target' : 'give-up';
}
