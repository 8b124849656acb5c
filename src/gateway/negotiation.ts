import type { RoutingConfig } from '../config/config.ts';
import type { GatewayError } from '../core/error.ts';
import { isJsonObject, type JsonObject } from '../core/json.ts';
import type { Loss } from '../core/loss.ts';
import { removeMembers } from '../dialects/json-splice.ts';
import { classifyFailure } from '../routing/failure-class.ts';
import { type Feature, pathsToRemove, refusedFeatures, type SentRequest } from '../routing/optional-features.ts';
import type { Target } from '../routing/resolve.ts';
import type { ClientCall } from './call.ts';
import type { Gateway } from './gateway.ts';
import type { Passage } from './passage.ts';
import { STRICT_HEADER } from './passages.ts';
import type { TargetEndpoint } from './target-endpoint.ts';

const BETA_HEADER = 'anthropic-beta';

/** Where a passage leads. */
type Destination = { target: Target; endpoint: TargetEndpoint };

/**
 * What one exchange leaves out of its requests because their upstreams refuse it. A strict caller's request is sent whole: the
 * upstream's refusal is then the answer (law Loss).
 */
export class Negotiation {
  private readonly gateway: Pick<Gateway, 'features' | 'metrics'>;
  private readonly routing: Pick<RoutingConfig, 'betaMemory'>;
  private readonly isStrict: boolean;
  private readonly sent = new Map<string, Passage & { betas: readonly string[] }>();
  private lost: readonly Loss[] = [];

  constructor(
    { headers }: Pick<ClientCall, 'headers'>,
    gateway: Pick<Gateway, 'features' | 'metrics'>,
    routing: Pick<RoutingConfig, 'betaMemory'>,
  ) {
    this.gateway = gateway;
    this.routing = routing;
    this.isStrict = headers[STRICT_HEADER] === 'true';
  }

  /** What the last passage goes without. */
  get losses(): readonly Loss[] {
    return this.lost;
  }

  /** The same in words, for people; empty when it goes with everything. */
  get note(): string {
    return this.lost.length === 0
      ? ''
      : `, without ${this.lost.map(({ field }) => field).join(', ')}`.slice(0, MOST_NOTE);
  }

  /** A passage without what its target is known to refuse. */
  adapt(passage: Passage, { target, endpoint }: Destination): Passage {
    const betas = forwardsBetas(passage, endpoint) ? betasOf(passage.headers) : [];
    const refused = this.isStrict ? [] : this.gateway.features.refusedBy(target);
    const { adapted, losses } =
      refused.length === 0 ? { adapted: passage, losses: [] } : without(refused, passage, betas);
    this.lost = losses;
    for (const { code } of losses) this.gateway.metrics.countLeftOut(code === 'beta_refused' ? 'beta' : 'field');
    const kept = adapted === passage ? betas : betasOf(adapted.headers).filter((beta) => betas.includes(beta));
    this.sent.set(target.id, { ...adapted, betas: kept });
    return adapted;
  }

  /** Whether a target has refused something that it can be asked again without; that is remembered. */
  learn(target: Target, error: GatewayError): boolean {
    const sent = this.sent.get(target.id);
    if (this.isStrict || !sent || classifyFailure(error) !== 'unsupported_feature') return false;
    const features = refusedFeatures(error, { body: parsed(sent.body), betas: sent.betas });
    if (features.length === 0) return false;
    this.gateway.features.learn(target, features, this.routing.betaMemory);
    return true;
  }
}

/** Longest list of what is left out in the reason of an attempt, in characters. */
const MOST_NOTE = 300;

function forwardsBetas({ isRelay }: Passage, { provider }: TargetEndpoint): boolean {
  return isRelay && provider.forwardHeaders.includes(BETA_HEADER);
}

function betasOf(headers: Passage['headers']): SentRequest['betas'] {
  const values = [headers[BETA_HEADER] ?? []].flat().flatMap((value) => value.split(','));
  return values.map((value) => value.trim()).filter((value) => value !== '');
}

function without(
  refused: readonly Feature[],
  passage: Passage,
  betas: readonly string[],
): { adapted: Passage; losses: Loss[] } {
  const isRefused = (feature: Feature) => refused.includes(feature);
  const dropped = betas.filter((beta) => isRefused(`beta:${beta}`));
  const fields = refused.flatMap((feature) => (feature.startsWith('field:') ? [feature.slice('field:'.length)] : []));
  const body = fields.length === 0 ? {} : parsed(passage.body);
  const held = fields.filter((field) => pathsToRemove([field], body).length > 0);
  if (dropped.length + held.length === 0) return { adapted: passage, losses: [] };
  const kept = betas.filter((beta) => !dropped.includes(beta));
  const headers = { ...passage.headers, [BETA_HEADER]: kept.length === 0 ? undefined : kept.join(',') };
  const adapted = {
    ...passage,
    headers: dropped.length === 0 ? passage.headers : headers,
    body: held.length === 0 ? passage.body : removeMembers(passage.body, pathsToRemove(held, body)),
  };
  const losses = [
    ...dropped.map((beta): Loss => ({ code: 'beta_refused', field: `${BETA_HEADER}.${beta}` })),
    ...held.map((field): Loss => ({ code: 'field_refused', field })),
  ];
  return { adapted, losses };
}

const DECODER = new TextDecoder();

function parsed(body: Uint8Array): JsonObject {
  const value: unknown = JSON.parse(DECODER.decode(body));
  return isJsonObject(value) ? value : {};
}
