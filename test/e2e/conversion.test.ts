import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { DialectId } from '../../src/core/dialect.ts';
import { type JsonObject, objectAt } from '../../src/core/json.ts';
import { type Answer, call } from '../support/call.ts';
import { CALLERS, type Caller, send, stream } from '../support/callers.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { PairUpstreams, UPSTREAMS } from '../support/pair-upstreams.ts';
import { BILLED } from '../support/scripted-model/answer.ts';
import { scriptedModel } from '../support/scripted-model/index.ts';

const PROMPT = 'Hello there';
const PRICES = { input: 1, output: 10, cache_read: 0.1 };
/** In nano-USD, by hand. */
const COST = (BILLED.input - BILLED.cached) * 1_000 + BILLED.cached * 100 + BILLED.output * 10_000;

const PATHS: Record<DialectId, string> = {
  'anthropic-messages': '/v1/messages',
  'openai-chat': '/v1/chat/completions',
  'openai-responses': '/v1/responses',
};

let upstreams: PairUpstreams;
let everything: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  upstreams = await PairUpstreams.start();
  everything = await FakeUpstream.start('sk-everything', {
    refusalOf: () => undefined,
    errorBody: (type, message) => ({ error: { message, type, param: null, code: null } }),
  });
  const multilingual = {
    name: 'everything',
    provider: 'openai-compatible',
    base_url: everything.url,
    api_key: everything.apiKey,
    models: ['polyglot'],
    endpoints: {
      ...PATHS,
      'anthropic-messages': { generate: '/v1/messages', count_tokens: '/v1/messages/count_tokens' },
    },
  };
  const failsOver = [...upstreams.twice('chat', 'moves').slice(0, 1), ...upstreams.twice('messages', 'moves').slice(1)];
  const channels = [...upstreams.channels, ...failsOver, multilingual];
  const prices = Object.fromEntries(['claude-sonnet-5-5', 'deep-thought', 'gpt-6'].map((model) => [model, PRICES]));
  gateway = await startGateway({ config: JSON.stringify({ channels, prices, routing: { tries_per_target: 1 } }) });
});

beforeEach(() => {
  upstreams.reset();
  everything.reset();
  everything.fallback = (reply) => {
    const dialect = CALLERS.map((caller) => caller.dialect).find((id) => reply.call.target.startsWith(PATHS[id]));
    return scriptedModel(dialect ?? 'openai-chat')(reply);
  };
});

afterAll(async () => {
  await gateway?.dispose();
  await Promise.all([upstreams?.stop(), everything?.stop()]);
});

const PAIRS = CALLERS.flatMap((caller) =>
  UPSTREAMS.map(({ upstream, dialect }) => ({ caller, client: caller.name, upstream, dialect })),
);

/** Asks the path that counts tokens. */
function count(caller: Caller, model: string): Promise<Answer> {
  const { max_tokens: _limit, store: _store, ...body } = caller.ask(model, PROMPT);
  const path = caller.dialect === 'anthropic-messages' ? '/v1/messages/count_tokens' : '/v1/responses/input_tokens';
  return call(`${gateway.url}${path}`, { method: 'POST', body, headers: caller.headers(gateway) });
}

function named(name: Caller['name']): Caller {
  const found = CALLERS.find((caller) => caller.name === name);
  if (!found) throw new Error(`no client ${name}`);
  return found;
}

const [MESSAGES, CHAT, RESPONSES] = [named('Messages'), named('Chat'), named('Responses')];

describe.each(PAIRS)('$client on $upstream', ({ caller, upstream, dialect }) => {
  const ask = (more: JsonObject = {}) => ({ ...caller.ask(`on-${upstream}`, PROMPT), ...more });

  test.each(['whole', 'streamed'])('G2 P24 P70 is answered, %s, and billed to the token', async (way) => {
    const isStream = way === 'streamed';
    const answer = await send(caller, gateway, ask({ stream: isStream }));
    expect(answer.status, answer.text).toBe(200);
    if (isStream) {
      expect(caller.readStream(answer.text)).toEqual({ text: `You said: ${PROMPT}`, errors: [], ends: 1, faults: [] });
    } else {
      expect(caller.textOf(answer.json())).toBe(`You said: ${PROMPT}`);
      expect(answer.json()['model']).toBe(`on-${upstream}`);
    }
    const { target, header } = upstreams.of(upstream).onlyCall();
    expect(target).toBe(PATHS[dialect]);
    expect(header('anthropic-version')).toBe(dialect === 'anthropic-messages' ? '2023-06-01' : undefined);
    expect(await gateway.settledRow(answer.headers['request-id'] ?? '')).toMatchObject({
      status: 'ok',
      input_tokens: BILLED.input - BILLED.cached,
      cache_read_tokens: BILLED.cached,
      output_tokens: BILLED.output,
      cost_nano_usd: COST,
      estimated: false,
      partial: false,
      upstream_request_id: expect.stringMatching(/^req_upstream/),
    });
  });

  test('is answered in its own ids, and told its request id under the name it knows', async () => {
    const answer = await send(caller, gateway, ask());
    const prefix = { 'anthropic-messages': 'msg_', 'openai-chat': 'chatcmpl-', 'openai-responses': 'resp_' };
    if (dialect !== caller.dialect) {
      expect(answer.json()['id']).toMatch(new RegExp(`^${prefix[caller.dialect].slice(0, -1)}`));
      expect(answer.text).not.toContain('fake');
    }
    const isOpenAi = caller.dialect !== 'anthropic-messages';
    expect(answer.headers['request-id']).toMatch(/^req_/);
    expect(answer.headers['x-request-id']).toBe(isOpenAi ? answer.headers['request-id'] : undefined);
  });
});

