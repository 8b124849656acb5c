import type { JsonObject } from '../core/json.ts';
import type { Provider } from '../core/provider.ts';
import { channelSchema } from './channel-schema.ts';
import { channelProblems, routeProblems } from './check-file.ts';
import type { ChannelConfig, Config, ModelRoute } from './config.ts';
import { type LoosePlace, schemaProblems } from './problem.ts';
import { channelOf } from './resolve-channel.ts';
import { routeOf } from './resolve-route.ts';
import { fallbackNames, modelRouteSchema } from './routing-schema.ts';
import { type StoredSettings, withRetention } from './stored-settings.ts';
import { parseStoredWebhook, type StoredWebhook } from './stored-webhook.ts';

/** A channel of the store with its secrets open. */
export type StoredChannel = {
  name: string;
  /** In the words of the file, without name and credentials. */
  settings: JsonObject;
  credentials: readonly { name: string; apiKey: string; weight: number }[];
};

/** The route of a public name, of the store. */
export type StoredRoute = { name: string; settings: JsonObject };

/** What the store adds to the file. */
export type StoredConfig = {
  channels: readonly StoredChannel[];
  routes: readonly StoredRoute[];
  settings: StoredSettings;
  webhooks: readonly StoredWebhook[];
};

/** Something of the store that cannot be used, and why. */
export type StoredProblem = { what: string; problems: readonly LoosePlace[] };

/** The settings of a channel as the admin API takes them: those of the file, but for name and credentials. */
export const channelSettingsSchema = channelSchema.omit({
  name: true,
  api_key: true,
  api_keys: true,
  credentials: true,
});

/** The route of a public name as the admin API takes it. */
export const storedRouteSchema = modelRouteSchema.extend({ fallbacks: fallbackNames.optional() });

type Parsed<Value> = { value: Value; problems: [] } | { value: undefined; problems: LoosePlace[] };

/**
 * A stored channel as routing uses it, or what is wrong with it.
 * @param privateAllowed whether such channels may reach private addresses: for the operator of the machine to say, not for admins.
 */
export function parseStoredChannel(
  { name, settings, credentials }: StoredChannel,
  providers: readonly Provider[],
  privateAllowed: boolean,
): Parsed<ChannelConfig> {
  const accounts = credentials.map((each) => ({ name: each.name, api_key: each.apiKey, weight: each.weight }));
  const written = { ...settings, name, ...(accounts.length > 0 && { credentials: accounts }) };
  const parsed = channelSchema.safeParse(written);
  if (!parsed.success) return { value: undefined, problems: schemaProblems(parsed.error.issues) };
  const provider = providers.find(({ id }) => id === parsed.data.provider);
  if (!provider) return failed(['provider'], 'is not known');
  const [problem] = channelProblems(parsed.data, provider);
  if (problem) return failed([problem[0] === 'api_key' ? 'credentials' : problem[0]], problem[1]);
  return { value: { ...channelOf(parsed.data, provider), privateAddressesAllowed: privateAllowed }, problems: [] };
}

/** What a stored route says. */
type ParsedRoute = { route: ModelRoute | undefined; fallbacks: readonly string[] | undefined };

/** A stored route as routing uses it, or what is wrong with it. @param channels the names that it may go to. */
export function parseStoredRoute({ name, settings }: StoredRoute, channels: ReadonlySet<string>): Parsed<ParsedRoute> {
  const parsed = storedRouteSchema.safeParse(settings);
  if (!parsed.success) return { value: undefined, problems: schemaProblems(parsed.error.issues) };
  const { fallbacks, ...written } = parsed.data;
  const saysMore = Object.keys(settings).some((key) => key !== 'fallbacks');
  const problems = routeProblems(name, written, fallbacks, channels);
  if (problems.length > 0) return { value: undefined, problems };
  return { value: { route: saysMore ? routeOf(written) : undefined, fallbacks }, problems: [] };
}

/**
 * The configuration of the file with what the store adds; where both name the same thing, the file's stands. What cannot be used
 * (its provider is gone, its secret does not open) is left out and told of. A simulator that stands in for a file only as long as
 * there is nothing else makes way.
 */
export function withStored(
  base: Config,
  { channels, routes, settings, webhooks }: StoredConfig,
  providers: readonly Provider[],
): { config: Config; problems: StoredProblem[] } {
  const problems: StoredProblem[] = [];
  const keep = <Value>(what: string, parsed: Parsed<Value>): Value[] => {
    if (parsed.value !== undefined) return [parsed.value];
    problems.push({ what, problems: parsed.problems });
    return [];
  };
  const taken = new Set(base.channels.map(({ name }) => name));
  const added = channels
    .filter(({ name }) => !taken.has(name))
    .flatMap((channel) =>
      keep(`channel ${channel.name}`, parseStoredChannel(channel, providers, base.server.admin.privateChannels)),
    );
  const all = added.length > 0 && isStandIn(base, providers) ? added : [...base.channels, ...added];
  const names = new Set(all.map(({ name }) => name));
  const parsedRoutes = routes.flatMap((route) =>
    keep(`the route of ${route.name}`, parseStoredRoute(route, names)).map((said) => ({ name: route.name, ...said })),
  );
  const models = parsedRoutes.flatMap(({ name, route }): [string, ModelRoute][] => (route ? [[name, route]] : []));
  const fallbacks = parsedRoutes.flatMap(({ name, fallbacks: others }): [string, readonly string[]][] =>
    others ? [[name, others]] : [],
  );
  const fromFile = new Set(base.alerts.webhooks.map(({ name }) => name));
  const told = webhooks
    .filter(({ name }) => !fromFile.has(name))
    .flatMap((webhook) => {
      const parsed = parseStoredWebhook(webhook, base.server.admin.privateChannels);
      if (parsed.problems.length > 0) problems.push({ what: `webhook ${webhook.name}`, problems: parsed.problems });
      return parsed.value ?? [];
    });
  const config: Config = {
    ...base,
    alerts: { webhooks: [...base.alerts.webhooks, ...told] },
    channels: all,
    retention: withRetention(base.retention, settings),
    models: new Map([...models, ...base.models]),
    fallbacks: new Map([...fallbacks, ...base.fallbacks]),
  };
  return { config, problems };
}

/** Whether the channels are only there so that something answers. */
function isStandIn({ file, channels }: Config, providers: readonly Provider[]): boolean {
  const simulated = new Set(providers.filter(({ transport }) => transport === 'simulator').map(({ id }) => id));
  return file === undefined && channels.every(({ provider }) => simulated.has(provider));
}

function failed(path: LoosePlace['path'], message: string): { value: undefined; problems: LoosePlace[] } {
  return { value: undefined, problems: [{ path, message }] };
}
