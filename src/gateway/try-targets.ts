import { type GatewayError, toGatewayError } from '../core/error.ts';
import type { Target } from '../routing/resolve.ts';
import { nextStep } from '../routing/retry-law.ts';
import { isConnectionLost } from '../upstream/send.ts';

/** One try, and whether a further one is still possible when it fails. */
export type TargetTries = {
  tryTarget(target: Target): Promise<void>;
  /** What a failure means. */
  errorOf(thrown: unknown): GatewayError;
  /** False once the client has got content, or has gone (law Commit). */
  mayGoOn(): boolean;
};

/** Tries targets in order, as `nextStep` says; rejects with what the last try threw. */
export async function tryTargets(
  targets: readonly Target[],
  { tryTarget, errorOf, mayGoOn }: TargetTries,
): Promise<void> {
  let index = 0;
  let triesOfTarget = 0;
  for (let target = targets[index]; target !== undefined; target = targets[index]) {
    triesOfTarget++;
    try {
      return await tryTarget(target);
    } catch (thrown) {
      const error = errorOf(thrown);
      const hasNextTarget = index + 1 < targets.length;
      const step = nextStep({ error, connectionLost: isConnectionLost(error), triesOfTarget, hasNextTarget });
      if (step === 'give-up' || !mayGoOn()) throw thrown;
      if (step === 'next-target') {
        index++;
        triesOfTarget = 0;
      }
    }
  }
  throw toGatewayError(undefined);
}
