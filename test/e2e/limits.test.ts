import { afterEach, describe, expect, test } from 'vitest';
import { textStream, wholeMessage } from '../support/anthropic-stream.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { channelConfig, type Gateway, startGateway } from '../support/gateway.ts';
import { gate, waitFor } from '../support/wait.ts';

const MODEL = 'claude-opus-5';
const USAGE = { input: 30, output: 12, cacheRead: 5_000 };
const ASK = { model: MODEL, max_tokens: 64, messages: [{ role: 'user', content: 'Hello' }] };
const CHAT = { model: MODEL, max_tokens: 64, messages: [{ role: 'user', content: 'Hello' }] };

let upstream: FakeUpstream;
let gateway: Gateway;

async function start(limits: string): Promise<void> {
  upstream = await FakeUpstream.start();
  upstream.fallback = (reply) => reply.json(200, wholeMessage({ model: MODEL, usage: USAGE }));
  gateway = await startGateway({
    config: channelConfig({ url: upstream.url, apiKey: upstream.apiKey, more: `limits:\n${limits}` }),
  });
}

afterEach(async () => {
  await gateway?.dispose();
  await upstream?.stop();
});

describe('requests per minute', () => {
  test('are counted per key, refused in the dialect of the caller, and told with every answer', async () => {
    await start("  - { key: '*', requests_per_minute: 2 }\n");
    const first = await gateway.messages(ASK);
    expect(first.status).toBe(200);
    expect(first.headers).toMatchObject({
      'anthropic-ratelimit-requests-limit': '2',
      'anthropic-ratelimit-requests-remaining': '1',
    });
    const reset = first.headers['anthropic-ratelimit-requests-reset'] ?? '';
    expect(reset).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/);
    expect(Date.parse(reset)).toBeGreaterThan(Date.now() + 20_000);
    expect((await gateway.messages(ASK)).headers['anthropic-ratelimit-requests-remaining']).toBe('0');

    const refused = await gateway.messages(ASK);
    expect(refused.status).toBe(429);
    expect(refused.json()).toMatchObject({
      type: 'error',
      error: {
        type: 'rate_limit_error',
        message: 'This request would exceed the limit of 2 requests per minute of this API key.',
      },
    });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(20);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(30);
    expect(refused.headers['anthropic-ratelimit-requests-remaining']).toBe('0');

    const chat = await gateway.send('/v1/chat/completions', { method: 'POST', body: CHAT });
    expect(chat.status).toBe(429);
    expect(chat.json()).toMatchObject({ error: { type: 'rate_limit_error', code: 'rate_limit_exceeded' } });
    expect(chat.headers).toMatchObject({ 'x-ratelimit-limit-requests': '2', 'x-ratelimit-remaining-requests': '0' });
    expect(chat.headers['x-ratelimit-reset-requests']).toMatch(/^(?:1m0s|\d+s)$/);

    const other = await gateway.createKey('other');
    await gateway.waitForKey(other.key, true);
    expect((await gateway.messages(ASK, { 'x-api-key': other.key })).status).toBe(200);
    expect(upstream.calls).toHaveLength(3);
    const metrics = (await gateway.send('/metrics')).text;
    expect(metrics).toContain('ezmodel_limit_refusals_total{limit="requests_per_minute"} 2');
  });

  test('bind the models that a limit names, for all keys together', async () => {
    await start('  - { model: claude-opus-*, requests_per_minute: 1 }\n');
    expect((await gateway.messages(ASK)).status).toBe(200);
    const other = await gateway.createKey('other');
    await gateway.waitForKey(other.key, true);
    const refused = await gateway.messages(ASK, { 'x-api-key': other.key });
    expect(refused.status).toBe(429);
    expect(refused.text).toContain('1 requests per minute of the model claude-opus-*');
    expect((await gateway.messages({ ...ASK, model: 'claude-haiku-5' })).status).toBe(200);
  });

  test('are not used up by counting tokens, nor by a request that the gateway itself refuses', async () => {
    await start("  - { key: '*', requests_per_minute: 1 }\n");
    upstream.next((reply) => reply.json(200, { input_tokens: 7 }));
    const { max_tokens: _, ...counted } = ASK;
    expect((await gateway.send('/v1/messages/count_tokens', { method: 'POST', body: counted })).status).toBe(200);
    expect((await gateway.messages({ ...ASK, messages: 'none' })).status).toBe(400);
    expect((await gateway.messages(ASK)).status).toBe(200);
    expect((await gateway.messages(ASK)).status).toBe(429);
  });
});

