import { afterAll, beforeAll, expect, test } from 'vitest';
import { textStream } from '../support/anthropic-stream.ts';
import { call } from '../support/call.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { channelConfig, type Gateway, startGateway } from '../support/gateway.ts';
import { gate, waitFor } from '../support/wait.ts';

const HOUR = 3_600_000;
const STREAM = textStream({ model: 'claude-opus-5', usage: { input: 30, output: 12 } }, ['one ', 'two ', 'three ']);
const ASK = { model: 'claude-opus-5', max_tokens: 64, messages: [{ role: 'user', content: 'hi' }] };

let upstream: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await FakeUpstream.start();
  const budgets = { daily: { project: 'default', amount: 5, period: 'day' } };
  gateway = await startGateway({
    config: channelConfig({
      url: upstream.url,
      apiKey: upstream.apiKey,
      more: `budgets: ${JSON.stringify(budgets)}\n`,
    }),
    environment: { NODE_OPTIONS: `--import=${new URL('../support/clock-jump.ts', import.meta.url).href}` },
  });
});
afterAll(async () => {
  await gateway?.dispose();
  await upstream?.stop();
});

test.each([
  ['back', -HOUR],
  ['on', HOUR],
])(
  'S8 the clock jumps an hour %s under an open stream: it takes as long as it took, and the books are right',
  async (_way, shift) => {
    const goOn = gate();
    upstream.next(async (reply) => {
      await reply.streamHead();
      for (const event of STREAM.slice(0, 4)) await reply.chunk(event);
      await goOn.promise;
      for (const event of STREAM.slice(4)) await reply.chunk(event);
      await reply.endChunks();
    });
    const live = await gateway.stream(ASK);
    await live.until('two');
    gateway.signal('SIGUSR2');
    await waitFor('the jump', () => gateway.output.includes(`the clock is off by ${shift} ms`));
    goOn.open();
    expect((await live.whole()).text).toBe(Buffer.concat(STREAM).toString());
    const row = await gateway.settledRow(live.headers['request-id'] ?? '');
    const took = Number(row['ended_at']) - Number(row['started_at']);
    expect(took).toBeGreaterThanOrEqual(0);
    expect(took).toBeLessThan(HOUR / 2);
    expect(Number(row['first_event_at'])).toBeGreaterThanOrEqual(Number(row['started_at']));

    // What comes after the jump is served, counted and charged as ever.
    upstream.next((reply) => reply.stream(STREAM));
    expect((await (await gateway.stream(ASK)).whole()).status).toBe(200);
    const { text } = await call(`${gateway.url}/metrics`);
    expect(text).toMatch(/^ezmodel_request_seconds_sum\S* (?!-)\d{1,3}(\.\d+)?$/m);
    expect((await gateway.command('doctor')).code).toBe(0);
  },
);