describe('an upstream that speaks several dialects', () => {
  test.each(CALLERS)('is spoken to in that of the client: $name', async (caller) => {
    const body = Buffer.from(`${JSON.stringify(caller.ask('polyglot', PROMPT)).slice(0, -1)},"future":1.0 }`);
    const answer = await send(caller, gateway, body);
    expect(answer.status).toBe(200);
    expect(everything.onlyCall().target).toBe(caller.path);
    expect(everything.onlyCall().body.equals(body)).toBe(true);
    expect(answer.headers['x-ezmodel-losses']).toBeUndefined();
  });
});

/** A field that is lost on the way to an upstream, and what is said of it. */
const LOSSES: readonly { caller: Caller; upstream: string; field: string; fields: JsonObject; code: string }[] = [
  { caller: MESSAGES, upstream: 'chat', field: 'top_k', fields: { top_k: 5 }, code: 'top_k_dropped' },
  { caller: MESSAGES, upstream: 'responses', field: 'top_k', fields: { top_k: 5 }, code: 'top_k_dropped' },
  { caller: MESSAGES, upstream: 'chat', field: 'new_field', fields: { new_field: 1 }, code: 'unknown_field' },
  { caller: CHAT, upstream: 'messages', field: 'seed', fields: { seed: 5 }, code: 'seed_dropped' },
  { caller: CHAT, upstream: 'responses', field: 'seed', fields: { seed: 5 }, code: 'seed_dropped' },
  {
    caller: RESPONSES,
    upstream: 'messages',
    field: 'truncation',
    fields: { truncation: 'auto' },
    code: 'truncation_dropped',
  },
  {
    caller: RESPONSES,
    upstream: 'chat',
    field: 'truncation',
    fields: { truncation: 'auto' },
    code: 'truncation_dropped',
  },
];

describe.each(LOSSES)('$caller.name on $upstream loses $field', ({ caller, upstream, field, fields, code }) => {
  const body = { ...caller.ask(`on-${upstream}`, PROMPT), ...fields };

  test('and is told so with the answer, whole and streamed, and the ledger knows', async () => {
    const answers = [await send(caller, gateway, body), await (await stream(caller, gateway, body)).whole()];
    for (const answer of answers) {
      expect(answer.status, answer.text).toBe(200);
      expect(answer.headers['x-ezmodel-losses']).toContain(`${code};at="${field}"`);
      const row = await gateway.settledRow(answer.headers['request-id'] ?? '');
      expect(JSON.stringify(row['losses'])).toContain(code);
    }
  });

  test('and x-ezmodel-strict makes that a 400 that names the field, with nothing sent', async () => {
    for (const isStream of [false, true]) {
      const strict = { 'x-ezmodel-strict': 'true' };
      const answer = await send(caller, gateway, { ...body, stream: isStream }, strict);
      expect(answer.status).toBe(400);
      expect(caller.errorOf(answer)).toMatchObject({ type: 'invalid_request_error', code });
      expect(caller.errorOf(answer).message).toContain(field);
    }
    expect(upstreams.calls).toEqual([]);
  });
});

describe('what was lost on the way to one target', () => {
  const body = { ...MESSAGES.ask('moves', PROMPT), metadata: { user_id: 'somebody' } };

  test('is not said of the answer of another that lost nothing', async () => {
    const lossy = await send(MESSAGES, gateway, body);
    expect(lossy.headers['x-ezmodel-losses']).toContain('user_dropped');
    upstreams.of('chat').next((reply) => reply.error(503, 'server_error', 'busy'));
    const moved = await send(MESSAGES, gateway, body);
    expect([moved.status, moved.headers['x-ezmodel-losses']], moved.text).toEqual([200, undefined]);
    expect(upstreams.of('messages').onlyCall().json).toMatchObject({ metadata: { user_id: 'somebody' } });
    expect((await gateway.settledRow(moved.headers['request-id'] ?? ''))['losses'] ?? []).toEqual([]);
  });

  test('nor is anything where nothing was lost', async () => {
    const answer = await send(CHAT, gateway, CHAT.ask('on-chat', PROMPT), { 'x-ezmodel-strict': 'true' });
    expect([answer.status, answer.headers['x-ezmodel-losses']]).toEqual([200, undefined]);
  });
});

