import { setTimeout as pause } from 'node:timers/promises';
import { type GatewayError, toGatewayError } from '../core/error.ts';
import { classifyFailure } from '../routing/failure-class.ts';
import { failureToTell } from '../routing/failure-to-tell.ts';
import { Itinerary } from '../routing/itinerary.ts';
import type { LoadTicket } from '../routing/live-load.ts';
import type { Target } from '../routing/resolve.ts';
import type { RetryPermit } from '../routing/retry-budget.ts';
import type { RetryLimits } from '../routing/retry-law.ts';
import { isConnectionLost } from '../upstream/send.ts';
import type { RoutingState } from './routing-state.ts';

/** One try, and whether a further one is still possible when it fails. */
export type TargetTries = {
  targets: readonly Target[];
  limits: RetryLimits;
  routing: RoutingState;
  /** Aborts when nobody waits for the answer any more. */
  gone: AbortSignal;
  /** @param answered to be called when the first content is there. */
  tryTarget(target: Target, answered: () => void): Promise<void>;
  /** What a failure means. */
  errorOf(thrown: unknown): GatewayError;
  /** Whether a target that failed so can be asked again without something that it has refused; that is then remembered. */
  learn(target: Target, error: GatewayError): boolean;
  /** False once the client has got content, or has gone (law Commit). */
  mayGoOn(): boolean;
};

/**
 * Tries targets in order, as the law of retries and its budget allow.
 * @throws what the last try threw when the client knows of it already, else the failure that tells the client most.
 */
export async function tryTargets(tries: TargetTries): Promise<void> {
  const [first, ...others] = tries.targets;
  if (!first) throw toGatewayError(undefined);
  const { retries, events } = tries.routing;
  const itinerary = new Itinerary([first, ...others], tries.limits, Math.random);
  const startedAt = performance.now();
  const requestEnded = retries.requestBegan();
  const failures: GatewayError[] = [];
  let permit: RetryPermit | undefined;
  try {
    for (let target = first; ; ) {
      try {
        await tryOne(tries, target, permit);
        return;
      } catch (thrown) {
        if (!tries.mayGoOn()) {
          permit?.failed();
          throw thrown;
        }
        const error = tries.errorOf(thrown);
        const connectionLost = isConnectionLost(error);
        const isBudgetExhausted = retries.isExhausted;
        const elapsed = performance.now() - startedAt;
        const canLeaveOut = tries.learn(target, error);
        const next = itinerary.after({ error, connectionLost, elapsed, isBudgetExhausted, canLeaveOut });
        // What was refused is asked for no more: the client need not hear of it, and the budget of retries has no part in it.
        if (next.why === 'negotiation') continue;
        permit?.failed();
        failures.push(error);
        permit = next.target && (await waitForTurn(tries, next.wait));
        if (next.target ? !permit && !tries.gone.aborted : isBudgetExhausted) events.retryDenied();
        if (!next.target || !permit) throw tellable(failures, error);
        events.retried(classifyFailure(error, connectionLost));
        target = next.target;
      }
    }
  } finally {
    requestEnded();
  }
}

function tellable([first, ...others]: readonly GatewayError[], last: GatewayError): GatewayError {
  return first ? failureToTell([first, ...others]) : last;
}

/** Undefined when the client has gone or the budget is spent. */
async function waitForTurn({ gone, routing }: TargetTries, wait: number): Promise<RetryPermit | undefined> {
  if (wait > 0) await pause(wait, undefined, { signal: gone }).catch(() => undefined);
  return gone.aborted ? undefined : routing.retries.acquire(gone);
}

async function tryOne(
  { routing, tryTarget, errorOf }: TargetTries,
  target: Target,
  permit: RetryPermit | undefined,
): Promise<void> {
  const health = routing.health.begin(target);
  const load: LoadTicket = routing.load.begin(target);
  const startedAt = performance.now();
  const answered = () => {
    load.firstEvent(performance.now() - startedAt);
    health.learn(undefined);
    permit?.succeeded();
  };
  try {
    await tryTarget(target, answered);
    permit?.succeeded();
  } catch (thrown) {
    health.learn(errorOf(thrown));
    throw thrown;
  } finally {
    load.end();
  }
}
