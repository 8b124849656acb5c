import type { GatewayError } from '../core/error.ts';
import type { Target } from '../routing/resolve.ts';
import type { RetryPermit } from '../routing/retry-budget.ts';
import type { RetryLimits } from '../routing/retry-law.ts';
import type { RoutingState } from './routing-state.ts';

/** What an attempt is told, and has to tell. */
export type TryStep = {
  /** The attempt that this one is begun beside; undefined when it is alone. */
  slow: Slow | undefined;
  /** Ms that it has waited for its turn after a failure. */
  waited: number;
  /** To be called when the call goes out. */
  sent(): void;
  /** To be called when the first content is there. */
  answered(): void;
};

/** One try, and whether a further one is still possible when it fails. */
export type TargetTries = {
  targets: readonly Target[];
  limits: RetryLimits;
  routing: RoutingState;
  /** Aborts when nobody waits for the answer any more. */
  gone: AbortSignal;
  /** Undefined: no attempt is begun beside another. */
  hedging: HedgePlan | undefined;
  tryTarget(target: Target, step: TryStep): Promise<void>;
  /** What a failure means. */
  errorOf(thrown: unknown): GatewayError;
  /** Whether a target that failed so can be asked again without something that it has refused; that is then remembered. */
  learn(target: Target, error: GatewayError): boolean;
  /** False once the client has got content, or has gone (law Commit). */
  mayGoOn(): boolean;
};

/** Second attempts beside slow ones, for one request. */
export type HedgePlan = {
  /** Ms without content after which a second attempt is begun beside one at this target; undefined: none is. */
  delayFor(target: Target): number | undefined;
  /** Leave to begin one now; undefined when enough requests are hedged already. */
  acquire(): RetryPermit | undefined;
  /** Whether a target is healthy enough to be asked without need. */
  isFit(target: Target): boolean;
  /** The first content came after so many ms; `isAtLeast`: the call was given up then. */
  learn(target: Target, ms: number, isAtLeast: boolean): void;
};

/** The attempt beside which another one is begun, and after how many ms. */
export type Slow = { target: Target; delay: number };

/** How one attempt ended that did not serve the client. */
export type Failed = { target: Target; thrown: unknown; hasAnswered: boolean };
