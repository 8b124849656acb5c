import { setTimeout as pause } from 'node:timers/promises';
import { GatewayError, toGatewayError } from '../core/error.ts';
import { classifyFailure } from '../routing/failure-class.ts';
import { failureToTell } from '../routing/failure-to-tell.ts';
import { Itinerary } from '../routing/itinerary.ts';
import type { RetryPermit } from '../routing/retry-budget.ts';
import { lessonOf, race } from './race.ts';
import type { Failed, TargetTries } from './tries.ts';

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
  let waited = 0;
  try {
    for (let target = first; ; ) {
      const failed = await race(tries, itinerary, { target, permit, waited });
      const last = failed.at(-1);
      if (!last) return;
      if (!tries.mayGoOn()) {
        permit?.failed();
        throw last.thrown;
      }
      const isBudgetExhausted = retries.isExhausted;
      const next = nextAfter(tries, itinerary, failed, { elapsed: performance.now() - startedAt, isBudgetExhausted });
      // What was refused is asked for no more: the client need not hear of it, and the budget of retries has no part in it.
      if (next.target && next.why === 'negotiation') {
        target = next.target;
        waited = 0;
        continue;
      }
      permit?.failed();
      for (const { thrown } of failed) failures.push(tries.errorOf(thrown));
      const failedAt = performance.now();
      permit = next.target && (await waitForTurn(tries, next.wait));
      waited = performance.now() - failedAt;
      if (next.target && tries.gone.aborted) throw clientGone();
      if (next.target ? !permit : isBudgetExhausted) events.retryDenied();
      const { error, connectionLost } = lessonOf(tries.errorOf(last.thrown));
      if (!next.target || !permit) throw tellable(failures, error);
      events.retried(classifyFailure(error, connectionLost));
      target = next.target;
    }
  } finally {
    requestEnded();
  }
}

/** @param failed one attempt, or one and that beside it. */
function nextAfter(
  { errorOf, learn }: TargetTries,
  itinerary: Itinerary,
  failed: readonly Failed[],
  bounds: { elapsed: number; isBudgetExhausted: boolean },
): ReturnType<Itinerary['after']> {
  const lessons = failed.map(({ target, thrown }) => {
    const error = errorOf(thrown);
    return { target, canLeaveOut: learn(target, error), ...lessonOf(error) };
  });
  const [first, beside] = lessons;
  if (first && beside) itinerary.goOnWith(beside.target, first);
  const { canLeaveOut, error, connectionLost } = beside ?? first ?? NOTHING_LEARNT;
  return itinerary.after({ canLeaveOut, error, connectionLost, ...bounds });
}

const NOTHING_LEARNT = { canLeaveOut: false, ...lessonOf(toGatewayError(undefined)) };

function tellable([first, ...others]: readonly GatewayError[], last: GatewayError): GatewayError {
  return first ? failureToTell([first, ...others]) : last;
}

/** What ended a request that would have gone on. */
function clientGone(): GatewayError {
  return new GatewayError('aborted', 'The client closed the request');
}

/** Undefined when the client has gone or the budget is spent. */
async function waitForTurn({ gone, routing }: TargetTries, wait: number): Promise<RetryPermit | undefined> {
  if (wait > 0) await pause(wait, undefined, { signal: gone }).catch(() => undefined);
  return gone.aborted ? undefined : routing.retries.acquire(gone);
}
