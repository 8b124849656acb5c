import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { ask, type Badge, OWNER, setUp } from '../support/administrator.ts';
import { call } from '../support/call.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { leaksOf } from '../support/leaks.ts';

/** Stand in everything that a client writes, and in what the model answers. */
const [PROMPT, ANSWER] = ['canaryprompt4af19c02be', 'canaryanswer77d01e5a9b'];
/** Credentials of the channel, and one that the upstream blurts out. */
const [UPSTREAM_KEY, BLURTED] = ['sk-canary-upstream-51c7e0', 'sk-proj-Canary00112233445566778899aabbccddeeff'];

let upstream: FakeUpstream;
let gateway: Gateway;
let owner: Badge;

beforeAll(async () => {
  upstream = await FakeUpstream.start(UPSTREAM_KEY);
  const channel = { name: 'fake', provider: 'anthropic', base_url: upstream.url, api_key: UPSTREAM_KEY, models: ['*'] };
  gateway = await startGateway({
    config: JSON.stringify({ channels: [channel] }),
    environment: { EZMODEL_LOG_LEVEL: 'trace' },
  });
  owner = await setUp(gateway);
});

afterAll(async () => {
  await gateway?.dispose();
  await upstream?.stop();
});

const message = {
  ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'm', stop_reason: 'end_turn', stop_sequence: null },
  content: [{ type: 'text', text: `${ANSWER} of ${PROMPT}` }],
  usage: { input_tokens: 3, output_tokens: 2 },
};

/** The marker in every field that holds a client's own words. */
const REQUESTS: readonly { path: string; body: JsonObject }[] = [
  {
    path: '/v1/messages',
    body: {
      ...{ model: 'm', max_tokens: 8, system: PROMPT, metadata: { user_id: PROMPT }, stop_sequences: [PROMPT] },
      messages: [{ role: 'user', content: [{ type: 'text', text: PROMPT }] }],
      tools: [{ name: 'f', description: PROMPT, input_schema: { type: 'object', description: PROMPT } }],
    },
  },
  {
    path: '/v1/chat/completions',
    body: {
      model: 'm',
      user: PROMPT,
      messages: [
        { role: 'system', content: PROMPT },
        { role: 'user', content: PROMPT },
      ],
    },
  },
  { path: '/v1/responses', body: { model: 'm', store: false, instructions: PROMPT, input: PROMPT } },
];

test('G25 no word of a prompt or an answer and no secret is in logs, the database, metrics, reports or the admin API', async () => {
  const requestIds: string[] = [];
  const send = async (path: string, body: JsonObject | Buffer, headers: Record<string, string> = {}) => {
    const every = { cookie: `session=${PROMPT}`, 'x-mine': PROMPT, 'user-agent': `agent/1 ${BLURTED}`, ...headers };
    const answer = await gateway.send(path, { method: 'POST', body, headers: every });
    requestIds.push(answer.headers['request-id'] ?? '');
    return answer;
  };
  for (const { path, body } of REQUESTS) {
    upstream.fallback = (reply) => reply.json(200, message, { 'set-cookie': `id=${ANSWER}`, 'cf-ray': BLURTED });
    expect((await send(path, body)).status).toBe(200);
    upstream.fallback = (reply) => {
      const error = { type: 'invalid_request_error', message: `messages.0: ${PROMPT} with ${BLURTED} is refused` };
      reply.json(400, { type: 'error', error });
    };
    expect((await send(path, body)).status).toBe(400);
    upstream.fallback = (reply) => reply.json(200, { nothing: PROMPT, of: BLURTED });
    await send(path, body);
    upstream.fallback = (reply) => reply.json(500, { html: `${PROMPT} ${UPSTREAM_KEY}` });
    await send(path, body);
    // Bad ones: what is wrong may be named, not what it said.
    await send(path, { ...body, model: 5, messages: PROMPT, input: [{ [PROMPT]: PROMPT }] });
    await send(path, Buffer.from(`{"model": "m", ${PROMPT}`));
    await send(path, body, { 'x-api-key': `sk-ez-${PROMPT}`, 'user-agent': PROMPT });
  }
  const found = await everythingTold(requestIds);
  expect(await gateway.stop()).toBe(0);
  const secrets = [PROMPT, ANSWER, UPSTREAM_KEY, BLURTED, gateway.key, OWNER.password];
  expect(leaksOf(secrets, { text: found + gateway.output, folder: gateway.dataDirectory })).toEqual([]);
});

/** What anybody can ask the gateway for, through the CLI and over HTTP. */
async function everythingTold(requestIds: readonly string[]): Promise<string> {
  const reports = ['usage --json --rows', 'keys list', 'channels list', 'doctor', 'users list', 'audit verify'];
  const ofExchanges = requestIds.slice(1, 2).flatMap((id) => [`exchange ${id}`, `receipts ${id}`]);
  const printed: string[] = [];
  for (const command of [...reports, ...ofExchanges]) {
    const { stdout, stderr } = await gateway.command(...command.split(' '));
    printed.push(stdout, stderr);
  }
  const paths = ['/keys', '/exchanges', '/audit', '/usage', ...requestIds.map((id) => `/exchanges/${id}`)];
  const answers = await Promise.all(paths.map((path) => ask(gateway, owner, 'GET', path)));
  const metrics = await call(`${gateway.url}/metrics`);
  return [...printed, ...answers.map(({ text }) => text), metrics.text].join('\n');
}
