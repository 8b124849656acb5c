import { afterAll, beforeAll, expect, test } from 'vitest';
import { textStream } from '../support/anthropic-stream.ts';
import { eventsOf } from '../support/call.ts';
import { DeafListener } from '../support/deaf-listener.ts';
import { expectError } from '../support/error-shape.ts';
import { FakeUpstream, type UpstreamReply } from '../support/fake-upstream.ts';
import { channelConfig, type Gateway, startGateway } from '../support/gateway.ts';
import { within } from '../support/wait.ts';

const STREAM = textStream({ model: 'claude-opus-5', usage: { input: 3, output: 2 } }, ['one ', 'two ']);
const BODY = { max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] };

let upstream: FakeUpstream;
let deaf: DeafListener;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await FakeUpstream.start();
  deaf = await DeafListener.start();
  const models = {
    'quick-start': { timeouts: { first_event: '300ms' } },
    'quick-answer': { timeouts: { total: '400ms' } },
    'quick-events': { timeouts: { idle: '350ms' } },
    'quick-end': { timeouts: { total: '900ms' } },
    'deaf-hasty': { channels: ['hasty'] },
    'quick-connect': { channels: ['patient'], model: 'deaf', timeouts: { connect: '200ms' } },
  };
  const more = `models: ${JSON.stringify(models)}\nrouting: { tries_per_target: 1 }\n`;
  const deafOnes = Object.entries({ patient: '60s', hasty: '200ms' }).map(([name, connect]) => ({
    name,
    provider: 'anthropic',
    base_url: deaf.url,
    api_key: upstream.apiKey,
    models: ['deaf', 'deaf-hasty'],
    timeouts: { connect },
  }));
  const channels = deafOnes.map((channel) => `  - ${JSON.stringify(channel)}\n`).join('');
  const config = channelConfig({ url: upstream.url, apiKey: upstream.apiKey, more: channels + more });
  gateway = await startGateway({ config });
});

afterAll(async () => {
  await gateway?.dispose();
  await upstream?.stop();
  await deaf?.stop();
});

/** Asks a model whose channel has the patience of half a minute; the upstream call must be closed long before that. */
async function askOf(model: string, stream: boolean, script: (reply: UpstreamReply) => void | Promise<void>) {
  upstream.reset();
  upstream.fallback = script;
  const answer = await gateway.messages({ ...BODY, model, stream });
  await within('the upstream call to close', upstream.onlyCall().closed);
  return answer;
}

test.each([
  ['as its channel says', 'deaf-hasty'],
  ['as its route says', 'quick-connect'],
])('U1 U3 a host that does not answer is waited for as long %s', async (_as, model) => {
  for (const stream of [false, true]) {
    const answer = await within('the answer', gateway.messages({ ...BODY, model, stream }));
    expectError(answer, 502, 'api_error');
    expect(answer.headers['x-ezmodel-route']).toMatch(/=unreachable$/);
  }
});

test('U3 a model waits for its first event, and for a whole answer, as long as its route says', async () => {
  const silent = () => undefined;
  const started = await askOf('quick-start', true, silent);
  expect(expectError(started, 504, 'timeout_error')).toContain('first event timeout of 300 ms');
  const whole = await askOf('quick-answer', false, silent);
  expect(expectError(whole, 504, 'timeout_error')).toMatch(/timeout of 400 ms/);
});

test('U5 a model waits between events as long as its route says, and the stream ends in an error', async () => {
  const answer = await askOf('quick-events', true, async (reply) => {
    await reply.streamHead();
    for (const event of STREAM.slice(0, 4)) await reply.chunk(event);
  });
  expect(answer.text).toContain('idle timeout of 350 ms');
  expect(eventsOf(answer.text).at(-1)?.event).toBe('error');
});

test('U4 a model that drips for ever is ended at the total of its route', async () => {
  let drip: NodeJS.Timeout | undefined;
  const answer = await askOf('quick-end', true, async (reply) => {
    await reply.streamHead();
    for (const event of STREAM.slice(0, 3)) await reply.chunk(event);
    drip = setInterval(() => reply.chunk(STREAM[3] ?? Buffer.alloc(0)), 100);
  }).finally(() => clearInterval(drip));
  expect(answer.text).toContain('total timeout of 900 ms');
  expect(eventsOf(answer.text).at(-1)?.event).toBe('error');
});
