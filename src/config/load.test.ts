import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Provider } from '../core/provider.ts';
import { OPENAI_QUIRKS } from '../core/quirks.ts';
import { loadConfig, parseConfig } from './load.ts';
import { ConfigError } from './problem.ts';
import { configJsonSchema } from './schema.ts';

const cloud: Provider = {
  id: 'cloud',
  name: 'Cloud',
  defaultBaseUrl: 'https://api.cloud.example/',
  environmentKey: 'CLOUD_API_KEY',
  auth: 'x-api-key',
  transport: 'http',
  endpoints: {},
  forwardHeaders: [],
  defaultModels: ['cloud-*'],
  models: [],
  quirks: OPENAI_QUIRKS,
  modelQuirks: [],
  sources: [],
  priceCatalogue: 'cloud',
};
const local: Provider = { ...cloud, id: 'local', defaultBaseUrl: undefined, environmentKey: undefined, auth: 'none' };
const pretender: Provider = {
  ...local,
  id: 'pretender',
  transport: 'simulator',
  defaultModels: ['pretend-1', 'pretend-2'],
};
const PROVIDERS = [cloud, local, pretender];
const SECRET = 'sk-canary-of-this-test';
const VARIABLES = { CLOUD_API_KEY: SECRET, EMPTY: '', PORTS: '9000' };

/** How a file refers to the variable that holds the canary. */
const REFERENCE = `\${CLOUD_API_KEY}`;

const parse = (text: string, variables = VARIABLES) => parseConfig('/etc/ezmodel.yaml', text, PROVIDERS, variables);