describe('tokens', () => {
  test('are reserved by estimate and booked as used; cache reads are free; streams carry the headers too', async () => {
    await start("  - { key: '*', input_tokens_per_minute: 10000, output_tokens_per_minute: 1000 }\n");
    upstream.next((reply) => reply.stream(textStream({ model: MODEL, usage: USAGE }, ['a', 'b'])));
    const live = await gateway.stream({ ...ASK, max_tokens: 100 });
    await live.whole();
    expect(Number(live.headers['anthropic-ratelimit-output-tokens-remaining'])).toBe(900);
    await gateway.settledRow(live.headers['request-id'] ?? '');
    const next = await gateway.messages({ ...ASK, max_tokens: 100 });
    const remaining = (name: string) => Number(next.headers[`anthropic-ratelimit-${name}-remaining`]);
    // Of the first request 12 of output stayed booked and 30 of input, less what has flowed back since.
    expect(remaining('output-tokens')).toBeGreaterThanOrEqual(888);
    expect(remaining('output-tokens')).toBeLessThanOrEqual(900);
    expect(remaining('input-tokens')).toBeGreaterThan(9_900);
    expect(next.headers['anthropic-ratelimit-tokens-limit']).toBe('1000');
  });

  test('beyond the limit are paid back before the next request', async () => {
    await start("  - { key: '*', output_tokens_per_minute: 100 }\n");
    const greedy = { ...USAGE, output: 400 };
    upstream.fallback = (reply) => reply.json(200, wholeMessage({ model: MODEL, usage: greedy }));
    const first = await gateway.messages({ ...ASK, max_tokens: 500 });
    expect(first.status).toBe(200);
    await gateway.settledRow(first.headers['request-id'] ?? '');
    const refused = await gateway.messages({ ...ASK, max_tokens: 500 });
    expect(refused.status).toBe(429);
    expect(refused.text).toContain('100 output tokens per minute of this API key');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(180);
  });

  test('of a day are counted to the last, and an SDK is not told to wait until midnight', async () => {
    await start('  - { project: default, tokens_per_day: 80 }\n');
    for (let round = 0; round < 2; round++) {
      const { headers, status } = await gateway.messages(ASK);
      expect(status).toBe(200);
      await gateway.settledRow(headers['request-id'] ?? '');
    }
    const refused = await gateway.messages(ASK);
    expect(refused.status).toBe(429);
    expect(refused.text).toContain('80 tokens per day of the project of this API key');
    expect(refused.headers['x-should-retry']).toBe('false');
  });
});

test('concurrent requests: a place is free again when the answer is there, or the client gone', async () => {
  await start("  - { key: '*', concurrent: 1 }\n");
  const release = gate();
  upstream.next(async (reply) => {
    await release.promise;
    await reply.json(200, wholeMessage({ model: MODEL, usage: USAGE }));
  });
  const first = gateway.messages(ASK);
  await upstream.arrived(1);
  const refused = await gateway.messages(ASK);
  expect(refused.status).toBe(429);
  expect(refused.text).toContain('1 concurrent requests of this API key');
  expect(refused.headers['retry-after']).toBe('1');
  release.open();
  expect((await first).status).toBe(200);
  expect((await gateway.messages(ASK)).status).toBe(200);

  upstream.next(async (reply) => {
    await reply.streamHead();
    for (const event of textStream({ model: MODEL, usage: USAGE }, ['a', 'b']).slice(0, 3)) await reply.chunk(event);
  });
  const live = await gateway.stream(ASK);
  await live.until('a');
  expect((await gateway.messages(ASK)).status).toBe(429);
  live.abort();
  await waitFor('the place', async () => (await gateway.messages(ASK)).status === 200);
});

describe('limits that are set by command', () => {
  test('S13 reach a running server within a second, and stay over a restart', async () => {
    await start('  - { model: claude-haiku-*, requests_per_minute: 5 }\n');
    expect((await gateway.messages(ASK)).headers['anthropic-ratelimit-requests-limit']).toBeUndefined();
    const set = await gateway.command('limits', 'set', '--key', 'tests', '--requests', '3', '--burst', '20s');
    expect(set).toMatchObject({ code: 0, stdout: `The limits of key ${gateway.keyId} are set.\n` });
    await waitFor(
      'the limit to be in force',
      async () => (await gateway.messages(ASK)).headers['anthropic-ratelimit-requests-limit'] === '3',
      1_000,
    );
    expect((await gateway.messages(ASK)).status).toBe(429);
    const listed: unknown = JSON.parse((await gateway.command('limits', 'list', '--json')).stdout);
    expect(listed).toEqual([
      {
        scope: 'model',
        id: 'claude-haiku-*',
        model: 'claude-haiku-*',
        requests_per_minute: 5,
        burst_ms: 60_000,
        managed: true,
      },
      { scope: 'key', id: gateway.keyId, model: '*', requests_per_minute: 3, burst_ms: 20_000, managed: false },
    ]);
    const managed = await gateway.command('limits', 'set', '--model', 'claude-haiku-*', '--requests', '9');
    expect(managed.code).toBe(1);
    expect(managed.stderr).toContain('managed by the config file');

    await gateway.stop();
    await gateway.start();
    expect((await gateway.messages(ASK)).headers['anthropic-ratelimit-requests-limit']).toBe('3');
    expect((await gateway.command('limits', 'remove', '--key', 'tests')).code).toBe(0);
    await waitFor(
      'the limit to be gone',
      async () => (await gateway.messages(ASK)).headers['anthropic-ratelimit-requests-limit'] === undefined,
      1_000,
    );
    expect((await gateway.command('limits', 'remove', '--key', 'tests')).code).toBe(1);
  });

  test('what the file calls by name is managed, too: no command sets limits of it', async () => {
    await start('  - { key: tests, requests_per_minute: 50 }\n  - { project: default, requests_per_minute: 60 }\n');
    for (const [option, holder] of [
      ['--key', 'tests'],
      ['--project', 'default'],
    ] as const) {
      const set = await gateway.command('limits', 'set', option, holder, '--concurrent', '1');
      expect(set).toMatchObject({ code: 1, stdout: '' });
      expect(set.stderr).toContain('managed by the config file');
    }
    const listed = await gateway.command('limits', 'list');
    expect(listed.stdout).toMatch(/key +tests.*\nproject +default/);
  });

  test('S7 a day goes on from the ledger after a restart', async () => {
    await start("  - { key: '*', tokens_per_day: 80 }\n");
    for (let round = 0; round < 2; round++) {
      await gateway.settledRow((await gateway.messages(ASK)).headers['request-id'] ?? '');
    }
    await gateway.stop();
    await gateway.start();
    expect((await gateway.messages(ASK)).status).toBe(429);
  });
});
