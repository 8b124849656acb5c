import { type Affinity, createAffinity, type SharedSessions } from '../routing/affinity.ts';
import { type CredentialUse, createCredentialUse } from '../routing/credential-limits.ts';
import { FirstContentTimes } from '../routing/first-content-times.ts';
import { createHealth, type Health } from '../routing/health.ts';
import { HedgeShare } from '../routing/hedge-share.ts';
import { createLiveLoad, type LiveLoad } from '../routing/live-load.ts';
import { RetryBudget } from '../routing/retry-budget.ts';
import type { RoutingEvents } from '../routing/routing-events.ts';
import { createStateHolders, type StateHolders } from '../routing/state-holders.ts';

/** What is learnt from request to request about targets and sessions; a reload of the configuration keeps it. */
export type RoutingState = {
  health: Health;
  load: LiveLoad;
  /** Against the limits of credentials. */
  use: CredentialUse;
  affinity: Affinity;
  holders: StateHolders;
  retries: RetryBudget;
  /** Who is told of what routing decides. */
  events: RoutingEvents;
  hedges: { times: FirstContentTimes; share: HedgeShare };
};

/**
 * @param retryShare largest share of live requests that are retries; asked each time, so that a new config counts at once.
 * @param sessions where several nodes share where sessions are.
 */
export function createRoutingState(
  retryShare: () => number,
  events: RoutingEvents,
  sessions?: SharedSessions,
): RoutingState {
  const clock = () => performance.now();
  return {
    health: createHealth(clock, ({ channel }, scope, reason) => events.circuitOpened(channel.name, scope, reason)),
    load: createLiveLoad(clock),
    use: createCredentialUse(clock),
    holders: createStateHolders(clock),
    affinity: createAffinity(clock, undefined, sessions),
    hedges: { times: new FirstContentTimes(), share: new HedgeShare(clock) },
    retries: new RetryBudget({ share: retryShare, clock }),
    events,
  };
}
