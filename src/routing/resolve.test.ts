import { describe, expect, test } from 'vitest';
import type { ChannelConfig, Config, ModelAlias, ModelRule } from '../config/config.ts';
import { createRouter } from './resolve.ts';

const rule = (pattern: string, upstream?: string): ModelRule => ({ pattern, upstream });

function channel(name: string, models: ModelRule[], priority = 0): ChannelConfig {
  return {
    name,
    provider: 'p',
    baseUrl: 'http://upstream.invalid',
    apiKey: undefined,
    models,
    priority,
    timeouts: { connect: 1, firstEvent: 1, idle: 1, total: 1 },
    privateAddressesAllowed: false,
    pacing: undefined,
    quirks: {},
    endpoints: undefined,
  };
}

function config(channels: ChannelConfig[], models: Record<string, ModelAlias> = {}): Config {
  return {
    file: undefined,
    channels,
    models: new Map(Object.entries(models)),
    prices: new Map(),
    server: {
      maxBodyBytes: 1,
      maxBodyBytesInFlight: 1,
      slowBody: 1,
      stalledReader: 1,
      drain: 1,
      keepAlive: 1,
      media: { maxBytes: 1, timeout: 1, privateAddressesAllowed: false },
      maxConcurrentPerKey: 1,
    },
  };
}

/** Where a name goes, as `channel/upstream model`. */
function resolved(made: Config, model: string): string[] {
  return createRouter(made)
    .resolve(model)
    .map(({ channel: { name }, upstreamModel }) => `${name}/${upstreamModel}`);
}

describe('resolve', () => {
  const one = channel('one', [rule('m-*'), rule('m-exact', 'renamed'), rule('short', 'long-name')]);

  test.each([
    ['m-1', ['one/m-1']],
    ['m-exact', ['one/renamed']],
    ['short', ['one/long-name']],
    ['long-name', []],
    ['M-1', []],
    ['', []],
    ['__proto__', []],
  ])('%j goes to %j: an exact rule before a pattern, whatever their order', (model, targets) => {
    expect(resolved(config([one]), model)).toEqual(targets);
  });

  test('of two patterns the first in the file counts', () => {
    const both = channel('c', [rule('a*', 'first'), rule('ab*', 'second')]);
    expect(resolved(config([both]), 'abc')).toEqual(['c/first']);
  });

  test('a renaming pattern sends every name to one model', () => {
    expect(resolved(config([channel('c', [rule('*', 'only')])]), 'whatever')).toEqual(['c/only']);
  });

  test('lower priority goes first, equals in the order of the file', () => {
    const all = [
      channel('d', [rule('m')], 5),
      channel('b', [rule('m')], 1),
      channel('a', [rule('m')], -2),
      channel('c', [rule('*')], 1),
    ];
    expect(resolved(config(all), 'm')).toEqual(['a/m', 'b/m', 'c/m', 'd/m']);
    expect(resolved(config(all), 'other')).toEqual(['c/other']);
  });

  const two = [channel('x', [rule('m', 'm-x')], 2), channel('y', [rule('*')], 1), channel('z', [], 0)];

  test('an alias with channels goes to them alone, under the name it gives, by priority', () => {
    const aliases = { fast: { model: 'quick', channels: ['x', 'z'] } };
    expect(resolved(config(two, aliases), 'fast')).toEqual(['z/quick', 'x/quick']);
  });

  test('an alias without channels goes wherever its model goes', () => {
    expect(resolved(config(two, { fast: { model: 'm', channels: undefined } }), 'fast')).toEqual(['y/m', 'x/m-x']);
  });

  test('an alias covers a channel that serves the name itself', () => {
    expect(resolved(config(two, { m: { model: 'n', channels: ['x'] } }), 'm')).toEqual(['x/n']);
  });

  test('an alias is followed once: a ring of them ends', () => {
    const ring = { a: { model: 'b', channels: undefined }, b: { model: 'a', channels: undefined } };
    expect(resolved(config(two, ring), 'a')).toEqual(['y/b']);
  });

  test('the same question gets the same answer again', () => {
    const router = createRouter(config(two));
    expect(router.resolve('m')).toEqual(router.resolve('m'));
    expect(router.resolve('nothing-like-it')).toHaveLength(1);
  });
});
