import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { FakeUpstream, type UpstreamReply } from '../support/fake-upstream.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { waitFor } from '../support/wait.ts';

const REQUEST = { model: 'm', max_tokens: 8, messages: [{ role: 'user', content: 'hi' }] };
const ANSWER = {
  ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'm', stop_reason: 'end_turn', stop_sequence: null },
  content: [{ type: 'text', text: 'yes' }],
  usage: { input_tokens: 1, output_tokens: 1 },
};

let upstream: FakeUpstream;
let gateway: Gateway;
let held: UpstreamReply[] = [];

beforeAll(async () => {
  upstream = await FakeUpstream.start();
  const channel = (name: string, more: object) => ({
    ...{ name, provider: 'anthropic', base_url: upstream.url, models: [name] },
    ...more,
  });
  const api_key = upstream.apiKey;
  const busy = {
    credentials: [
      { name: 'one', api_key },
      { name: 'two', api_key, limits: { concurrent: 2 } },
    ],
    credential_limits: { concurrent: 1 },
  };
  const channels = [channel('m', busy), channel('slow', { api_key, credential_limits: { requests_per_minute: 2 } })];
  gateway = await startGateway({ config: JSON.stringify({ channels }) });
});

beforeEach(() => {
  upstream.reset();
  held = [];
  upstream.fallback = (reply) => void held.push(reply);
});

afterAll(async () => {
  await gateway?.dispose();
  await upstream?.stop();
});

test('each credential takes as many calls at once as its limits say, and what is more is told to come back', async () => {
  const running = [1, 2, 3].map(() => gateway.messages(REQUEST));
  await waitFor('three calls upstream', () => held.length === 3);
  const refused = await gateway.messages(REQUEST);
  expect([refused.status, refused.headers['retry-after']]).toEqual([529, '1']);
  await held[0]?.json(200, ANSWER);
  await Promise.race(running);
  upstream.fallback = (reply) => reply.json(200, ANSWER);
  expect((await gateway.messages(REQUEST)).status).toBe(200);
  for (const reply of held.slice(1)) await reply.json(200, ANSWER);
  expect((await Promise.all(running)).map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(upstream.calls).toHaveLength(4);
});

test('and begins as many a minute', async () => {
  upstream.fallback = (reply) => reply.json(200, ANSWER);
  const answers = [];
  for (let call = 0; call < 3; call++) answers.push(await gateway.messages({ ...REQUEST, model: 'slow' }));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 529]);
  expect(Number(answers[2]?.headers['retry-after'])).toBeGreaterThan(30);
});
