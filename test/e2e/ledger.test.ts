import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { type TrueUsage, textStream, wholeMessage } from '../support/anthropic-stream.ts';
import { Books, tamper } from '../support/books.ts';
import { call } from '../support/call.ts';
import { sing, singInFiles } from '../support/canary.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { channelConfig, counter, type Gateway, startGateway } from '../support/gateway.ts';
import { waitFor } from '../support/wait.ts';

const MODEL = 'claude-opus-5';
const USAGE = { input: 1_003, output: 77, cacheRead: 5_001, cacheWrite5m: 201, cacheWrite1h: 503 };
/** USD per million tokens as the config below sets them: one of these is 1,000 nano-USD per token. */
const PRICES = { input: 5, output: 25, cache_read: 0.5, cache_write_5m: 6.25, cache_write_1h: 10 };
const PROMPT = 'canary-prompt-8c1f';

let upstream: FakeUpstream;
let gateway: Gateway;

const configText = () =>
  channelConfig({
    url: upstream.url,
    apiKey: upstream.apiKey,
    more: `prices: ${JSON.stringify({ [MODEL]: PRICES })}\n`,
  });

beforeAll(async () => {
  upstream = await FakeUpstream.start('sk-ant-canary-upstream-credential');
  gateway = await startGateway({ config: configText() });
});

beforeEach(() => upstream.reset());

afterAll(async () => {
  await gateway?.dispose();
  await upstream?.stop();
});

/** The bill by hand, in nano-USD. */
function cost(usage: TrueUsage): number {
  const { input, output, cacheRead = 0, cacheWrite5m = 0, cacheWrite1h = 0 } = usage;
  return (
    input * PRICES.input * 1_000 +
    output * PRICES.output * 1_000 +
    cacheRead * PRICES.cache_read * 1_000 +
    cacheWrite5m * PRICES.cache_write_5m * 1_000 +
    cacheWrite1h * PRICES.cache_write_1h * 1_000
  );
}

describe('the ledger is exact', () => {
  test.each([true, false])('G2 to the token and the nano-dollar, streamed: %s', async (stream) => {
    const parts = { model: MODEL, usage: USAGE };
    upstream.next((reply) => (stream ? reply.stream(textStream(parts, ['x'])) : reply.json(200, wholeMessage(parts))));
    const answer = await gateway.messages({ ...ask(), stream });
    const row = await gateway.settledRow(answer.headers['request-id'] ?? '');
    expect(row).toMatchObject({
      status: 'ok',
      model: MODEL,
      partial: false,
      estimated: false,
      unpriced: false,
      input_tokens: USAGE.input,
      output_tokens: USAGE.output,
      cache_read_tokens: USAGE.cacheRead,
      cache_write_tokens: USAGE.cacheWrite5m + USAGE.cacheWrite1h,
      cache_write_5m_tokens: USAGE.cacheWrite5m,
      cache_write_1h_tokens: USAGE.cacheWrite1h,
      cost_nano_usd: cost(USAGE),
      upstream_request_id: `req_upstream${upstream.onlyCall().number}`,
      channel: 'fake',
    });
  });

  test('over many requests at once: every row once, and the totals are their sum', async () => {
    const before = (await gateway.usage()).totals;
    upstream.fallback = (reply) => {
      const usage = { input: 10 + reply.call.number, output: reply.call.number };
      reply.bill(usage);
      const parts = { model: MODEL, usage };
      return reply.call.json?.['stream'] === true
        ? reply.stream(textStream(parts, ['x']))
        : reply.json(200, wholeMessage(parts));
    };
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => gateway.messages({ ...ask(), stream: index % 2 === 0 })),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    const billed = upstream.calls.map((seen) => seen.billed ?? { input: Number.NaN, output: Number.NaN });
    const sum = (of: (usage: TrueUsage) => number) => billed.reduce((total, usage) => total + of(usage), 0);
    const totals = await waitFor('all rows', async () => {
      const report = await gateway.usage();
      return counter(report.totals, 'exchanges') >= counter(before, 'exchanges') + 200 && report.totals;
    });
    expect(counter(totals, 'exchanges') - counter(before, 'exchanges')).toBe(200);
    expect(counter(totals, 'input_tokens') - counter(before, 'input_tokens')).toBe(sum((usage) => usage.input));
    expect(counter(totals, 'output_tokens') - counter(before, 'output_tokens')).toBe(sum((usage) => usage.output));
    expect(counter(totals, 'cost_nano_usd') - counter(before, 'cost_nano_usd')).toBe(sum(cost));
  });

  test('G3 a settlement is committed within 300 ms of the end of the answer', async () => {
    const books = new Books(gateway.dataDirectory);
    const delays: number[] = [];
    for (let round = 0; round < 20; round++) {
      upstream.next((reply) => reply.stream(textStream({ model: MODEL, usage: USAGE }, ['x'])));
      const answer = await gateway.messages({ ...ask(), stream: true });
      const endedAt = performance.now();
      await waitFor('the settlement', () => books.settled(answer.headers['request-id'] ?? ''));
      delays.push(performance.now() - endedAt);
    }
    books.close();
    expect(Math.max(...delays)).toBeLessThan(300);
  });

  test('an upstream that is cut leaves a partial, estimated row', async () => {
    upstream.next(async (reply) => {
      await reply.streamHead();
      for (const event of textStream({ model: MODEL, usage: USAGE }, ['some ', 'text ', 'here ']).slice(0, 5))
        await reply.chunk(event);
      reply.cut();
    });
    const answer = await (await gateway.stream(ask())).whole();
    const row = await gateway.settledRow(answer.headers['request-id'] ?? '');
    expect(row).toMatchObject({ status: 'error', partial: true, estimated: true, input_tokens: USAGE.input });
    expect(counter(row, 'output_tokens')).toBeGreaterThan(0);
    expect(counter(row, 'output_tokens')).toBeLessThan(256);
  });

  test('a refusal of the upstream costs nothing and is there', async () => {
    upstream.fallback = (reply) => reply.error(400, 'invalid_request_error', 'no');
    const answer = await gateway.messages(ask());
    const row = await gateway.settledRow(answer.headers['request-id'] ?? '');
    expect(row).toMatchObject({
      status: 'error',
      http_status: 400,
      input_tokens: 0,
      output_tokens: 0,
      cost_nano_usd: 0,
      partial: false,
    });
  });

  test('a model without a price is stored with its tokens, and as unpriced', async () => {
    upstream.next((reply) => reply.json(200, wholeMessage({ model: 'nobody-sells-this', usage: USAGE })));
    const answer = await gateway.messages({ ...ask(), model: 'nobody-sells-this' });
    const row = await gateway.settledRow(answer.headers['request-id'] ?? '');
    expect(row).toMatchObject({ unpriced: true, cost_nano_usd: null, input_tokens: USAGE.input });
  });

  test('count_tokens is free', async () => {
    const before = (await gateway.usage()).totals['cost_nano_usd'];
    upstream.next((reply) => reply.json(200, { input_tokens: 4_711 }));
    const { model, messages } = ask();
    await gateway.send('/v1/messages/count_tokens', {
      method: 'POST',
      body: { model: model ?? '', messages: messages ?? [] },
    });
    expect((await gateway.usage()).totals['cost_nano_usd']).toBe(before);
  });

  test('groups are by day, key and model, and --since leaves out what is older', async () => {
    const { groups, totals } = await gateway.usage();
    const sum = groups.reduce((total, group) => total + counter(group, 'exchanges'), 0);
    expect(sum).toBe(totals['exchanges']);
    expect(groups[0]).toMatchObject({
      key_id: gateway.keyId,
      model: MODEL,
      day: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    });
    expect((await gateway.usage('--since', '1h')).totals).toEqual(totals);
  });
});

