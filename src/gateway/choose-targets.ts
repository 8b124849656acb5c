import { mayUseModel } from '../access/limits.ts';
import type { DialectId } from '../core/dialect.ts';
import { GatewayError } from '../core/error.ts';
import { statesOfRequest } from '../core/opaque-states.ts';
import { providerById } from '../providers/index.ts';
import { classifyFailure, FAILURE_CLASSES } from '../routing/failure-class.ts';
import type { Target } from '../routing/resolve.ts';
import { type Selection, selectTargets } from '../routing/select.ts';
import { drawsOf } from '../routing/session-draw.ts';
import { sessionOf } from '../routing/session-key.ts';
import { type Holder, isBinding } from '../routing/state-holders.ts';
import type { ClientCall } from './call.ts';
import type { Gateway, Snapshot } from './gateway.ts';

/** The targets of one request. */
export type Choice = Selection & {
  /** An attempt goes there: the session stays with it from now on. */
  remember(target: Target): void;
  /** A failure of the only account that could be asked says that it was the only one. */
  explain(thrown: unknown): unknown;
};

/**
 * Puts the targets of a model in order for this request: by its session, priority, policy and health.
 * @param model one that the router knows: `admit` has seen to it.
 * Rejects with GatewayError `unavailable` when every target is drained, `overloaded` when what is left is at its limit.
 */
export async function chooseTargets(
  gateway: Gateway,
  { router, config }: Snapshot,
  call: ClientCall,
  model: string,
): Promise<Choice> {
  const { affinity, health, holders, load, use, events } = gateway.routing;
  const { principal, headers, parsed, dialect } = call;
  const { targets, fallbacks } = router.route(model);
  const hasChoice = targets.length + fallbacks.length > 1;
  const session =
    config.routing.affinity && hasChoice
      ? sessionOf({ owner: principal.keyId, model, headers, body: parsed })
      : undefined;
  const preferred = session && (await affinity.preferred(session));
  const holder =
    hasChoice && !holders.isEmpty() ? holders.holderOf(principal.projectId, statesOfRequest(parsed)) : undefined;
  const selection = selectTargets({
    router,
    model,
    isAllowed: (other) => mayUseModel(principal, other),
    preferred: preferred === undefined ? undefined : { id: preferred, source: session?.source ?? '' },
    holder,
    figuresOf: (target) => ({
      ...load.loadOf(target),
      price: gateway.priceHint(target.channel.provider, target.upstreamModel),
      isRelayed: servesDialect(target, dialect.id),
    }),
    verdictOf: health.verdictOf,
    waitFor: ({ credential }) => use.waitFor(credential),
    random: session ? drawsOf(session) : Math.random,
  });
  reportRejected(gateway, selection);
  if (selection.targets.length === 0) {
    if (selection.fullFor !== undefined) throw full(selection.fullFor);
    if (holder && isBinding(holder)) throw new GatewayError('unavailable', aloneWith(holder), { retryAfter: 5 });
    throw new GatewayError('unavailable', `model: every channel that serves ${model} is being drained`, {
      retryAfter: 5,
    });
  }
  let placedAt: string | undefined;
  return {
    ...selection,
    explain: (thrown) => (holder && isBinding(holder) ? explained(thrown, holder) : thrown),
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

/** Which account it is, and what its limit is, are the operator's to know. */
function full(wait: number): GatewayError {
  const retryAfter = Math.ceil(wait / 1_000);
  return new GatewayError('overloaded', 'All that serves this model is at its limit. Try again later.', { retryAfter });
}

function reportRejected({ routing: { health, events } }: Gateway, { reasons }: Selection): void {
  for (const { target, isChosen } of reasons) {
    if (isChosen) continue;
    const { isDraining, reason } = health.verdictOf(target);
    const why = isDraining ? 'draining' : reason;
    if (why) events.targetRejected(target.channel.name, why);
  }
}

/** In words that name no account: which one it is, is the operator's to know. */
function aloneWith({ field }: Holder): string {
  return `${field}: it lies with one upstream account alone, which cannot answer now`;
}

/** What is wrong with the request itself, the upstream says best. */
function explained(thrown: unknown, holder: Holder): unknown {
  if (!(thrown instanceof GatewayError)) return thrown;
  const { blames } = FAILURE_CLASSES[classifyFailure(thrown)];
  if (blames === 'request' || blames === 'nobody') return thrown;
  const { kind, message, status, retryAfter, shouldRetry, code, upstream } = thrown;
  const seen = upstream && { status: upstream.status, requestId: upstream.requestId };
  const details = { status, retryAfter, shouldRetry, code, field: holder.field, upstream: seen, cause: thrown };
  return new GatewayError(kind, `${aloneWith(holder)}: ${message}`, details);
}

function servesDialect({ channel }: Target, dialect: DialectId): boolean {
  return (channel.endpoints ?? providerById(channel.provider).endpoints)[dialect] !== undefined;
}
