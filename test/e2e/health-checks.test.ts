import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { wholeMessage } from '../support/anthropic-stream.ts';
import { call } from '../support/call.ts';
import { FakeUpstream, type UpstreamCall, type UpstreamReply } from '../support/fake-upstream.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { waitFor } from '../support/wait.ts';

const MODEL = 'claude-opus-5';
const BODY = { model: MODEL, max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] };
/** What both upstreams answer to a GET. */
let models: (reply: UpstreamReply) => Promise<void> | void;
let first: FakeUpstream;
let second: FakeUpstream;
let gateway: Gateway;

const refuse = (reply: UpstreamReply) => reply.error(401, 'authentication_error', 'invalid x-api-key');

const rules = {
  refusalOf: () => undefined,
  errorBody: (type: string, message: string) => ({ type: 'error', error: { type, message } }),
};

beforeAll(async () => {
  [first, second] = await Promise.all([FakeUpstream.start('sk-1', rules), FakeUpstream.start('sk-2', rules)]);
  const channel = (name: string, upstream: FakeUpstream, priority: number, more: object) => ({
    name,
    provider: 'anthropic',
    base_url: upstream.url,
    api_key: upstream.apiKey,
    models: [MODEL],
    priority,
    ...more,
  });
  const check = { interval: '1s', timeout: '500ms' };
  const channels = [
    channel('first', first, 0, { health_check: check }),
    channel('second', second, 1, { health_check: { ...check, when: 'open', model: 'm/1' } }),
  ];
  gateway = await startGateway({ config: JSON.stringify({ channels }) });
});

beforeEach(() => {
  models = (reply) => reply.json(200, { data: [] });
  for (const upstream of [first, second]) {
    upstream.reset();
    upstream.fallback = (reply) =>
      reply.call.method === 'GET'
        ? models(reply)
        : reply.json(200, wholeMessage({ model: MODEL, usage: { input: 1, output: 1 } }));
  }
});

afterAll(async () => {
  await gateway?.dispose();
  await Promise.all([first?.stop(), second?.stop()]);
});

const checksOf = ({ calls }: FakeUpstream): UpstreamCall[] => calls.filter(({ method }) => method === 'GET');
const nextCheck = (upstream: FakeUpstream, count = 1) =>
  waitFor('a health check', () => checksOf(upstream)[count - 1], 10_000);

/** The circuit of a channel's one credential. */
async function circuit(name: string): Promise<{ state: unknown; reason: unknown }> {
  const { text } = await call(`${gateway.url}/healthz/channels`);
  const { channels }: { channels: { name: string; credentials: { state: unknown; reason: unknown }[] }[] } =
    JSON.parse(text);
  const found = channels.find((channel) => channel.name === name)?.credentials[0];
  if (!found) throw new Error(`no channel ${name}`);
  return found;
}

const waitForState = (name: string, state: string) =>
  waitFor(`${name} to be ${state}`, async () => (await circuit(name)).state === state, 15_000);

test('a check asks for the list of models with the credential, costs nothing and is in no book', async () => {
  const { target, json, header } = await nextCheck(first);
  expect([target, json, header('x-api-key'), header('content-length')]).toEqual([
    '/v1/models',
    undefined,
    'sk-1',
    undefined,
  ]);
  expect(checksOf(second)).toEqual([]);
  expect((await gateway.usage()).rows).toEqual([]);
});

test('U14 a refused credential is out before any request meets it, and back as soon as a check is let in', async () => {
  models = refuse;
  await waitForState('first', 'open');
  expect((await circuit('first')).reason).toBe('credential_refused');
  expect((await gateway.messages(BODY)).headers['x-ezmodel-route']).toBe('second');
  models = (reply) => reply.json(200, { data: [] });
  await waitForState('first', 'closed');
  expect((await gateway.messages(BODY)).headers['x-ezmodel-route']).toBe('first');
});

test('U1 U3 three checks without an answer open the circuit', async () => {
  models = () => undefined;
  await waitForState('first', 'open');
  expect((await circuit('first')).reason).toBe('timeout');
  models = (reply) => reply.json(200, { data: [] });
  await waitForState('first', 'closed');
  const metrics = (await call(`${gateway.url}/metrics`)).text;
  expect(metrics).toMatch(/ezmodel_health_checks_total\{channel="first",result="timeout"\} [3-9]/);
});

test('an upstream without a list of models is not marked; one checked only when open is asked only then', async () => {
  await waitForState('first', 'closed');
  models = (reply) => reply.error(404, 'not_found_error', 'no such route');
  expect(checksOf(second)).toEqual([]);
  for (const upstream of [first, second]) {
    upstream.fallback = (reply) => (reply.call.method === 'GET' ? models(reply) : refuse(reply));
  }
  expect((await gateway.messages(BODY)).status).toBe(502);
  expect((await nextCheck(second)).target).toBe('/v1/models/m%2F1');
  const opened = 'ezmodel_circuit_openings_total{channel="second",scope="target",reason="model_missing"}';
  const unsupported = 'ezmodel_health_checks_total{channel="first",result="unsupported"}';
  await waitFor('both checks to be counted', async () => {
    const { text } = await call(`${gateway.url}/metrics`);
    return text.includes(opened) && text.includes(unsupported);
  });
});
