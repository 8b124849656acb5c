import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { textStream } from '../support/anthropic-stream.ts';
import type { LiveAnswer } from '../support/call.ts';
import { ANTHROPIC_RULES, FakeUpstream, type Script } from '../support/fake-upstream.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { gate, waitFor } from '../support/wait.ts';

const STREAM = textStream({ model: 'claude-opus-5-5', usage: { input: 3, output: 2 } }, ['one ', 'two ']);

let upstream: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await FakeUpstream.start('any', { ...ANTHROPIC_RULES, refusalOf: () => undefined });
  const channels = ['one', 'two', 'three'].map((name) => ({
    ...{ name, provider: 'anthropic', base_url: upstream.url, api_key: `sk-credential-${name}` },
  }));
  const target = (channel: string, model = 'claude-opus-5-5') => ({ channel, model });
  const models = {
    cheap: { policy: 'least-cost', targets: [target('one'), target('two', 'claude-haiku-4-5'), target('three')] },
    idle: { policy: 'least-busy', targets: [target('one'), target('two'), target('three')] },
    quick: { policy: 'least-latency', targets: [target('one', 'quick-1'), target('two', 'quick-2')] },
    mine: { targets: [target('one', 'mine-1')] },
    others: { targets: [target('two', 'others-2')] },
  };
  const fallbacks = { mine: ['others'] };
  gateway = await startGateway({
    config: JSON.stringify({ channels, models, fallbacks, routing: { affinity: false } }),
  });
});
beforeEach(() => {
  upstream.reset();
  upstream.fallback = answer;
});
afterAll(async () => {
  await gateway?.dispose();
  await upstream?.stop();
});

const answer: Script = (reply) => reply.stream(STREAM);

const ask = (model: string): JsonObject => ({ model, max_tokens: 64, messages: [{ role: 'user', content: 'hi' }] });

async function routeOf(model: string, headers: Record<string, string> = {}): Promise<string | undefined> {
  const { headers: told } = await (await gateway.stream(ask(model), headers)).whole();
  return told['x-ezmodel-route'];
}

test('least-cost asks the cheapest target, by the prices of the catalogue', async () => {
  for (let count = 0; count < 5; count++) expect(await routeOf('cheap')).toBe('two');
});

test('least-busy asks the target with the fewest calls out', async () => {
  const goOn = gate();
  upstream.fallback = async (reply) => {
    await reply.streamHead();
    for (const event of STREAM.slice(0, 3)) await reply.chunk(event);
    await goOn.promise;
    for (const event of STREAM.slice(3)) await reply.chunk(event);
    await reply.endChunks();
  };
  const open: LiveAnswer[] = [];
  for (let count = 0; count < 6; count++) open.push(await gateway.stream(ask('idle')));
  const routes = open.map(({ headers }) => headers['x-ezmodel-route']).toSorted();
  goOn.open();
  await Promise.all(open.map((each) => each.whole()));
  expect(routes).toEqual(['one', 'one', 'three', 'three', 'two', 'two']);
});

test('least-latency asks the target that was quicker to its first event', async () => {
  upstream.fallback = async (reply) => {
    if (reply.call.header('x-api-key') === 'sk-credential-one') {
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    await answer(reply);
  };
  await waitFor('both to have been tried', async () => {
    await routeOf('quick');
    return new Set(upstream.calls.map((call) => call.header('x-api-key'))).size === 2;
  });
  for (let count = 0; count < 5; count++) expect(await routeOf('quick')).toBe('two');
});

test('a model that fails is stood in for by another one, but not for a key that may not use that', async () => {
  const narrow = await gateway.createKey('narrow', '--models', 'mine');
  await gateway.waitForKey(narrow.key, true, 5_000);
  upstream.fallback = (reply) =>
    reply.call.json?.['model'] === 'others-2' ? answer(reply) : reply.error(400, 'invalid_request_error', TOO_LONG);
  expect(await routeOf('mine')).toBe('one=invalid_request, two');
  upstream.reset();
  const refused = await gateway.messages(ask('mine'), { 'x-api-key': narrow.key });
  expect([refused.status, refused.headers['x-ezmodel-route']]).toEqual([400, 'one=invalid_request']);
  expect(upstream.calls.map(({ json }) => json?.['model'])).toEqual(['mine-1']);
});

const TOO_LONG = 'prompt is too long: 250000 tokens > 200000 maximum';
