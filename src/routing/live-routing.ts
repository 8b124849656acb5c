import type { RoutingConfig } from '../config/config.ts';
import type { GatewayError } from '../core/error.ts';
import { type Affinity, createAffinity } from './affinity.ts';
import { createHealth, type Health } from './health.ts';
import { createLiveLoad } from './live-load.ts';
import type { Router, Target } from './resolve.ts';
import { RetryBudget } from './retry-budget.ts';
import { type Selection, selectTargets } from './select.ts';
import type { Session } from './session-key.ts';

/** What a request is routed by. */
export type RoutingQuestion = {
  router: Router;
  /** Public name. */
  model: string;
  /** Whether the key may use a model. */
  isAllowed(model: string): boolean;
  /** Whether a target speaks the client's own dialect. */
  isRelayed(target: Target): boolean;
  /** What a target costs, in any unit that is the same for all; undefined where it is not known. */
  priceOf(target: Target): number | undefined;
  session: Session | undefined;
};

/** One attempt that is out. */
export type LiveAttempt = {
  /** The first event is there, this many ms after the call went out: the target is alive. */
  firstEvent(ms: number): void;
  /** The attempt is over: undefined when it came to its proper end. */
  end(error: GatewayError | undefined): void;
};

/** All that routing learns while the process runs; there is one, and it survives reloads. */
export type LiveRouting = {
  health: Health;
  affinity: Affinity;
  budget: RetryBudget;
  select(question: RoutingQuestion): Selection;
  /** To be called when an attempt's call goes out; the session is with `target` from now on. */
  begin(target: Target, session: Session | undefined): LiveAttempt;
};

/** What live routing is made with. */
export type LiveRoutingOptions = {
  /** The configuration in force. */
  routing(): RoutingConfig;
  /** Monotonic ms. */
  clock(): number;
  /** From 0 to 1, 1 excluded. */
  random(): number;
};

/** Makes the one live routing of a server. */
export function createLiveRouting({ routing, clock, random }: LiveRoutingOptions): LiveRouting {
  const health = createHealth(clock);
  const affinity = createAffinity(clock);
  const load = createLiveLoad(clock);
  const budget = new RetryBudget({ share: () => routing().retryBudget, clock });

  return {
    health,
    affinity,
    budget,
    select({ session, isRelayed, priceOf, ...question }) {
      const id = session && routing().affinity ? affinity.preferred(session) : undefined;
      return selectTargets({
        ...question,
        preferred: session && id !== undefined ? { id, source: session.source } : undefined,
        figuresOf: (target) => ({
          ...load.loadOf(target),
          price: priceOf(target),
          isRelayed: isRelayed(target),
        }),
        verdictOf: health.verdictOf,
        random,
      });
    },
    begin(target, session) {
      if (session) affinity.remember(session, target, routing().affinityTtl);
      const ticket = health.begin(target);
      const call = load.begin(target);
      return {
        firstEvent(ms) {
          call.firstEvent(ms);
          ticket.learn(undefined);
        },
        end(error) {
          call.end();
          ticket.learn(error);
        },
      };
    },
  };
}
