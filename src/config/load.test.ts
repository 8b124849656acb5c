import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FULL, HEAD, PROVIDERS, parseSample, SECRET } from '../../test/support/config-samples.ts';
import { loadConfig } from './load.ts';
import { configJsonSchema } from './schema.ts';

const ROUTE = { model: undefined, channels: undefined, targets: undefined, policy: undefined, hedging: {} };

/** What holds where a file says nothing. */
const ROUTING = {
  policy: 'priority-weighted',
  affinity: true,
  affinityTtl: 300_000,
  maxAttempts: 4,
  triesPerTarget: 2,
  totalTime: 120_000,
  retryBudget: 0.2,
  maxRetryAfter: 2_000,
  betaMemory: 3_600_000,
  hedging: { enabled: false, after: 'p95', floor: 500, maxShare: 0.05 },
};

describe('a config file', () => {
  test('arrives as written', () => {
    expect(parseSample(FULL)).toEqual({
      file: '/etc/ezmodel.yaml',
      channels: [
        {
          name: 'cloud-main',
          provider: 'cloud',
          baseUrl: 'http://127.0.0.1:9000/base',
          credentials: [{ id: 'cloud-main/default', name: 'default', apiKey: SECRET, weight: 1 }],
          models: [
            { pattern: 'cloud-*', upstream: undefined },
            { pattern: 'other', upstream: undefined },
          ],
          priority: 3,
          weight: 1,
          state: 'active',
          timeouts: { connect: 700, firstEvent: 2000, idle: 600_000, total: 3_600_000 },
          privateAddressesAllowed: true,
          pacing: undefined,
          prices: new Map(),
          markup: 10_000,
          quirks: {},
          endpoints: undefined,
        },
        {
          name: 'renaming',
          provider: 'cloud',
          baseUrl: 'https://api.cloud.example',
          credentials: [{ id: 'renaming/default', name: 'default', apiKey: `x${SECRET}y\${CLOUD_API_KEY}`, weight: 1 }],
          models: [
            { pattern: 'public-1', upstream: 'upstream-1' },
            { pattern: 'public-*', upstream: 'upstream-2' },
          ],
          priority: 0,
          weight: 1,
          state: 'active',
          timeouts: { connect: 10_000, firstEvent: 60_000, idle: 120_000, total: 600_000 },
          privateAddressesAllowed: false,
          pacing: undefined,
          prices: new Map(),
          markup: 10_000,
          quirks: {},
          endpoints: undefined,
        },
        {
          name: 'pretend',
          provider: 'pretender',
          baseUrl: '',
          credentials: [{ id: 'pretend/default', name: 'default', apiKey: undefined, weight: 1 }],
          models: [
            { pattern: 'pretend-1', upstream: undefined },
            { pattern: 'pretend-2', upstream: undefined },
          ],
          priority: 0,
          weight: 1,
          state: 'active',
          timeouts: { connect: 10_000, firstEvent: 60_000, idle: 120_000, total: 600_000 },
          privateAddressesAllowed: false,
          pacing: 5,
          prices: new Map(),
          markup: 10_000,
          quirks: {},
          endpoints: undefined,
        },
      ],
      models: new Map([
        ['cloud-old.1', { ...ROUTE, model: 'cloud-new', channels: ['cloud-main'] }],
        ['anywhere', { ...ROUTE, model: 'cloud-new' }],
      ]),
      fallbacks: new Map(),
      routing: ROUTING,
      prices: new Map([
        [
          'cloud-new',
          {
            input: 3_000_000_000,
            output: 15_500_000_000,
            cacheRead: 250_000_000,
            cacheWrite5m: 3_750_000_000,
            cacheWrite1h: 6_000_000_000,
            longer: [],
            webSearches: undefined,
            multipliers: {},
          },
        ],
      ]),
      limits: [
        { scope: 'key', id: '*', model: 'cloud-*', values: { requests_per_minute: 60 }, burst: 10_000 },
        { scope: 'model', id: 'other', model: '*', values: { concurrent: 3 }, burst: 60_000 },
      ],
      payloads: [
        {
          on: { scope: 'key', name: 'k1' },
          keep: 172_800_000,
          maxBytes: 1024 ** 2,
          redact: [
            { kind: 'literal', text: 'secret' },
            { kind: 'pattern', text: 'a+b' },
          ],
        },
      ],
      retention: {
        bodies: { days: undefined, bytes: undefined },
        rows: { days: 90, bytes: undefined },
        rollups: { days: 400, bytes: 1024 ** 3 },
        lowDisk: 2 * 1024 ** 3,
        reserve: 64 * 1024 ** 2,
      },
      alerts: { webhooks: [] },
      keys: [],
      spending: { projects: [], budgets: [], unpriced: { policy: 'block', ceiling: undefined } },
      server: {
        maxBodyBytes: 1024 ** 2,
        maxBodyBytesInFlight: 2 * 1024 ** 3,
        slowBody: 300,
        stalledReader: 60_000,
        drain: 0,
        media: { maxBytes: 20 * 1024 ** 2, timeout: 10_000, privateAddressesAllowed: false },
        keepAlive: 500,
        admin: { open: false, hosts: [], privateChannels: false },
        trustedProxies: ['10.0.0.0/8'],
        maxConcurrentPerKey: 7,
        maxRequests: 90,
        maxQueued: 0,
        maxQueueWait: 250,
        nodeLease: 30_000,
        databaseGrace: 60_000,
        durability: 'process',
      },
    });
  });

  test('has defaults for what it leaves out, and a bare number paces in ms', () => {
    const config = parseSample('channels: [{ name: a, provider: pretender, pacing: 0 }]');
    expect(config.channels[0]?.pacing).toBe(0);
    expect(config.server).toEqual({
      maxBodyBytes: 32 * 1024 ** 2,
      maxBodyBytesInFlight: 512 * 1024 ** 2,
      slowBody: 10_000,
      stalledReader: 120_000,
      drain: 30_000,
      keepAlive: 10_000,
      media: { maxBytes: 20 * 1024 ** 2, timeout: 10_000, privateAddressesAllowed: false },
      admin: { open: false, hosts: [], privateChannels: false },
      trustedProxies: [],
      maxConcurrentPerKey: 2000,
      maxRequests: 4000,
      maxQueued: 1000,
      maxQueueWait: 2000,
      nodeLease: 30_000,
      databaseGrace: 60_000,
      durability: 'process',
    });
  });

  test('takes quirks in snake case and endpoints by path, best first', () => {
    const config = parseSample(`channels:
  - name: a
    provider: cloud
    api_key: k
    quirks: { max_tokens_field: max_tokens, image_urls: false, efforts: [low, high], stop_sequences: 1 }
    endpoints: { openai-chat: /chat, anthropic-messages: { generate: /m, count_tokens: /m/count } }`);
    expect(config.channels[0]?.quirks).toEqual({
      maxTokensField: 'max_tokens',
      imageUrls: false,
      efforts: ['low', 'high'],
      stopSequences: 1,
    });
    expect(config.channels[0]?.endpoints).toEqual({
      'openai-chat': { generatePath: '/chat', countTokensPath: undefined },
      'anthropic-messages': { generatePath: '/m', countTokensPath: '/m/count' },
    });
  });

  test('takes several credentials of a channel, named or numbered, and drains it', () => {
    const { channels } = parseSample(`channels:
  - { name: a, provider: cloud, api_keys: [k, l], state: drain, weight: 3 }
  - { name: b, provider: cloud, credentials: [{ name: main, api_key: m, weight: 9 }, { name: spare, api_key: s }] }`);
    expect(channels.map(({ credentials, state, weight }) => ({ credentials, state, weight }))).toEqual([
      {
        credentials: [
          { id: 'a/key-1', name: 'key-1', apiKey: 'k', weight: 1 },
          { id: 'a/key-2', name: 'key-2', apiKey: 'l', weight: 1 },
        ],
        state: 'drain',
        weight: 3,
      },
      {
        credentials: [
          { id: 'b/main', name: 'main', apiKey: 'm', weight: 9 },
          { id: 'b/spare', name: 'spare', apiKey: 's', weight: 1 },
        ],
        state: 'active',
        weight: 1,
      },
    ]);
  });

  test('takes routes, fallbacks and how failures are survived', () => {
    const { models, fallbacks, routing } = parseSample(`${HEAD}models:
  m: { policy: least-cost, hedging: { max_share: 1 }, targets: [{ channel: a, model: n, weight: 2, priority: 1 }, { channel: a }] }
fallbacks: { m: [n, o], "m-*": [n] }
routing:
  policy: least-busy
  affinity: false
  affinity_ttl: 1h
  max_attempts: 2
  tries_per_target: 1
  total_time: 30s
  retry_budget: 0
  max_retry_after: 0s
  hedging: { enabled: true, after: 2s, floor: 1s, max_share: 0.1 }`);
    const rest = { model: undefined, weight: undefined, priority: undefined };
    const targets = [
      { channel: 'a', model: 'n', weight: 2, priority: 1 },
      { channel: 'a', ...rest },
    ];
    expect(models.get('m')).toEqual({ ...ROUTE, policy: 'least-cost', targets, hedging: { maxShare: 1 } });
    expect(Object.fromEntries(fallbacks)).toEqual({ m: ['n', 'o'], 'm-*': ['n'] });
    expect(routing).toEqual({
      policy: 'least-busy',
      affinity: false,
      affinityTtl: 3_600_000,
      maxAttempts: 2,
      triesPerTarget: 1,
      totalTime: 30_000,
      retryBudget: 0,
      maxRetryAfter: 0,
      betaMemory: 3_600_000,
      hedging: { enabled: true, after: 2_000, floor: 1_000, maxShare: 0.1 },
    });
  });

  test('may hold 500 channels and still loads fast', () => {
    const channels = Array.from({ length: 500 }, (_, index) => `  - { name: c${index}, provider: cloud, api_key: k }`);
    const startedAt = performance.now();
    expect(parseSample(`channels:\n${channels.join('\n')}`).channels).toHaveLength(500);
    expect(performance.now() - startedAt).toBeLessThan(1500);
  });
});

