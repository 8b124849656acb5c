import { mayUseModel } from '../access/limits.ts';
import type { DialectId } from '../core/dialect.ts';
import { GatewayError } from '../core/error.ts';
import { providerById } from '../providers/index.ts';
import type { Target } from '../routing/resolve.ts';
import { type Selection, selectTargets } from '../routing/select.ts';
import { sessionOf } from '../routing/session-key.ts';
import type { ClientCall } from './call.ts';
import type { Gateway, Snapshot } from './gateway.ts';

/** The targets of one request. */
export type Choice = Selection & {
  /** An attempt goes there: the session stays with it from now on. */
  remember(target: Target): void;
};

/**
 * Puts the targets of a model in order for this request: by its session, priority, policy and health.
 * @param model one that the router knows: `admit` has seen to it.
 * @throws GatewayError `unavailable` when every target is drained.
 */
export function chooseTargets(gateway: Gateway, { router, config }: Snapshot, call: ClientCall, model: string): Choice {
  const { affinity, health, load, events } = gateway.routing;
  const { principal, headers, parsed, dialect } = call;
  const { targets, fallbacks } = router.route(model);
  const hasChoice = targets.length + fallbacks.length > 1;
  const session =
    config.routing.affinity && hasChoice
      ? sessionOf({ owner: principal.keyId, model, headers, body: parsed })
      : undefined;
  const preferred = session && affinity.preferred(session);
  const selection = selectTargets({
    router,
    model,
    isAllowed: (other) => mayUseModel(principal, other),
    preferred: preferred === undefined ? undefined : { id: preferred, source: session?.source ?? '' },
    figuresOf: (target) => ({
      ...load.loadOf(target),
      price: gateway.priceHint(target.channel.provider, target.upstreamModel),
      isRelayed: servesDialect(target, dialect.id),
    }),
    verdictOf: health.verdictOf,
    random: Math.random,
  });
  reportRejected(gateway, selection);
  if (selection.targets.length === 0) {
    throw new GatewayError('unavailable', `model: every channel that serves ${model} is being drained`, {
      retryAfter: 5,
    });
  }
  let placedAt: string | undefined;
  return {
    ...selection,
    remember: (target) => {
      if (target.model !== model) events.fellBack();
      if (!session) return;
      const hasMoved = affinity.remember(session, target, config.routing.affinityTtl);
      // A further attempt at the same target is no further request.
      if (placedAt !== target.id) events.sessionPlaced(hasMoved ? 'moved' : preferred === undefined ? 'new' : 'stayed');
      placedAt = target.id;
    },
  };
}

function reportRejected({ routing: { health, events } }: Gateway, { reasons }: Selection): void {
  for (const { target, isChosen } of reasons) {
    if (isChosen) continue;
    const { isDraining, reason } = health.verdictOf(target);
    const why = isDraining ? 'draining' : reason;
    if (why) events.targetRejected(target.channel.name, why);
  }
}

function servesDialect({ channel }: Target, dialect: DialectId): boolean {
  return (channel.endpoints ?? providerById(channel.provider).endpoints)[dialect] !== undefined;
}
