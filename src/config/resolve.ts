import type { Provider } from '../core/provider.ts';
import type { ChannelConfig, ChannelTimeouts, Config, ModelRule } from './config.ts';
import type { Variables } from './expand.ts';
import { priceOverride } from './prices.ts';
import type { LoosePlace } from './problem.ts';
import { type ChannelEntry, type ConfigFile, configFileSchema } from './schema.ts';

/** A checked file as a `Config`, and what is wrong with it as a whole: it may be used only when there are no problems. */
export function resolveConfig(
  file: string,
  entries: ConfigFile,
  providers: readonly Provider[],
): { config: Config; problems: LoosePlace[] } {
  const known = new Map(providers.map((provider) => [provider.id, provider]));
  const problems: LoosePlace[] = [...repeatedNames(entries), ...missingChannels(entries), ...bodiesTooSmall(entries)];
  const channels = entries.channels.flatMap((entry, index) => {
    const provider = known.get(entry.provider);
    if (provider === undefined) {
      const message = `unknown provider; known are ${[...known.keys()].join(', ')}`;
      problems.push({ path: ['channels', index, 'provider'], message });
      return [];
    }
    problems.push(...misfits(entry, provider).map(([key, message]) => ({ path: ['channels', index, key], message })));
    return [channelOf(entry, provider)];
  });
  const models = new Map(
    Object.entries(entries.models).map(([name, { model, channels }]) => [name, { model, channels }]),
  );
  return { config: { file, channels, models, ...settingsOf(entries) }, problems };
}

/**
 * The configuration without a file: one channel for each provider whose key is in the environment; when there is none,
 * the simulator alone.
 */
export function configFromVariables(variables: Variables, providers: readonly Provider[]): Config {
  const found = providers.flatMap((provider) => {
    const apiKey = provider.environmentKey === undefined ? undefined : variables[provider.environmentKey]?.trim();
    const usable = apiKey !== undefined && apiKey !== '' && provider.defaultBaseUrl !== undefined;
    return usable ? [channelWithDefaults(provider, provider.id, apiKey)] : [];
  });
  const simulator = providers.find((provider) => provider.transport === 'simulator');
  const alone = simulator === undefined ? [] : [channelWithDefaults(simulator, 'simulator', undefined)];
  const settings = settingsOf({ prices: {}, server: configFileSchema.shape.server.parse(undefined) });
  return { file: undefined, channels: found.length > 0 ? found : alone, models: new Map(), ...settings };
}

function repeatedNames({ channels }: ConfigFile): LoosePlace[] {
  const first = new Map<string, number>();
  return channels.flatMap(({ name }, index) => {
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, index);
      return [];
    }
    return [{ path: ['channels', index, 'name'], message: `channels[${earlier}] has the same name` }];
  });
}

function missingChannels({ channels, models }: ConfigFile): LoosePlace[] {
  const names = new Set(channels.map(({ name }) => name));
  return Object.entries(models).flatMap(([alias, { channels: wanted = [] }]) =>
    wanted.flatMap((name, index) =>
      names.has(name) ? [] : [{ path: ['models', alias, 'channels', index], message: 'no channel has this name' }],
    ),
  );
}

/** A single body must fit into what all may hold, or the largest ones would be overload for ever. */
function bodiesTooSmall({ server }: ConfigFile): LoosePlace[] {
  if (server.max_bodies >= server.max_body) return [];
  return [{ path: ['server', 'max_bodies'], message: 'must be at least server.max_body' }];
}

/** What a channel says that its provider cannot take, as key and message. */
function misfits(entry: ChannelEntry, provider: Provider): [key: string, message: string][] {
  const isSimulator = provider.transport === 'simulator';
  const found: [key: string, message: string][] = [];
  if (isSimulator && entry.base_url !== undefined) found.push(['base_url', 'this provider has no address']);
  if (isSimulator && entry.api_key !== undefined) found.push(['api_key', 'this provider takes no key']);
  if (!isSimulator && entry.pacing !== undefined) found.push(['pacing', 'only the simulator is paced']);
  if (!isSimulator && entry.base_url === undefined) {
    if (provider.defaultBaseUrl === undefined) found.push(['base_url', 'is required for this provider']);
    else if (provider.auth !== 'none' && entry.api_key === undefined) {
      found.push(['api_key', 'is required at the address of this provider']);
    }
  }
  return found;
}

function channelOf(entry: ChannelEntry, provider: Provider): ChannelConfig {
  const { connect, first_event, idle, total } = entry.timeouts;
  return {
    name: entry.name,
    provider: provider.id,
    baseUrl: entry.base_url ?? defaultBaseUrl(provider),
    apiKey: entry.api_key,
    models: rulesOf(entry.models ?? provider.defaultModels),
    priority: entry.priority,
    timeouts: { connect, firstEvent: first_event, idle, total },
    privateAddressesAllowed: entry.base_url !== undefined,
    pacing: entry.pacing,
    quirks: entry.quirks,
    endpoints: entry.endpoints,
  };
}

function channelWithDefaults(provider: Provider, name: string, apiKey: string | undefined): ChannelConfig {
  return {
    name,
    provider: provider.id,
    baseUrl: defaultBaseUrl(provider),
    apiKey,
    models: rulesOf(provider.defaultModels),
    priority: 0,
    timeouts: defaultTimeouts(),
    privateAddressesAllowed: false,
    pacing: undefined,
    quirks: {},
    endpoints: undefined,
  };
}

/** The simulator has no address: an empty one stands for it. */
function defaultBaseUrl(provider: Provider): string {
  return (provider.defaultBaseUrl ?? '').replace(/\/+$/, '');
}

function rulesOf(models: NonNullable<ChannelEntry['models']> | readonly string[]): ModelRule[] {
  return isList(models)
    ? models.map((pattern) => ({ pattern, upstream: undefined }))
    : Object.entries(models).map(([pattern, upstream]) => ({ pattern, upstream }));
}

function isList(models: NonNullable<ChannelEntry['models']> | readonly string[]): models is readonly string[] {
  return Array.isArray(models);
}

function defaultTimeouts(): ChannelTimeouts {
  const { connect, first_event, idle, total } = configFileSchema.shape.channels.element.shape.timeouts.parse(undefined);
  return { connect, firstEvent: first_event, idle, total };
}

function settingsOf({ prices, server }: Pick<ConfigFile, 'prices' | 'server'>): Pick<Config, 'prices' | 'server'> {
  return {
    prices: new Map(Object.entries(prices).map(([model, written]) => [model, priceOverride(written)])),
    server: {
      maxBodyBytes: server.max_body,
      maxBodyBytesInFlight: server.max_bodies,
      slowBody: server.slow_body,
      stalledReader: server.stalled_reader,
      drain: server.drain,
      keepAlive: server.keep_alive,
      media: {
        maxBytes: server.media.max_size,
        timeout: server.media.timeout,
        privateAddressesAllowed: server.media.private_addresses,
      },
      maxConcurrentPerKey: server.max_concurrent_per_key,
    },
  };
}
