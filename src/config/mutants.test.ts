import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Provider } from '../core/provider.ts';
import { OPENAI_QUIRKS } from '../core/quirks.ts';
import { parseConfig } from './load.ts';
import { ConfigError, type ConfigPath, pathText } from './problem.ts';

const cloud: Provider = {
  id: 'cloud',
  name: 'Cloud',
  defaultBaseUrl: 'https://api.cloud.example',
  environmentKey: undefined,
  auth: 'bearer',
  transport: 'http',
  endpoints: {},
  forwardHeaders: [],
  defaultModels: [],
  models: [],
  quirks: OPENAI_QUIRKS,
  modelQuirks: [],
  sources: [],
  priceCatalogue: 'cloud',
};
const PROVIDERS = [cloud, { ...cloud, id: 'pretender', transport: 'simulator' } satisfies Provider];

/** A file in which nearly every key occurs; those that take `true` do not. */
const VALID = {
  channels: [
    {
      name: 'main',
      provider: 'cloud',
      base_url: 'http://10.0.0.1/v',
      api_key: 'secret',
      models: ['a', 'b-*'],
      priority: 1,
      weight: 2,
      state: 'drain',
      timeouts: { connect: '1s', first_event: '2s', idle: '3s', total: '4s' },
    },
    { name: 'second', provider: 'pretender', models: { a: 'x', b: 'y' }, pacing: '5ms' },
    { name: 'third', provider: 'cloud', credentials: [{ name: 'x', api_key: 'k', weight: 3 }] },
    { name: 'fourth', provider: 'cloud', api_keys: ['k', 'l'] },
  ],
  models: {
    'old.name': { model: 'a', channels: ['main', 'second'] },
    listed: { policy: 'least-cost', targets: [{ channel: 'third', model: 'a', weight: 1, priority: 2 }] },
  },
  fallbacks: { 'old.name': ['a', 'listed'] },
  routing: {
    policy: 'least-busy',
    affinity_ttl: '1h',
    max_attempts: 3,
    tries_per_target: 1,
    total_time: '1m',
    retry_budget: 0.1,
    max_retry_after: '5s',
    hedging: { after: '2s', floor: '1s', max_share: 0.1 },
  },
  prices: { a: { input: 1, output: 2, cache_read: 3, cache_write_5m: 4, cache_write_1h: 5 } },
  server: {
    max_body: '1MB',
    max_bodies: '2MB',
    slow_body: '1s',
    stalled_reader: '1s',
    drain: '1s',
    keep_alive: '1s',
    max_concurrent_per_key: 5,
    max_requests: 6,
    max_queued: 7,
    max_queue_wait: '1s',
    node_lease: '1s',
    database_grace: '1s',
    durability: 'power',
  },
};

type Tree = { readonly [key: string]: unknown } | readonly unknown[];

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null;

function placesIn(value: unknown, path: ConfigPath = []): { path: ConfigPath; value: unknown }[] {
  if (!isTree(value)) return [];
  const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, child]) => [
    { path: [...path, key], value: child },
    ...placesIn(child, [...path, key]),
  ]);
}

function replaceAt(value: unknown, [step, ...rest]: ConfigPath, replacement: unknown): unknown {
  if (step === undefined || !isTree(value)) return replacement;
  const put = (key: string | number, child: unknown) => (key === step ? replaceAt(child, rest, replacement) : child);
  return Array.isArray(value)
    ? value.map((child, index) => put(index, child))
    : Object.fromEntries(Object.entries(value).map(([key, child]) => [key, put(key, child)]));
}

/** For 1,000 files on a machine that has other things to do, in ms. */
const PATIENCE = 60_000;

const PLACES = placesIn(VALID);
const MAPS = PLACES.filter(({ value }) => isTree(value) && !Array.isArray(value));
/** Values that no place of the file accepts. */
const POISON = [null, true, -5.5, 1e300, ' ', `$\{NOT_SET}`, [[1]], { nested: { deeper: 1 } }];

const wrongValue = fc
  .record({ place: fc.constantFrom(...PLACES), poison: fc.constantFrom(...POISON) })
  .map(({ place, poison }) => ({ path: place.path, text: stringify(replaceAt(VALID, place.path, poison)) }));

const unknownKey = fc
  .record({ place: fc.constantFrom(...MAPS), key: fc.stringMatching(/^[a-z]{1,8}_[a-z]{1,8}$/) })
  .map(({ place: { path, value }, key }) => ({
    path: [...path, `x${key}`],
    text: stringify(replaceAt(VALID, path, { ...(isTree(value) && value), [`x${key}`]: 1 })),
  }));

const repeatedKey = fc.constantFrom(...MAPS.filter(({ path }) => path.length === 1)).map(({ path }) => ({
  path,
  text: `${stringify(VALID)}\n${path.join('.')}: {}\n`,
}));

test('the file that is mutated is itself valid', () => {
  expect(parseConfig('c.yaml', stringify(VALID), PROVIDERS, {}).channels).toHaveLength(4);
});

test('G20 S10: of 500 mutated configs none is applied, and each error names the path', { timeout: PATIENCE }, () => {
  fc.assert(
    fc.property(fc.oneof({ weight: 4, arbitrary: wrongValue }, unknownKey, repeatedKey), ({ path, text }) => {
      try {
        parseConfig('c.yaml', text, PROVIDERS, {});
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
        expect(String(error)).toMatch(/c\.yaml:[1-9]\d*:[1-9]\d*: /);
        expect(String(error)).toContain(pathText(path));
        return;
      }
      expect.unreachable(`applied: ${text}`);
    }),
    { numRuns: 500 },
  );
});

test('G20: garbage never crashes the reader', { timeout: PATIENCE }, () => {
  const mangled = fc
    .record({ at: fc.nat(600), length: fc.nat(20), put: fc.string({ maxLength: 12, unit: 'binary' }) })
    .map(({ at, length, put }) => {
      const text = stringify(VALID);
      return text.slice(0, at) + put + text.slice(at + length);
    });
  fc.assert(
    fc.property(fc.oneof(mangled, fc.string()), (text) => {
      try {
        parseConfig('c.yaml', text, PROVIDERS, {});
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
      }
    }),
    { numRuns: 500 },
  );
});