describe.each([MESSAGES, RESPONSES])('P114 $name counts tokens', (caller) => {
  test.each(['messages', 'responses'] as const)('where the upstream %s can', async (upstream) => {
    upstreams.of(upstream).next((reply) => reply.json(200, { object: 'response.input_tokens', input_tokens: 4_711 }));
    const before = (await gateway.usage()).rows.length;
    const answer = await count(caller, `on-${upstream}`);
    expect(answer.json()).toMatchObject({ input_tokens: 4_711 });
    expect(answer.headers['x-ezmodel-estimated']).toBeUndefined();
    expect(upstreams.of(upstream).onlyCall().target).toMatch(/(?:count_tokens|input_tokens)$/);
    expect((await gateway.usage()).rows).toHaveLength(before);
  });

  test('and gets an estimate, marked as one, where it cannot', async () => {
    const answer = await count(caller, 'on-chat');
    expect(answer.status).toBe(200);
    expect(answer.headers['x-ezmodel-estimated']).toBe('true');
    expect(answer.json()['input_tokens']).toBeGreaterThan(0);
    expect(answer.json()['object']).toBe(caller === RESPONSES ? 'response.input_tokens' : undefined);
    expect(upstreams.calls).toEqual([]);
  });

  test('and is told in its own envelope when that fails', async () => {
    upstreams.of('responses').fallback = (reply) => reply.error(401, 'invalid_request_error', 'secret');
    upstreams.of('messages').fallback = (reply) => reply.error(401, 'authentication_error', 'secret');
    for (const upstream of ['messages', 'responses']) {
      const answer = await count(caller, `on-${upstream}`);
      expect(answer.status).toBe(502);
      expect(caller.errorOf(answer).message).not.toContain('secret');
    }
  });
});

describe('Responses keeps no state', () => {
  const refusals: [string, JsonObject, string | null][] = [
    ['previous_response_id', { previous_response_id: 'resp_1' }, 'previous_response_not_found'],
    ['conversation', { conversation: { id: 'conv_1' } }, null],
    ['background', { background: true }, null],
    ['prompt', { prompt: { id: 'pmpt_1' } }, null],
    ['input', { input: [{ type: 'item_reference', id: 'msg_1' }] }, null],
  ];

  test.each(refusals)('%s is a 400 on every upstream, with nothing sent', async (field, fields, code) => {
    for (const { upstream } of UPSTREAMS) {
      const answer = await send(RESPONSES, gateway, { ...RESPONSES.ask(`on-${upstream}`, PROMPT), ...fields });
      expect(answer.status).toBe(400);
      expect(RESPONSES.errorOf(answer).code).toBe(code);
      expect(objectAt(answer.json(), 'error')?.['param']).toMatch(new RegExp(`^${field}`));
    }
    expect(upstreams.calls).toEqual([]);
  });

  test('and says store: false whatever was asked', async () => {
    const answer = await send(RESPONSES, gateway, { ...RESPONSES.ask('on-chat', PROMPT), store: true });
    expect(answer.json()['store']).toBe(false);
  });
});

describe('P126 what both APIs have', () => {
  const ask = (path: string, headers: Record<string, string>) => call(`${gateway.url}${path}`, { headers });
  const version = { 'anthropic-version': '2023-06-01' };

  test('errors on /v1/models are in the shape that the headers ask for', async () => {
    const key = { authorization: `Bearer ${gateway.key}` };
    for (const [path, keyed, status] of [
      ['/v1/models/nobody', key, 404],
      ['/v1/v1/models/nobody', key, 404],
      ['/v1/models', {}, 401],
      ['/v1/files', key, 404],
    ] as const) {
      const openAi = await ask(path, keyed);
      expect(openAi.status).toBe(status);
      expect(CHAT.errorOf(openAi).type).toBe('invalid_request_error');
      const anthropic = await ask(path, { ...keyed, ...version });
      expect(anthropic.status).toBe(status);
      expect(MESSAGES.errorOf(anthropic).message).toBe(CHAT.errorOf(openAi).message);
      expect(anthropic.headers['x-request-id']).toBeUndefined();
    }
  });

  test('one model is told in either shape', async () => {
    const key = { authorization: `Bearer ${gateway.key}` };
    const path = '/v1/models/on-chat';
    expect((await ask(path, key)).json()).toMatchObject({ id: 'on-chat', object: 'model', owned_by: 'ezmodel' });
    expect((await ask(path, { ...key, ...version })).json()).toMatchObject({ id: 'on-chat', type: 'model' });
  });
});

describe('a message thread', () => {
  const body = (upstream: string) => ({ ...MESSAGES.ask(`on-${upstream}`, PROMPT), thread: { type: 'create' } });

  test('goes on to an upstream of the Messages API', async () => {
    await send(MESSAGES, gateway, body('messages'));
    expect(upstreams.of('messages').onlyCall().json).toMatchObject({ thread: { type: 'create' } });
  });

  test.each(['chat', 'responses'])('is refused for %s with the details that clients look for', async (upstream) => {
    const answer = await send(MESSAGES, gateway, body(upstream));
    expect(answer.status).toBe(400);
    const details = { error_code: 'thread_unsupported_request', unsupported: ['thread'] };
    expect(answer.json()).toMatchObject({ type: 'error', error: { type: 'invalid_request_error', details } });
    expect(upstreams.calls).toEqual([]);
  });
});
