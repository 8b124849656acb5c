import type { ChannelConfig, Config, Credential, HedgingConfig, ModelRoute, PolicyName } from '../config/config.ts';
import { matchesPattern } from '../core/pattern.ts';
import { RecentMap } from '../core/recent-map.ts';

/** Where a request can go: an account, and what the model is called there. */
export type Target = {
  /** `channel/credential/upstream model`: what health, load and affinity know it by. */
  id: string;
  /** The public name that it serves. */
  model: string;
  channel: ChannelConfig;
  credential: Credential;
  upstreamModel: string;
  /** Share among targets of equal priority; 0: the last of them. */
  weight: number;
  /** Lower goes first. */
  priority: number;
};

/** All that the configuration says of a public name. */
export type Route = {
  /** By priority, then as in the file; none when the name is unknown. */
  targets: readonly Target[];
  policy: PolicyName;
  /** Public names that stand in for it, in order. */
  fallbacks: readonly string[];
  hedging: HedgingConfig;
};

/** Answers where requests for a public model name can go. */
export type Router = {
  route(model: string): Route;
  /** The targets of `route`. */
  resolve(model: string): readonly Target[];
};

/** Names whose routes are remembered; names come from clients, so the memory is bounded. */
const REMEMBERED_NAMES = 2_000;

/** A router over one configuration; a reload makes a new one. */
export function createRouter(config: Config): Router {
  const known = new RecentMap<string, Route>(REMEMBERED_NAMES);

  const route = (model: string): Route => {
    const remembered = known.get(model);
    if (remembered) return remembered;
    const found = routeOf(config, model);
    known.set(model, found);
    return found;
  };
  return { route, resolve: (model) => route(model).targets };
}

/** The targets that one channel is for a model: one for each credential; they divide the weight. */
export function targetsOf(
  model: string,
  channel: ChannelConfig,
  upstreamModel: string,
  { weight = channel.weight, priority = channel.priority }: Partial<Pick<Target, 'weight' | 'priority'>> = {},
): [Target, ...Target[]] {
  const total = channel.credentials.reduce((sum, credential) => sum + credential.weight, 0);
  const targetOf = (credential: Credential): Target => ({
    id: `${credential.id}/${upstreamModel}`,
    model,
    channel,
    credential,
    upstreamModel,
    weight: total === 0 ? 0 : (weight * credential.weight) / total,
    priority,
  });
  const [first, ...others] = channel.credentials;
  return [targetOf(first), ...others.map(targetOf)];
}

function routeOf(config: Config, model: string): Route {
  const said = config.models.get(model);
  const found = said?.targets ? explicitTargets(config, model, said.targets) : namedTargets(config, model, said);
  const targets = found.map((target) => withTimeouts(target, said?.timeouts));
  return {
    targets: targets.sort((one, other) => one.priority - other.priority),
    policy: said?.policy ?? config.routing.policy,
    fallbacks: fallbacksOf(config, model),
    hedging: hedgingOf(config, said),
  };
}

function hedgingOf({ routing: { hedging } }: Config, said: ModelRoute | undefined): HedgingConfig {
  return {
    enabled: said?.hedging.enabled ?? hedging.enabled,
    after: said?.hedging.after ?? hedging.after,
    floor: said?.hedging.floor ?? hedging.floor,
    maxShare: said?.hedging.maxShare ?? hedging.maxShare,
  };
}

/** A model may be slower, or wanted sooner, than its channel says. */
function withTimeouts(target: Target, timeouts: ModelRoute['timeouts']): Target {
  if (!timeouts) return target;
  const { channel } = target;
  return { ...target, channel: { ...channel, timeouts: { ...channel.timeouts, ...timeouts } } };
}

function explicitTargets(config: Config, model: string, targets: NonNullable<ModelRoute['targets']>): Target[] {
  return targets.flatMap(({ channel: name, model: upstreamModel, weight, priority }) => {
    const channel = config.channels.find((each) => each.name === name);
    if (!channel) return [];
    const asWritten = { ...(weight !== undefined && { weight }), ...(priority !== undefined && { priority }) };
    return targetsOf(model, channel, upstreamModel ?? upstreamName(channel, model) ?? model, asWritten);
  });
}

/** An alias names the upstream model; without channels of its own it goes wherever that name goes. */
function namedTargets({ channels }: Config, model: string, said: ModelRoute | undefined): Target[] {
  const upstreamModel = said?.model ?? model;
  if (said?.channels) {
    const { channels: names } = said;
    return channels
      .filter(({ name }) => names.includes(name))
      .flatMap((channel) => targetsOf(model, channel, said.model ?? upstreamName(channel, model) ?? model));
  }
  return channels.flatMap((channel) => {
    const name = upstreamName(channel, upstreamModel);
    return name === undefined ? [] : targetsOf(model, channel, name);
  });
}

/** What a channel calls a public name; undefined where it does not serve it. An exact rule counts before a pattern. */
function upstreamName({ models }: ChannelConfig, model: string): string | undefined {
  const rule =
    models.find(({ pattern }) => pattern === model) ?? models.find(({ pattern }) => matchesPattern(pattern, model));
  return rule && (rule.upstream ?? model);
}

function fallbacksOf({ fallbacks }: Config, model: string): readonly string[] {
  const exact = fallbacks.get(model);
  if (exact) return exact;
  const found = [...fallbacks].find(([pattern]) => matchesPattern(pattern, model));
  return found?.[1].filter((other) => other !== model) ?? [];
}
