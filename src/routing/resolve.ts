import { LRUCache } from 'lru-cache';
import type { ChannelConfig, Config } from '../config/config.ts';
import { matchesPattern } from '../core/pattern.ts';

/** Where a request can go: an account, and what the model is called there. */
export type Target = { channel: ChannelConfig; upstreamModel: string };

/** Answers which targets serve a public model name, best first; none when the name is unknown. */
export type Router = { resolve(model: string): readonly Target[] };

/** Names whose targets are remembered; names come from clients, so the memory is bounded. */
const REMEMBERED_NAMES = 2_000;

/** A router over one configuration; a reload makes a new one. */
export function createRouter(config: Config): Router {
  const channels = [...config.channels].sort((one, other) => one.priority - other.priority);
  const known = new LRUCache<string, readonly Target[]>({ max: REMEMBERED_NAMES });

  return {
    resolve(model) {
      const remembered = known.get(model);
      if (remembered) return remembered;
      const targets = resolveAlias(config, channels, model) ?? resolveName(channels, model);
      known.set(model, targets);
      return targets;
    },
  };
}

/** An alias names the upstream model; without channels of its own it goes wherever that name goes. */
function resolveAlias(config: Config, channels: readonly ChannelConfig[], model: string): Target[] | undefined {
  const alias = config.models.get(model);
  if (!alias) return undefined;
  const { model: upstreamModel, channels: names } = alias;
  if (!names) return resolveName(channels, upstreamModel);
  return channels.filter(({ name }) => names.includes(name)).map((channel) => ({ channel, upstreamModel }));
}

function resolveName(channels: readonly ChannelConfig[], model: string): Target[] {
  return channels.flatMap((channel) => {
    const rule =
      channel.models.find(({ pattern }) => pattern === model) ??
      channel.models.find(({ pattern }) => matchesPattern(pattern, model));
    return rule ? [{ channel, upstreamModel: rule.upstream ?? model }] : [];
  });
}
