import type { Provider } from '../core/provider.ts';
import { alertsOf } from './alerts-schema.ts';
import { channelProblems, fileProblems } from './check-file.ts';
import type { Config, OidcConfig, RoutingConfig } from './config.ts';
import type { Variables } from './expand.ts';
import { keysOf } from './keys-schema.ts';
import { limitRuleOf } from './limits-schema.ts';
import { oidcOf } from './oidc-schema.ts';
import { payloadRuleOf } from './payload-schema.ts';
import { pricesOf } from './prices.ts';
import type { LoosePlace } from './problem.ts';
import { channelOf, channelWithDefaults } from './resolve-channel.ts';
import { routeOf } from './resolve-route.ts';
import { retentionOf } from './retention-schema.ts';
import { type ConfigFile, configFileSchema } from './schema.ts';
import { secretReader } from './secret-file.ts';
import { NO_SPENDING, spendingOf } from './spending-schema.ts';

/** A checked file as a `Config`, and what is wrong with it as a whole: it may be used only when there are no problems. */
export function resolveConfig(
  file: string,
  entries: ConfigFile,
  providers: readonly Provider[],
): { config: Config; problems: LoosePlace[] } {
  const known = new Map(providers.map((provider) => [provider.id, provider]));
  const problems = fileProblems(entries);
  const channels = entries.channels.flatMap((entry, index) => {
    const provider = known.get(entry.provider);
    if (provider === undefined) {
      const message = `unknown provider; known are ${[...known.keys()].join(', ')}`;
      problems.push({ path: ['channels', index, 'provider'], message });
      return [];
    }
    const found = channelProblems(entry, provider);
    problems.push(...found.map(([key, message]) => ({ path: ['channels', index, key], message })));
    return [channelOf(entry, provider)];
  });
  const { alerts, problems: ofAlerts } = alertsOf(entries.alerts, secretReader(file));
  const { keys, limits: ofKeys, problems: wrongKeys } = keysOf(entries.keys, secretReader(file));
  const { oidc, problems: ofOidc } = oidcOf(entries.server.admin.oidc, secretReader(file));
  problems.push(...ofAlerts, ...wrongKeys, ...ofOidc);
  const { limits, ...settings } = settingsOf(entries, oidc);
  return { config: { file, channels, alerts, keys, limits: [...limits, ...ofKeys], ...settings }, problems };
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
  const { shape } = configFileSchema;
  const settings = settingsOf({
    models: {},
    fallbacks: {},
    prices: {},
    limits: [],
    payloads: [],
    retention: shape.retention.parse(undefined),
    ...NO_SPENDING,
    routing: shape.routing.parse(undefined),
    server: shape.server.parse(undefined),
  });
  return {
    file: undefined,
    channels: found.length > 0 ? found : alone,
    alerts: { webhooks: [] },
    keys: [],
    ...settings,
  };
}

function settingsOf(
  entries: Omit<ConfigFile, 'channels' | 'alerts' | 'keys'>,
  oidc?: OidcConfig,
): Omit<Config, 'file' | 'channels' | 'alerts' | 'keys'> {
  const { models, fallbacks, prices, limits, payloads, retention, routing, server } = entries;
  return {
    models: new Map(Object.entries(models).map(([name, route]) => [name, routeOf(route)])),
    fallbacks: new Map(Object.entries(fallbacks)),
    routing: routingOf(routing),
    limits: limits.map(limitRuleOf),
    payloads: payloads.map(payloadRuleOf),
    retention: retentionOf(retention),
    spending: spendingOf(entries),
    prices: pricesOf(prices),
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
      admin: {
        open: server.admin.open,
        hosts: server.admin.hosts,
        port: server.admin.port,
        oidc,
        privateChannels: server.admin.private_channels,
      },
      trustedProxies: server.trusted_proxies,
      maxConcurrentPerKey: server.max_concurrent_per_key,
      maxRequests: server.max_requests,
      maxQueued: server.max_queued,
      maxQueueWait: server.max_queue_wait,
      nodeLease: server.node_lease,
      databaseGrace: server.database_grace,
      durability: server.durability,
    },
  };
}

function routingOf(routing: ConfigFile['routing']): RoutingConfig {
  const { enabled, after, floor, max_share } = routing.hedging;
  return {
    policy: routing.policy,
    affinity: routing.affinity,
    affinityTtl: routing.affinity_ttl,
    maxAttempts: routing.max_attempts,
    triesPerTarget: routing.tries_per_target,
    totalTime: routing.total_time,
    retryBudget: routing.retry_budget,
    maxRetryAfter: routing.max_retry_after,
    betaMemory: routing.beta_memory,
    hedging: { enabled, after, floor, maxShare: max_share },
  };
}
