import type { Dialect, DialectId } from '../core/dialect.ts';
import { GatewayError } from '../core/error.ts';
import type { ModelFacts } from '../core/model.ts';
import { matchesPattern } from '../core/pattern.ts';
import type { Endpoint, Provider } from '../core/provider.ts';
import type { Quirks } from '../core/quirks.ts';
import { DIALECTS, isDialectId } from '../dialects/index.ts';
import { providerById } from '../providers/index.ts';
import type { Target } from '../routing/resolve.ts';

/** The door of an upstream that a request goes through, and what is known of the model behind it. */
export type TargetEndpoint = {
  provider: Provider;
  dialect: Dialect;
  endpoint: Endpoint;
  quirks: Quirks;
  facts: ModelFacts | undefined;
};

/**
 * The endpoint for a client's dialect: the same dialect where the upstream speaks it, else the first one of its row; without
 * a client the first one.
 * @throws GatewayError `invalid_request` when the provider serves no dialect at all.
 */
export function endpointFor({ channel, upstreamModel }: Target, inbound: DialectId | undefined): TargetEndpoint {
  const provider = providerById(channel.provider);
  const endpoints = channel.endpoints ?? provider.endpoints;
  const id = inbound && endpoints[inbound] ? inbound : Object.keys(endpoints).find(isDialectId);
  const endpoint = id && endpoints[id];
  if (!id || !endpoint) throw new GatewayError('invalid_request', `model: ${provider.name} serves no API known here`);
  const ofModel = provider.modelQuirks.find(({ pattern }) => matchesPattern(pattern, upstreamModel));
  return {
    provider,
    dialect: DIALECTS[id],
    endpoint,
    quirks: { ...provider.quirks, ...ofModel?.quirks, ...channel.quirks },
    facts: provider.models.find((model) => model.id === upstreamModel || model.aliases.includes(upstreamModel)),
  };
}