function problemsOf(text: string) {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const FULL = `
channels:
  - name: cloud-main
    provider: cloud
    base_url: http://127.0.0.1:9000/base/
    api_key: \${CLOUD_API_KEY}
    models: ["cloud-*", other]
    priority: 3
    timeouts: { connect: 700ms, first_event: 2s, idle: 10m, total: 1h }
  - name: renaming
    provider: cloud
    api_key: "x\${CLOUD_API_KEY}y$\${CLOUD_API_KEY}"
    models: { public-1: upstream-1, "public-*": upstream-2 }
  - { name: pretend, provider: pretender, pacing: 5ms }
models:
  cloud-old.1: { model: cloud-new, channels: [cloud-main] }
  anywhere: { model: cloud-new }
prices:
  cloud-new: { input: 3, output: 15.5, cache_read: 0.25 }
server: { max_body: 1MB, max_bodies: 2GB, slow_body: 300ms, stalled_reader: 1m, drain: 0s, keep_alive: 500ms, max_concurrent_per_key: 7 }
`;

describe('a config file', () => {
  test('arrives as written', () => {
    expect(parse(FULL)).toEqual({
      file: '/etc/ezmodel.yaml',
      channels: [
        {
          name: 'cloud-main',
          provider: 'cloud',
          baseUrl: 'http://127.0.0.1:9000/base',
          apiKey: SECRET,
          models: [
            { pattern: 'cloud-*', upstream: undefined },
            { pattern: 'other', upstream: undefined },
          ],
          priority: 3,
          timeouts: { connect: 700, firstEvent: 2000, idle: 600_000, total: 3_600_000 },
          privateAddressesAllowed: true,
          pacing: undefined,
          quirks: {},
          endpoints: undefined,
        },
        {
          name: 'renaming',
          provider: 'cloud',
          baseUrl: 'https://api.cloud.example',
          apiKey: `x${SECRET}y\${CLOUD_API_KEY}`,
          models: [
            { pattern: 'public-1', upstream: 'upstream-1' },
            { pattern: 'public-*', upstream: 'upstream-2' },
          ],
          priority: 0,
          timeouts: { connect: 10_000, firstEvent: 60_000, idle: 120_000, total: 600_000 },
          privateAddressesAllowed: false,
          pacing: undefined,
          quirks: {},
          endpoints: undefined,
        },
        {
          name: 'pretend',
          provider: 'pretender',
          baseUrl: '',
          apiKey: undefined,
          models: [
            { pattern: 'pretend-1', upstream: undefined },
            { pattern: 'pretend-2', upstream: undefined },
          ],
          priority: 0,
          timeouts: { connect: 10_000, firstEvent: 60_000, idle: 120_000, total: 600_000 },
          privateAddressesAllowed: false,
          pacing: 5,
          quirks: {},
          endpoints: undefined,
        },
      ],
      models: new Map([
        ['cloud-old.1', { model: 'cloud-new', channels: ['cloud-main'] }],
        ['anywhere', { model: 'cloud-new', channels: undefined }],
      ]),
      prices: new Map([
        [
          'cloud-new',
          {
            input: 3_000_000_000,
            output: 15_500_000_000,
            cacheRead: 250_000_000,
            cacheWrite5m: 3_750_000_000,
            cacheWrite1h: 6_000_000_000,
          },
        ],
      ]),
      server: {
        maxBodyBytes: 1024 ** 2,
        maxBodyBytesInFlight: 2 * 1024 ** 3,
        slowBody: 300,
        stalledReader: 60_000,
        drain: 0,
        media: { maxBytes: 20 * 1024 ** 2, timeout: 10_000, privateAddressesAllowed: false },
        keepAlive: 500,
        maxConcurrentPerKey: 7,
      },
    });
  });

  test('has defaults for what it leaves out, and a bare number paces in ms', () => {
    const config = parse('channels: [{ name: a, provider: pretender, pacing: 0 }]');
    expect(config.channels[0]?.pacing).toBe(0);
    expect(config.server).toEqual({
      maxBodyBytes: 32 * 1024 ** 2,
      maxBodyBytesInFlight: 512 * 1024 ** 2,
      slowBody: 10_000,
      stalledReader: 120_000,
      drain: 30_000,
      keepAlive: 10_000,
      media: { maxBytes: 20 * 1024 ** 2, timeout: 10_000, privateAddressesAllowed: false },
      maxConcurrentPerKey: 2000,
    });
  });

  test('takes quirks in snake case and endpoints by path, best first', () => {
    const config = parse(`channels:
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

  test('may hold 500 channels and still loads fast', () => {
    const channels = Array.from({ length: 500 }, (_, index) => `  - { name: c${index}, provider: cloud, api_key: k }`);
    const startedAt = performance.now();
    expect(parse(`channels:\n${channels.join('\n')}`).channels).toHaveLength(500);
    expect(performance.now() - startedAt).toBeLessThan(1500);
  });
});

const HEAD = 'channels: [{ name: a, provider: pretender }]\n';

describe('a faulty config file is refused with place and path', () => {
  test.each([
    [
      `channels:\n  - name: a\n    provider: cloud\n    api_key: \${NOPE}\n`,
      '4:14',
      'channels[0].api_key',
      'NOPE is not set',
    ],
    [`channels:\n  - name: a\n    provider: cloud\n    api_key: \${EMPTY}\n`, '4:5', 'channels[0].api_key', 'is empty'],
    [
      `channels:\n  - name: a\n    provider: cloud\n    api_key: \${A B}\n`,
      '4:14',
      'channels[0].api_key',
      'does not name',
    ],
    [
      `channels:\n  - name: a\n    provider: cloud\n    api_key: "\${OPEN"\n`,
      '4:14',
      'channels[0].api_key',
      'without "}"',
    ],
    [
      'channels:\n  - name: a\n    provider: cloud\n    api_key: a\n    timeouts:\n      connect: 10x\n',
      '6:7',
      'channels[0].timeouts.connect',
      'not a duration',
    ],
    [
      'channels:\n  - name: a\n    provider: cloud\n    api_key: a\n    timeouts: { connect: 0s }\n',
      '5:17',
      'channels[0].timeouts.connect',
      'between 1ms',
    ],
    [
      'channels:\n  - name: a\n    provider: cloud\n    api_key: a\n    timeouts: { total: 30d }\n',
      '5:17',
      'channels[0].timeouts.total',
      'between 1ms',
    ],
    ['channels:\n  - provider: cloud\n    api_key: a\n', '2:5', 'channels[0].name', 'is required'],
    [
      'channels:\n  - name: a\n    provider: cloud\n    api_key: a\n    colour: red\n',
      '5:5',
      'channels[0].colour',
      'unknown key',
    ],
    [
      'channels:\n  - name: a\n    provider: nobody\n',
      '3:5',
      'channels[0].provider',
      'known are cloud, local, pretender',
    ],
    ['channels:\n  - name: a\n    provider: cloud\n', '2:5', 'channels[0].api_key', 'is required'],
    ['channels:\n  - name: a\n    provider: local\n', '2:5', 'channels[0].base_url', 'is required'],
    [
      'channels:\n  - name: a\n    provider: pretender\n    base_url: http://x\n',
      '4:5',
      'channels[0].base_url',
      'no address',
    ],
    [
      'channels:\n  - name: a\n    provider: local\n    base_url: ftp://x\n',
      '4:5',
      'channels[0].base_url',
      'http or https',
    ],
    [
      'channels:\n  - name: a\n    provider: local\n    base_url: http://u:p@x\n',
      '4:5',
      'channels[0].base_url',
      'without user',
    ],
    [
      'channels:\n  - name: a\n    provider: local\n    base_url: http://x?a=1\n',
      '4:5',
      'channels[0].base_url',
      'query',
    ],
    [
      'channels:\n  - name: a\n    provider: local\n    base_url: http://x\n    pacing: 5ms\n',
      '5:5',
      'channels[0].pacing',
      'only the simulator',
    ],
    [
      'channels:\n  - { name: a, provider: pretender }\n  - { name: a, provider: pretender }\n',
      '3:7',
      'channels[1].name',
      'channels[0] has the same name',
    ],
    [
      'channels: [{ name: a, provider: pretender, models: 5 }]',
      '1:44',
      'channels[0].models',
      'must be a list or a map',
    ],
    ['channels: [{ name: a, provider: pretender, models: [a, 5] }]', '1:56', 'channels[0].models[1]', 'must be a text'],
    [
      'channels: [{ name: a, provider: pretender, models: { b: 5 } }]',
      '1:54',
      'channels[0].models.b',
      'must be a text',
    ],
    ['channels: [{ name: a, provider: pretender, priority: -1 }]', '1:44', 'channels[0].priority', 'at least 0'],
    ['channels: [{ name: a, provider: pretender, priority: 1.5 }]', '1:44', 'channels[0].priority', 'whole number'],
    ['channels: [{ name: a, provider: pretender, name: b }]', '1:44', 'channels[0].name', 'must be unique'],
    [`${HEAD}channels: []`, '2:1', 'channels', 'must be unique'],
    [`${HEAD}models: { x.1: { model: m, channels: [nobody] } }`, '2:39', 'models["x.1"].channels[0]', 'no channel'],
    [`${HEAD}models: { "a b": { model: m } }`, '2:11', 'models["a b"]', 'without spaces'],
    [`${HEAD}prices: { m: { input: -1, output: 1 } }`, '2:16', 'prices.m.input', 'USD per million'],
    [`${HEAD}prices: { m: { input: 1 } }`, '2:11', 'prices.m.output', 'is required'],
    [`${HEAD}server: { max_body: 32 }`, '2:11', 'server.max_body', 'must be a text'],
    [`${HEAD}server: { max_body: 32mb }`, '2:11', 'server.max_body', 'not a size'],
    [`${HEAD}server: { max_body: 2GB }`, '2:11', 'server.max_body', 'between 1B and 1GB'],
    [`${HEAD}server: { max_bodies: 2000GB }`, '2:11', 'server.max_bodies', 'between 1B and 1024GB'],
    [`${HEAD}server: { max_body: 2MB, max_bodies: 1MB }`, '2:26', 'server.max_bodies', 'at least server.max_body'],
    [`${HEAD}server: { max_body: 1GB }`, '2:1', 'server.max_bodies', 'at least server.max_body'],
    [`${HEAD}server: { drain: .inf }`, '2:11', 'server.drain', 'must be a text'],
    [`${HEAD}__proto__: { x: 1 }`, '2:1', '__proto__', 'cannot be a key'],
    [`${HEAD}? [a, b]\n: c`, '2:3', '', 'cannot be a key'],
    [`${HEAD}server: !!binary aGk=`, '2:18', 'server', 'plain value'],
    [`${HEAD}server: !mine { drain: 1s }`, '2:9', 'server', 'tag'],
    ['channels: []', '1:1', 'channels', 'needs at least 1'],
    ['{}', '1:1', 'channels', 'is required'],
    ['', '1:1', '', 'must be a map'],
    [`channels: [{ api_key: ${REFERENCE} }]`, '1:24', 'channels[0].api_key', 'must stand in quotes'],
    ['channels:\n\t- name: a', '2:1', 'channels', 'ab'],
    ['channels: [{ name: a', '1:21', 'channels[0].name', 'must be'],
    [`${HEAD}---\nchannels: []`, '2:1', '', 'multiple documents'],
  ])('%j', (text, place, path, message) => {
    const problems = problemsOf(text);
    const texts = problems.map((problem) => `${problem.line}:${problem.column} ${problem.path} | ${problem.message}`);
    expect(texts.join('\n')).toContain(message);
    expect(texts.map((line) => line.split(' | ')[0])).toContain(`${place} ${path}`);
  });

  test('with every problem at once, each on a line that names the file', () => {
    const text = 'channels:\n  - { name: a, provider: cloud, timeouts: { idle: x } }\nserver: { drain: y }\nnope: 1\n';
    expect(() => parse(text)).toThrow(
      [
        '/etc/ezmodel.yaml:2:45: channels[0].timeouts.idle: is not a duration such as 700ms, 2s, 10m, 1h or 30d',
        '/etc/ezmodel.yaml:3:11: server.drain: is not a duration such as 700ms, 2s, 10m, 1h or 30d',
        '/etc/ezmodel.yaml:4:1: nope: unknown key',
      ].join('\n'),
    );
  });

  test('without repeating a value that may be secret', () => {
    const text = FULL.replace('700ms', REFERENCE).replace('other]', `"${REFERENCE} x"]`);
    expect(() => parse(text)).toThrow(/timeouts\.connect/);
    expect(
      problemsOf(text)
        .map(({ message }) => message)
        .join(),
    ).not.toContain(SECRET);
  });

  test('when its aliases multiply without end', () => {
    const levels = Array.from(
      { length: 9 },
      (_, level) => `l${level + 1}: &l${level + 1} [${`*l${level},`.repeat(9)}]`,
    );
    expect(problemsOf(`l0: &l0 [x]\n${levels.join('\n')}`)[0]?.message).toMatch(/alias/i);
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
        apiKey: SECRET,
        models: [{ pattern: 'cloud-*', upstream: undefined }],
        privateAddressesAllowed: false,
        timeouts: { connect: 10_000, firstEvent: 60_000, idle: 120_000, total: 600_000 },
      },
    ]);
  });

  test.each([{}, { CLOUD_API_KEY: '' }, { CLOUD_API_KEY: ' ' }])('%j leaves the simulator alone', (variables) => {
    const { channels } = loadConfig(undefined, PROVIDERS, variables);
    expect(channels).toMatchObject([{ name: 'simulator', provider: 'pretender', apiKey: undefined }]);
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
