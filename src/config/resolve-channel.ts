import type { Provider } from '../core/provider.ts';
import { channelSchema } from './channel-schema.ts';
import {
  type ChannelConfig,
  type ChannelTimeouts,
  type Credential,
  DEFAULT_CREDENTIAL,
  type HealthCheck,
  type ModelRule,
} from './config.ts';
import { factorOf, pricesOf } from './prices.ts';
import type { ChannelEntry } from './schema.ts';

/** A checked entry as a channel. */
export function channelOf(entry: ChannelEntry, provider: Provider): ChannelConfig {
  return {
    name: entry.name,
    provider: provider.id,
    baseUrl: entry.base_url ?? defaultBaseUrl(provider),
    credentials: credentialsOf(entry),
    models: rulesOf(entry.models ?? provider.defaultModels),
    priority: entry.priority,
    weight: entry.weight,
    state: entry.state,
    timeouts: timeoutsOf(entry.timeouts),
    healthCheck: healthCheckOf(entry.health_check),
    privateAddressesAllowed: entry.base_url !== undefined,
    pacing: entry.pacing,
    prices: pricesOf(entry.prices),
    markup: factorOf(entry.markup),
    quirks: entry.quirks,
    endpoints: entry.endpoints,
  };
}

/** A channel that nobody has written: all as its provider and the schema say. */
export function channelWithDefaults(provider: Provider, name: string, apiKey: string | undefined): ChannelConfig {
  const { shape } = channelSchema;
  return {
    name,
    provider: provider.id,
    baseUrl: defaultBaseUrl(provider),
    credentials: [credential(name, { name: DEFAULT_CREDENTIAL, apiKey })],
    models: rulesOf(provider.defaultModels),
    priority: shape.priority.parse(undefined),
    weight: shape.weight.parse(undefined),
    state: shape.state.parse(undefined),
    timeouts: timeoutsOf(shape.timeouts.parse(undefined)),
    healthCheck: undefined,
    privateAddressesAllowed: false,
    pacing: undefined,
    prices: pricesOf(shape.prices.parse(undefined)),
    markup: factorOf(shape.markup.parse(undefined)),
    quirks: {},
    endpoints: undefined,
  };
}

/** The simulator has no address: an empty one stands for it. */
function defaultBaseUrl(provider: Provider): string {
  return (provider.defaultBaseUrl ?? '').replace(/\/+$/, '');
}

/** However they are written; unnamed ones are numbered. */
function credentialsOf(entry: ChannelEntry): ChannelConfig['credentials'] {
  const { name: channel, api_key, api_keys, credentials, credential_limits: usual } = entry;
  const written: CredentialEntry[] | undefined =
    credentials?.map(({ name, api_key: apiKey, weight, limits }) => ({ name, apiKey, weight, limits })) ??
    api_keys?.map((apiKey, index) => ({ name: `key-${index + 1}`, apiKey }));
  const [first = { name: DEFAULT_CREDENTIAL, apiKey: api_key }, ...others] = written ?? [];
  return [credential(channel, first, usual), ...others.map((other) => credential(channel, other, usual))];
}

type WrittenLimits = ChannelEntry['credential_limits'];

type CredentialEntry = { name: string; apiKey: string | undefined; weight?: number; limits?: WrittenLimits };

function credential(
  channel: string,
  { name, apiKey, weight = 1, limits: own }: CredentialEntry,
  usual?: WrittenLimits,
): Credential {
  const limits = own ?? usual;
  return {
    ...{ id: `${channel}/${name}`, name, apiKey, weight },
    limits: limits && { concurrent: limits.concurrent, requestsPerMinute: limits.requests_per_minute },
  };
}

function rulesOf(models: NonNullable<ChannelEntry['models']> | readonly string[]): ModelRule[] {
  return isList(models)
    ? models.map((pattern) => ({ pattern, upstream: undefined }))
    : Object.entries(models).map(([pattern, upstream]) => ({ pattern, upstream }));
}

function isList(models: NonNullable<ChannelEntry['models']> | readonly string[]): models is readonly string[] {
  return Array.isArray(models);
}

function healthCheckOf(written: ChannelEntry['health_check']): HealthCheck | undefined {
  if (!written) return undefined;
  const { interval, timeout, when, path, model } = written;
  return { interval, timeout, when, path, model };
}

function timeoutsOf({ connect, first_event, idle, total }: ChannelEntry['timeouts']): ChannelTimeouts {
  return { connect, firstEvent: first_event, idle, total };
}