describe('the file itself', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'ezmodel-config-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  test.each([
    ['absent.yaml', 'this file does not exist'],
    ['.', 'this is a directory, not a file'],
  ])('%s: %s', (name, message) => {
    expect(() => loadConfig(join(directory, name), PROVIDERS, {})).toThrow(message);
  });

  test('must be UTF-8; a byte order mark is fine', () => {
    const file = join(directory, 'bytes.yaml');
    writeFileSync(file, Buffer.from([0x63, 0xff, 0x3a]));
    expect(() => loadConfig(file, PROVIDERS, {})).toThrow('is not UTF-8 text');
    writeFileSync(file, `\ufeff${HEAD}`);
    expect(loadConfig(file, PROVIDERS, {}).channels).toHaveLength(1);
  });
});

describe('without a file', () => {
  test('each key in the environment makes a channel, and the simulator stays off', () => {
    const config = loadConfig(undefined, PROVIDERS, { CLOUD_API_KEY: ` ${SECRET}\n` });
    expect(config.file).toBeUndefined();
    expect(config.channels).toMatchObject([
      {
        name: 'cloud',
        provider: 'cloud',
        baseUrl: 'https://api.cloud.example',
        credentials: [{ id: 'cloud/default', name: 'default', apiKey: SECRET, weight: 1 }],
        models: [{ pattern: 'cloud-*', upstream: undefined }],
        privateAddressesAllowed: false,
        timeouts: { connect: 10_000, firstEvent: 60_000, idle: 120_000, total: 600_000 },
      },
    ]);
  });

  test.each([{}, { CLOUD_API_KEY: '' }, { CLOUD_API_KEY: ' ' }])('%j leaves the simulator alone', (variables) => {
    const { channels } = loadConfig(undefined, PROVIDERS, variables);
    expect(channels).toMatchObject([
      { name: 'simulator', provider: 'pretender', credentials: [{ apiKey: undefined }] },
    ]);
  });
});

test('the JSON Schema describes the file as it is written', () => {
  expect(configJsonSchema()).toMatchObject({
    type: 'object',
    required: ['channels'],
    additionalProperties: false,
    properties: { channels: { items: { required: ['name', 'provider'], additionalProperties: false } } },
  });
});
