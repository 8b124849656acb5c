import type { Provider } from '../core/provider.ts';
import type { LoosePlace } from './problem.ts';
import type { WrittenRoute } from './routing-schema.ts';
import type { ChannelEntry, ConfigFile } from './schema.ts';

/** What is wrong with a file as a whole, though each of its values may stand where it stands. */
export function fileProblems(entries: ConfigFile): LoosePlace[] {
  return [
    ...repeatedNames(entries.channels, ['channels']),
    ...entries.channels.flatMap(({ credentials = [] }, index) =>
      repeatedNames(credentials, ['channels', index, 'credentials']),
    ),
    ...missingChannels(entries),
    ...contradictoryRoutes(entries),
    ...uselessFallbacks(entries),
    ...bodiesTooSmall(entries),
  ];
}

function repeatedNames(named: readonly { name: string }[], path: LoosePlace['path']): LoosePlace[] {
  const first = new Map<string, number>();
  return named.flatMap(({ name }, index) => {
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, index);
      return [];
    }
    return [{ path: [...path, index, 'name'], message: `${path.at(-1)}[${earlier}] has the same name` }];
  });
}

function missingChannels({ channels, models }: ConfigFile): LoosePlace[] {
  const known = new Set(channels.map(({ name }) => name));
  const named = Object.entries(models).flatMap(([model, { channels: names = [], targets = [] }]) => [
    ...names.map((name, index) => ({ name, path: ['models', model, 'channels', index] })),
    ...targets.map(({ channel: name }, index) => ({ name, path: ['models', model, 'targets', index, 'channel'] })),
  ]);
  return named
    .filter(({ name }) => !known.has(name))
    .map(({ path }) => ({ path, message: 'no channel has this name' }));
}

function contradictoryRoutes({ models }: ConfigFile): LoosePlace[] {
  return Object.entries(models).flatMap(([name, route]) => contradictions(route, ['models', name]));
}

function contradictions(route: WrittenRoute, path: LoosePlace['path']): LoosePlace[] {
  const { model, channels, targets, policy, timeouts, hedging } = route;
  if (targets !== undefined && (model !== undefined || channels !== undefined)) {
    return [{ path: [...path, 'targets'], message: 'cannot stand beside model or channels' }];
  }
  const says = [model, channels, targets, policy, timeouts, ...Object.values(hedging)];
  const isEmpty = says.every((value) => value === undefined);
  return isEmpty ? [{ path, message: 'needs a model, channels, targets, a policy, timeouts or hedging' }] : [];
}

/** What is wrong with one route and its fallbacks; `known` are the channels that it may name. */
export function routeProblems(
  name: string,
  route: WrittenRoute,
  fallbacks: readonly string[] | undefined,
  known: ReadonlySet<string>,
): LoosePlace[] {
  const { channels = [], targets = [] } = route;
  const named = [
    ...channels.map((channel, index) => ({ channel, path: ['channels', index] })),
    ...targets.map(({ channel }, index) => ({ channel, path: ['targets', index, 'channel'] })),
  ];
  const missing = named.filter(({ channel }) => !known.has(channel));
  return [
    ...missing.map(({ path }) => ({ path, message: 'no channel has this name' })),
    // With fallbacks alone it says enough.
    ...(fallbacks === undefined ? contradictions(route, []) : contradictions({ ...route, policy: 'least-cost' }, [])),
    ...uselessNames(name, fallbacks ?? [], ['fallbacks']),
  ];
}

function uselessFallbacks({ fallbacks }: ConfigFile): LoosePlace[] {
  return Object.entries(fallbacks).flatMap(([model, others]) => uselessNames(model, others, ['fallbacks', model]));
}

function uselessNames(model: string, others: readonly string[], above: LoosePlace['path']): LoosePlace[] {
  return others.flatMap((other, index) => {
    const path = [...above, index];
    if (other === model) return [{ path, message: 'a model cannot stand in for itself' }];
    return others.indexOf(other) < index ? [{ path, message: 'is listed before' }] : [];
  });
}

/** A single body must fit into what all may hold, or the largest ones would be overload for ever. */
function bodiesTooSmall({ server }: ConfigFile): LoosePlace[] {
  if (server.max_bodies >= server.max_body) return [];
  return [{ path: ['server', 'max_bodies'], message: 'must be at least server.max_body' }];
}

/** The keys of a channel that hold its accounts; one of them at most. */
const CREDENTIAL_KEYS = ['api_key', 'api_keys', 'credentials'] as const;

/** What a channel says that its provider cannot take, as key and message. */
export function channelProblems(entry: ChannelEntry, provider: Provider): [key: string, message: string][] {
  const isSimulator = provider.transport === 'simulator';
  const [held, ...further] = CREDENTIAL_KEYS.filter((key) => entry[key] !== undefined);
  const found: [key: string, message: string][] = [];
  if (isSimulator && entry.base_url !== undefined) found.push(['base_url', 'this provider has no address']);
  if (isSimulator && held !== undefined) found.push([held, 'this provider takes no key']);
  for (const key of further) found.push([key, `cannot stand beside ${held}`]);
  if (isSimulator && entry.health_check !== undefined) found.push(['health_check', 'the simulator is never down']);
  if (!isSimulator && entry.pacing !== undefined) found.push(['pacing', 'only the simulator is paced']);
  if (!isSimulator && entry.base_url === undefined) {
    if (provider.defaultBaseUrl === undefined) found.push(['base_url', 'is required for this provider']);
    else if (provider.auth !== 'none' && held === undefined) {
      found.push(['api_key', 'is required at the address of this provider']);
    }
  }
  return found;
}
