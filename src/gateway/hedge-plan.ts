import type { Target } from '../routing/resolve.ts';
import type { Gateway, Snapshot } from './gateway.ts';
import type { HedgePlan } from './tries.ts';

/** What second attempts of one request are decided by. */
export type HedgeParts = {
  gateway: Gateway;
  snapshot: Snapshot;
  /** Public name that was asked for. */
  model: string;
  isStream: boolean;
  /** Whether there is more than one target at all. */
  hasChoice: boolean;
};

/** The second attempts of a request; undefined where its model is not to be hedged, or cannot be. */
export function hedgePlan({ gateway, snapshot, model, isStream, hasChoice }: HedgeParts): HedgePlan | undefined {
  const { enabled, maxShare } = snapshot.router.route(model).hedging;
  if (!enabled || !hasChoice) return undefined;
  const { retries, health, hedges } = gateway.routing;
  const settingsOf = (publicName: string) => snapshot.router.route(publicName).hedging;
  // A stream's first event and a whole answer are not to be compared.
  const idOf = ({ id }: Target) => `${isStream ? 'stream' : 'whole'} ${id}`;
  hedges.share.requestBegan(model);
  return {
    delayFor: (target) => {
      const { enabled: isWanted, after, floor } = settingsOf(target.model);
      if (!isWanted) return undefined;
      const delay = after === 'p95' ? hedges.times.p95(idOf(target)) : after;
      return delay === undefined ? undefined : Math.max(delay, floor);
    },
    acquire: () => {
      const permit = retries.acquireNow();
      if (permit && hedges.share.take(model, maxShare)) return permit;
      permit?.succeeded();
      return undefined;
    },
    isFit: (target) => {
      const { state, isDraining } = health.verdictOf(target);
      return state === 'closed' && !isDraining;
    },
    learn: (target, ms, isAtLeast) => {
      if (isAtLeast) hedges.times.addAtLeast(idOf(target), ms);
      else hedges.times.add(idOf(target), ms);
    },
  };
}
