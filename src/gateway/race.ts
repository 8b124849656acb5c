import type { GatewayError } from '../core/error.ts';
import type { Itinerary } from '../routing/itinerary.ts';
import type { Target } from '../routing/resolve.ts';
import type { RetryPermit } from '../routing/retry-budget.ts';
import { isConnectionLost } from '../upstream/send.ts';
import type { Failed, Slow, TargetTries } from './tries.ts';
import { type Try, tryOne } from './try-one.ts';

/**
 * Tries a target and, when it is slow and that is wanted, another one beside it; the first with content has the client, and the
 * other is given up. Answers when both are over: with the failures, that of the later attempt last; with none when the client
 * was served.
 */
export async function race(
  tries: TargetTries,
  itinerary: Itinerary,
  first: { target: Target; permit: RetryPermit | undefined; waited: number },
): Promise<Failed[]> {
  let second: Promise<Failed | undefined> | undefined;
  let timer: NodeJS.Timeout | undefined;
  const { hedging } = tries;
  const begin = (slow: Slow) => {
    if (!tries.mayGoOn()) return;
    const target = itinerary.beside((each) => hedging?.isFit(each) ?? false);
    const permit = target && hedging?.acquire();
    if (!permit) return;
    itinerary.takeBeside(target);
    second = outcomeOf(tries, {
      ...{ target, permit, slow, waited: 0 },
      onSent: () => undefined,
      onAnswered: () => undefined,
    });
  };
  const failed = await outcomeOf(tries, {
    ...first,
    slow: undefined,
    onSent: () => {
      const delay = hedging?.delayFor(first.target);
      if (delay !== undefined) timer = setTimeout(begin, delay, { target: first.target, delay });
    },
    onAnswered: () => clearTimeout(timer),
  });
  clearTimeout(timer);
  const outcome = await second;
  // Whoever outran it would have served the client: a budget had no room for both.
  if (failed && outcome && tries.errorOf(outcome.thrown).kind === 'hedged_out') itinerary.giveBack(outcome.target);
  return failuresOf(tries, failed, outcome, second !== undefined);
}

async function outcomeOf(tries: TargetTries, run: Try): Promise<Failed | undefined> {
  let hasAnswered = false;
  const onAnswered = () => {
    hasAnswered = true;
    run.onAnswered();
  };
  try {
    await tryOne(tries, { ...run, onAnswered });
    return undefined;
  } catch (thrown) {
    return { target: run.target, thrown, hasAnswered };
  }
}

/** Whoever had content has the last word; the other one's end then tells nothing. */
function failuresOf(
  { errorOf }: TargetTries,
  first: Failed | undefined,
  second: Failed | undefined,
  hasSecond: boolean,
): Failed[] {
  if (!first || (hasSecond && !second)) return [];
  const failures = second ? [first, second] : [first];
  const answered = failures.filter(({ hasAnswered }) => hasAnswered);
  if (answered.length > 0) return answered;
  const lost = failures.filter(({ thrown }) => errorOf(thrown).kind !== 'hedged_out');
  return lost.length > 0 ? lost : failures;
}

/** What the way of a request has to know of a failure. */
export function lessonOf(error: GatewayError): { error: GatewayError; connectionLost: boolean } {
  return { error, connectionLost: isConnectionLost(error) };
}
