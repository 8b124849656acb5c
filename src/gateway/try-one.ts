import type { LoadTicket } from '../routing/live-load.ts';
import type { Target } from '../routing/resolve.ts';
import type { RetryPermit } from '../routing/retry-budget.ts';
import type { Slow, TargetTries } from './tries.ts';

/** One attempt to be made. */
export type Try = {
  target: Target;
  /** Undefined for the first attempt of a request. */
  permit: RetryPermit | undefined;
  /** The attempt that this one is begun beside; undefined when it is alone. */
  slow: Slow | undefined;
  /** Ms that it has waited for its turn after a failure. */
  waited: number;
  /** Called when the call goes out. */
  onSent(): void;
  /** Called with its first content. */
  onAnswered(): void;
};

/** Makes one attempt; health, load, hedging and the budget of retries learn how it went. @throws what it failed with. */
export async function tryOne(
  { routing, hedging, tryTarget, errorOf }: TargetTries,
  { target, permit, slow, waited, onSent, onAnswered }: Try,
): Promise<void> {
  const health = routing.health.begin(target);
  const load: LoadTicket = routing.load.begin(target);
  const endUse = routing.use.begin(target.credential);
  const startedAt = performance.now();
  const elapsed = () => performance.now() - startedAt;
  const answered = () => {
    onAnswered();
    load.firstEvent(elapsed());
    hedging?.learn(target, elapsed(), false);
    health.learn(undefined);
    permit?.succeeded();
  };
  let isSent = false;
  const sent = () => {
    isSent = true;
    onSent();
  };
  try {
    await tryTarget(target, { slow, waited, sent, answered });
    permit?.succeeded();
  } catch (thrown) {
    const error = errorOf(thrown);
    if (error.kind === 'hedged_out') {
      if (isSent) load.outrun(elapsed());
      if (isSent) hedging?.learn(target, elapsed(), true);
      permit?.succeeded();
    }
    health.learn(error);
    // That of an attempt which is alone is the request's to give back: it may go on with it.
    if (slow) permit?.failed();
    throw thrown;
  } finally {
    load.end();
    endUse();
  }
}
