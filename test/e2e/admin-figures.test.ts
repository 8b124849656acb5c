import { afterAll, beforeAll, expect, test } from 'vitest';
import { isJsonObject, numberAt } from '../../src/core/json.ts';
import { ask, type Badge, setUp } from '../support/administrator.ts';
import { textStream } from '../support/anthropic-stream.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { channelConfig, type Gateway, startGateway } from '../support/gateway.ts';
import { waitFor } from '../support/wait.ts';

const MODEL = 'claude-opus-5';
/** Of fresh input. */
const NANO_USD_PER_TOKEN = 5_000;
const USAGE = { input: 100, cacheRead: 10_000, cacheWrite5m: 200, output: 20 };

let gateway: Gateway;
let upstream: FakeUpstream;
let owner: Badge;
let failed: string;

const figuresOf = async (path: string) => (await ask(gateway, owner, 'GET', path)).json();

beforeAll(async () => {
  upstream = await FakeUpstream.start('sk-ant-upstream-credential');
  gateway = await startGateway({ config: channelConfig({ url: upstream.url, apiKey: upstream.apiKey }) });
  owner = await setUp(gateway);
  await gateway.command('budgets', 'set', 'all of it', '--project', 'default', '--amount', '10', '--period', 'month');
  const message = { model: MODEL, max_tokens: 100, stream: true, messages: [{ role: 'user', content: 'hi' }] };
  upstream.fallback = (reply) => reply.stream(textStream({ model: MODEL, usage: USAGE }, ['x']));
  for (let count = 0; count < 5; count++) {
    const answer = await gateway.messages(message);
    await gateway.settledRow(answer.headers['request-id'] ?? '');
  }
  upstream.fallback = (reply) =>
    reply.json(400, {
      type: 'error',
      error: { type: 'invalid_request_error', message: 'messages: purple is not a role' },
    });
  const refused = await gateway.messages(message);
  failed = refused.headers['request-id'] ?? '';
  await gateway.settledRow(failed);
});

afterAll(async () => {
  await gateway?.dispose();
  await upstream?.stop();
});

test('the figures of a period are those of the books, with what the cache saved and how long answers took', async () => {
  // Reading costs a tenth of fresh input, writing a quarter more.
  const saved = 5 * NANO_USD_PER_TOKEN * (10_000 * 0.9 - 200 * 0.25);
  const { current, previous } = await waitFor('the times and savings of all answers to be rolled up', async () => {
    const summary = await figuresOf('/usage/summary');
    return isJsonObject(summary['current']) && summary['current']['saved_nano_usd'] === saved && summary;
  });
  const { totals } = await gateway.usage();
  expect(current).toMatchObject({
    requests: 6,
    errors: 1,
    fresh_tokens: 500,
    cache_read_tokens: 50_000,
    cache_write_tokens: 1_000,
    output_tokens: 100,
    cost_nano_usd: totals['cost_nano_usd'],
    first_event_ms: { p50: expect.any(Number) },
  });
  expect(previous).toMatchObject({ requests: 0, cost_nano_usd: 0, total_ms: null });
});

test('series and rankings add up to the same', async () => {
  const { points, step_ms } = await figuresOf('/usage/series');
  expect(step_ms).toBe(3_600_000);
  const all = Array.isArray(points) ? points.filter(isJsonObject) : [];
  expect(all.length).toBeGreaterThanOrEqual(24);
  expect(all.reduce((sum, point) => sum + (numberAt(point, 'requests') ?? 0), 0)).toBe(6);
  for (const by of ['key', 'model', 'channel', 'project']) {
    expect(await figuresOf(`/usage/top?by=${by}&sort=errors`)).toMatchObject({ items: [{ requests: 6, errors: 1 }] });
  }
  expect(await figuresOf('/usage/top?by=key&model=other')).toEqual({ items: [] });
  expect(await figuresOf('/usage/series?step=day&offset_minutes=120')).toMatchObject({ step_ms: 86_400_000 });
});

test('a budget is shown with what was spent of it hour by hour', async () => {
  const { totals } = await gateway.usage();
  const cost = totals['cost_nano_usd'];
  expect(await figuresOf('/usage/budgets')).toMatchObject({
    budgets: [{ name: 'all of it', spent_nano_usd: cost, burn_down: [{ spent_nano_usd: cost }] }],
  });
});

test('a failure is found by the words of what the upstream said', async () => {
  expect(await figuresOf('/exchanges?q=purple+rol')).toMatchObject({ exchanges: [{ id: failed }], next_before: null });
  expect(await figuresOf(`/exchanges/${failed}`)).toMatchObject({
    attempts: [{ error_text: expect.stringContaining('purple is not a role') }],
  });
});

test('who listens is told of exchanges as they begin and end, and the server does not wait for them when it closes', async () => {
  const listening = new AbortController();
  const events = await fetch(`${gateway.url}/admin/api/events`, {
    headers: { ...owner, accept: 'text/event-stream' },
    signal: listening.signal,
  });
  expect(events.headers.get('content-type')).toBe('text/event-stream');
  let text = '';
  const reading = (async () => {
    for await (const chunk of events.body ?? []) text += Buffer.from(chunk).toString();
  })();
  await waitFor('health', () => text.includes('event: health'));
  upstream.fallback = (reply) => reply.stream(textStream({ model: MODEL, usage: USAGE }, ['x']));
  const answer = await gateway.messages({
    model: MODEL,
    max_tokens: 9,
    stream: true,
    messages: [{ role: 'user', content: 'hi' }],
  });
  const id = answer.headers['request-id'] ?? '';
  await waitFor('the exchange to be told of', () => text.includes(`"id":"${id}"`) && text.includes('"status":"ok"'));
  expect(await figuresOf('/health')).toMatchObject({
    processes: 1,
    channels: [{ drained: false }],
    store: { kind: 'sqlite' },
  });
  await gateway.stop();
  await reading;
  expect(text).toContain('event: end');
});
