import { describe, expect, test } from 'vitest';
import { FULL, HEAD, parseSample, problemsOf, REFERENCE, SECRET } from '../../test/support/config-samples.ts';

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
    [`${HEAD}limits:\n  - requests_per_minute: 1\n`, '3:5', 'limits[0]', 'needs a key, a project or a model'],
    [`${HEAD}limits:\n  - { key: a, project: b, concurrent: 1 }\n`, '3:5', 'limits[0]', 'both a key and a project'],
    [`${HEAD}limits:\n  - key: a\n`, '3:5', 'limits[0]', 'needs one of requests_per_minute'],
    [`${HEAD}limits:\n  - { key: a, concurrent: 1, burst: 2d }\n`, '3:30', 'limits[0].burst', '24h at most'],
    [`${HEAD}limits:\n  - { key: a, concurrent: -1 }\n`, '3:15', 'limits[0].concurrent', '1'],
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
    [`${HEAD}server: { max_requests: 0 }`, '2:11', 'server.max_requests', 'at least 1'],
    [`${HEAD}server: { max_queued: -1 }`, '2:11', 'server.max_queued', 'at least 0'],
    [`${HEAD}server: { max_queue_wait: 0s }`, '2:11', 'server.max_queue_wait', 'between 1ms and 24d'],
    [`${HEAD}server: { drain: .inf }`, '2:11', 'server.drain', 'must be a text'],
    [`${HEAD}__proto__: { x: 1 }`, '2:1', '__proto__', 'cannot be a key'],
    [`${HEAD}? [a, b]\n: c`, '2:3', '', 'cannot be a key'],
    [`${HEAD}server: !!binary aGk=`, '2:18', 'server', 'plain value'],
    [`${HEAD}server: !mine { drain: 1s }`, '2:9', 'server', 'tag'],
    [`${HEAD}models: { x: { targets: [{ channel: b }] } }`, '2:28', 'models.x.targets[0].channel', 'no channel'],
    [`${HEAD}models: { x: { targets: [{ channel: a }], model: m } }`, '2:16', 'models.x.targets', 'beside model'],
    [`${HEAD}models: { x: {} }`, '2:11', 'models.x', 'needs a model'],
    [`${HEAD}fallbacks: { x: [y, x] }`, '2:21', 'fallbacks.x[1]', 'stand in for itself'],
    [`${HEAD}fallbacks: { x: [y, y] }`, '2:21', 'fallbacks.x[1]', 'is listed before'],
    [`${HEAD}payloads:\n  - { keep: 1d }\n`, '3:5', 'payloads[0]', 'needs a key or a project'],
    [`${HEAD}payloads:\n  - { key: k, keep: 1s }\n`, '3:15', 'payloads[0].keep', 'from 1m to 3660d'],
    [
      `${HEAD}payloads:\n  - { key: k, keep: 1d, redact: [{ pattern: '(a)\\1' }] }\n`,
      '3:36',
      'payloads[0].redact[0].pattern',
      'linear time',
    ],
    [`${HEAD}retention: { rollups: { days: 5 } }`, '2:25', 'retention.rollups.days', 'at least the days of rows'],
    [`${HEAD}retention: { low_disk: 1MB }`, '2:1', 'retention.reserve', 'less than low_disk'],
    [`${HEAD}routing: { policy: fastest }`, '2:12', 'routing.policy', 'least-latency'],
    [`${HEAD}routing: { retry_budget: 20 }`, '2:12', 'routing.retry_budget', 'at most 1'],
    [
      'channels: [{ name: a, provider: local, base_url: "http://x", api_keys: [] }]',
      '1:62',
      'channels[0].api_keys',
      '1',
    ],
    [
      'channels: [{ name: a, provider: local, base_url: "http://x", api_key: k, api_keys: [l] }]',
      '1:74',
      'channels[0].api_keys',
      'cannot stand beside api_key',
    ],
    ['channels: [{ name: a, provider: pretender, api_keys: [k] }]', '1:44', 'channels[0].api_keys', 'takes no key'],
    [
      'channels: [{ name: a, provider: cloud, credentials: [{ name: x, api_key: k }, { name: x, api_key: l }] }]',
      '1:81',
      'channels[0].credentials[1].name',
      'credentials[0] has the same name',
    ],
    ['channels: [{ name: a, provider: pretender, state: off }]', '1:44', 'channels[0].state', 'active'],
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
    expect(() => parseSample(text)).toThrow(
      [
        '/etc/ezmodel.yaml:2:45: channels[0].timeouts.idle: is not a duration such as 700ms, 2s, 10m, 1h or 30d',
        '/etc/ezmodel.yaml:3:11: server.drain: is not a duration such as 700ms, 2s, 10m, 1h or 30d',
        '/etc/ezmodel.yaml:4:1: nope: unknown key',
      ].join('\n'),
    );
  });

  test('without repeating a value that may be secret', () => {
    const text = FULL.replace('700ms', REFERENCE).replace('other]', `"${REFERENCE} x"]`);
    expect(() => parseSample(text)).toThrow(/timeouts\.connect/);
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
