import type { ChannelConfig, Config, Credential, ModelRoute, ModelRule } from '../../src/config/config.ts';
import { configFromVariables } from '../../src/config/resolve.ts';
import { type Target, targetsOf } from '../../src/routing/resolve.ts';

/** A rule of a channel's models. */
export const rule = (pattern: string, upstream?: string): ModelRule => ({ pattern, upstream });

/** A route that says only what `said` says. */
export const route = (said: Partial<ModelRoute>): ModelRoute => ({
  model: undefined,
  channels: undefined,
  targets: undefined,
  policy: undefined,
  timeouts: undefined,
  hedging: {},
  ...said,
});

/** Credentials by name, with their weights. */
export function credentials(channelName: string, weights: Record<string, number>): ChannelConfig['credentials'] {
  const [first, ...others] = Object.entries(weights).map(
    ([name, weight]): Credential => ({
      id: `${channelName}/${name}`,
      name,
      apiKey: `key-${name}`,
      weight,
      limits: undefined,
    }),
  );
  if (!first) throw new Error('a channel has a credential');
  return [first, ...others];
}

/** A channel with one credential, `default`. */
export function channel(name: string, models: ModelRule[], more: Partial<ChannelConfig> = {}): ChannelConfig {
  return {
    name,
    provider: 'p',
    baseUrl: 'http://upstream.invalid',
    credentials: credentials(name, { default: 1 }),
    models,
    priority: 0,
    weight: 1,
    state: 'active',
    timeouts: { connect: 1, firstEvent: 1, idle: 1, total: 1 },
    healthCheck: undefined,
    privateAddressesAllowed: false,
    pacing: undefined,
    prices: new Map(),
    markup: 10_000,
    quirks: {},
    endpoints: undefined,
    ...more,
  };
}

/** A configuration with all defaults but its channels and models. */
export function config(
  channels: ChannelConfig[],
  { models = {} }: { models?: Record<string, ModelRoute> } = {},
): Config {
  return { ...configFromVariables({}, []), channels, models: new Map(Object.entries(models)) };
}

/** The target of a channel of its own, or several for several credentials; all of model `m`. */
export function targets(name: string, more: Partial<ChannelConfig> = {}): [Target, ...Target[]] {
  return targetsOf('m', channel(name, [rule('*')], more), 'm');
}

/** A random source that repeats: mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A clock in ms that stands until it is moved. */
export function manualClock(): { now(): number; pass(ms: number): void } {
  let time = 0;
  return {
    now: () => time,
    pass: (ms) => {
      time += ms;
    },
  };
}
