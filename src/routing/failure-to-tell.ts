import type { GatewayError } from '../core/error.ts';
import { classifyFailure, FAILURE_CLASSES, type FailureClass } from './failure-class.ts';

/**
 * How much a client gains by hearing of a failure, 0 the most: what passes when it waits, what may pass when it tries again,
 * what it can change itself, and last what only the operator can.
 */
const RANK: Readonly<Record<FailureClass, number>> = {
  stopped: 0,
  overloaded: 1,
  rate_limited: 1,
  timeout: 2,
  unreachable: 2,
  connection_lost: 2,
  upstream_error: 2,
  bad_upstream: 2,
  prompt_too_long: 3,
  content_policy: 3,
  state_refused: 3,
  request_fault: 3,
  unsupported_feature: 4,
  quota_exhausted: 5,
  spend_cap: 5,
  credential_refused: 5,
  model_missing: 6,
};

/**
 * Which failure of several the client is told, when all attempts have failed. A first target that refused the request itself is
 * right, whatever others said afterwards; otherwise a target that was asked only because others were down does not turn a passing
 * trouble into a lasting one. Of equally useful ones the last.
 * @param errors in the order of the attempts.
 */
export function failureToTell([first, ...others]: readonly [GatewayError, ...GatewayError[]]): GatewayError {
  const last = others.at(-1) ?? first;
  if (rankOf(last) === 0) return last;
  if (FAILURE_CLASSES[classifyFailure(first)].blames === 'request') return first;
  return others.reduce((best, error) => (rankOf(error) <= rankOf(best) ? error : best), first);
}

function rankOf(error: GatewayError): number {
  return RANK[classifyFailure(error)];
}