describe('doctor', () => {
  test('finds nothing wrong beside the running server', async () => {
    expect(await gateway.command('doctor')).toMatchObject({ code: 0 });
  });

  const damages: [string, string][] = [
    ['a changed sum', 'UPDATE hourly SET output = output + 1'],
    ['a changed exchange', 'UPDATE exchanges SET cost_nano_usd = cost_nano_usd + 1 WHERE cost_nano_usd > 0'],
    [
      'a changed charge',
      'DROP TRIGGER ledger_keeps_values; UPDATE ledger SET output = output + 1 WHERE id = (SELECT min(id) FROM ledger)',
    ],
    ['a lost charge', 'DROP TRIGGER ledger_keeps_rows; DELETE FROM ledger WHERE id = (SELECT min(id) FROM ledger)'],
    ['a lost exchange', 'DELETE FROM exchanges WHERE id = (SELECT min(id) FROM exchanges)'],
  ];

  test.each(damages)('exits 1 over %s', async (_name, sql) => {
    const other = await startGateway({ config: configText() });
    try {
      upstream.fallback = (reply) => reply.json(200, wholeMessage({ model: MODEL, usage: USAGE }));
      const answer = await other.messages(ask());
      await other.settledRow(answer.headers['request-id'] ?? '');
      await other.stop();
      expect((await other.command('doctor')).code).toBe(0);
      tamper(other.dataDirectory, sql);
      const found = await other.command('doctor');
      expect(found.code).toBe(1);
      expect(found.stdout).toContain('FAILED');
    } finally {
      await other.dispose();
    }
  });
});

test('/metrics has the families that operators watch', async () => {
  const { status, text, headers } = await call(`${gateway.url}/metrics`, { headers: gateway.headers() });
  expect(status).toBe(200);
  expect(headers['content-type']).toMatch(/^text\/plain/);
  for (const topic of [
    /requests_total/,
    /errors_total/,
    /tokens_total/,
    /cost/,
    /open/,
    /added/,
    /first_event/,
    /eventloop/,
    /ledger/,
  ]) {
    expect(text).toMatch(new RegExp(`^# TYPE \\S*${topic.source}`, 'm'));
  }
  expect(text).not.toContain(gateway.key);
});

test('G25 keys, credentials and prompts are in no log and no file but where they belong', async () => {
  upstream.fallback = (reply) => reply.error(401, 'authentication_error', `bad ${upstream.apiKey}`);
  await gateway.messages(ask());
  const canaries = [
    { name: 'client key', secret: gateway.key },
    { name: 'upstream credential', secret: upstream.apiKey },
    { name: 'prompt', secret: PROMPT },
  ];
  expect(sing(canaries, gateway.output)).toEqual([]);
  expect(singInFiles(canaries, gateway.dataDirectory)).toEqual([]);
});

function ask(): JsonObject {
  return { model: MODEL, max_tokens: 64, messages: [{ role: 'user', content: PROMPT }] };
}
