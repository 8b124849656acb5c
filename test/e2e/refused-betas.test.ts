import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isJsonObject, type JsonObject } from '../../src/core/json.ts';
import { providerById } from '../../src/providers/index.ts';
import { textStream, wholeMessage } from '../support/anthropic-stream.ts';
import { clientRequests } from '../support/client-requests.ts';
import { FakeUpstream, type Script, type UpstreamReply } from '../support/fake-upstream.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { startOpenAiUpstream } from '../support/openai-upstream.ts';

const MODEL = 'claude-opus-5-5';
const USAGE = { input: 21, output: 9 };

let upstream: FakeUpstream;
let spare: FakeUpstream;
let chat: FakeUpstream;
let gateway: Gateway;

/** A channel of its own for each test: what is learnt of one must not help another. */
const CHANNELS = ['named', 'nameless', 'fields', 'stream', 'strict', 'value', 'count', 'restart', 'slow'];

beforeAll(async () => {
  [upstream, spare, chat] = await Promise.all([
    FakeUpstream.start(),
    FakeUpstream.start(),
    startOpenAiUpstream(providerById('openai-compatible').quirks),
  ]);
  const channels = CHANNELS.map((name) => ({
    name,
    provider: 'anthropic',
    base_url: upstream.url,
    api_key: upstream.apiKey,
    models: { [name]: MODEL, ...(name === 'strict' && { alone: MODEL }) },
  }));
  const other = { name: 'spare', provider: 'anthropic', base_url: spare.url, api_key: spare.apiKey, priority: 1 };
  const converted = {
    name: 'converted',
    provider: 'openai-compatible',
    base_url: chat.url,
    api_key: chat.apiKey,
    endpoints: { 'openai-chat': '/v1/chat/completions' },
    models: ['converted'],
  };
  const config = { channels: [...channels, { ...other, models: { strict: MODEL } }, converted] };
  gateway = await startGateway({ config: JSON.stringify(config) });
});

beforeEach(() => {
  upstream.reset();
  spare.reset();
});

afterAll(async () => {
  await gateway?.dispose();
  await Promise.all([upstream?.stop(), spare?.stop(), chat?.stop()]);
});

/** What Claude Code sends with its first turn, to the model `name`. */
function claudeCode(name: string, more: JsonObject = {}): { body: JsonObject; headers: Record<string, string> } {
  const fixture = clientRequests().find((request) => request.name === 'claude-code-first-turn');
  if (!fixture) throw new Error('the fixture is gone');
  const { 'anthropic-beta': betas = '', 'x-claude-code-session-id': session = '' } = fixture.headers;
  return {
    body: { ...fixture.body, model: name, ...more },
    headers: { 'anthropic-beta': betas, 'x-claude-code-session-id': session },
  };
}

/** An upstream that knows only some betas and fields, and refuses the first other one as `words` say. */
function picky(betas: readonly string[], words: (beta: string) => string): Script {
  return async (reply) => {
    const sent = betasOf(reply);
    const unknown = sent.find((beta) => !betas.includes(beta));
    if (unknown !== undefined) return reply.error(400, 'invalid_request_error', words(unknown));
    return answer(reply);
  };
}

const answer = (reply: UpstreamReply) => {
  const parts = { model: MODEL, usage: USAGE };
  return reply.call.json?.['stream'] === true
    ? reply.stream(textStream(parts, ['Hello', ' there']))
    : reply.json(200, wholeMessage(parts));
};

const refuse =
  (message: string): Script =>
  (reply) =>
    reply.error(400, 'invalid_request_error', message);

function betasOf({ call }: UpstreamReply): string[] {
  return call.header('anthropic-beta')?.split(',') ?? [];
}

const sentBetas = () => upstream.calls.map((call) => call.header('anthropic-beta')?.split(',') ?? []);

async function attemptsOf(requestId: string | undefined): Promise<JsonObject[]> {
  const { stdout } = await gateway.command('exchange', requestId ?? '', '--json');
  const report: unknown = JSON.parse(stdout);
  const attempts = isJsonObject(report) ? report['attempts'] : undefined;
  return Array.isArray(attempts) ? attempts.filter(isJsonObject) : [];
}

describe('P51 an upstream that refuses betas', () => {
  test('gets the request again without those that it named, and the next request at once', async () => {
    const { body, headers } = claudeCode('named', { stream: false });
    const known = ['claude-code-20250219', 'interleaved-thinking-2025-05-14', 'context-management-2025-06-27'];
    upstream.fallback = picky(known, (beta) => `Unexpected value(s) \`${beta}\` for the \`anthropic-beta\` header.`);
    const first = await gateway.messages(body, headers);
    expect(first.status).toBe(200);
    expect(sentBetas().at(-1)).toEqual(known);
    expect(upstream.calls).toHaveLength(6);
    expect(first.headers['x-ezmodel-losses']).toContain('beta_refused;at="anthropic-beta.');
    const attempts = await attemptsOf(first.headers['request-id']);
    expect(attempts.map(({ http_status }) => http_status)).toEqual([400, 400, 400, 400, 400, 200]);
    expect(`${attempts[1]?.['reason']}`).toContain('without anthropic-beta.per-turn-control-2026-07-01');

    upstream.reset();
    const second = await gateway.messages(body, headers);
    expect(second.status).toBe(200);
    expect(sentBetas()).toEqual([known]);
    expect(second.headers['x-ezmodel-route']).toBe('named');
    // Law Relay: the same bytes but for the name of the model.
    expect(upstream.onlyCall().json).toEqual({ ...body, model: MODEL });

    const { stdout } = await gateway.command('channels', 'betas', 'named');
    expect(stdout).toContain('effort-2025-11-24');
    const metrics = await gateway.send('/metrics');
    expect(metrics.text).toMatch(/ezmodel_features_left_out_total\{kind="beta"\} [1-9]/);
    expect(metrics.text).toMatch(/ezmodel_refused_features [1-9]/);
  });

  test('without naming one: all of that request are left out', async () => {
    const { body, headers } = claudeCode('nameless', { stream: false });
    upstream.fallback = picky([], () => 'invalid beta flag');
    expect((await gateway.messages(body, headers)).status).toBe(200);
    expect(sentBetas().map((betas) => betas.length)).toEqual([8, 0]);
    // One that this upstream has not refused yet is sent.
    upstream.reset();
    upstream.fallback = answer;
    await gateway.messages(body, { 'anthropic-beta': 'brand-new-2026-11-11' });
    expect(sentBetas()).toEqual([['brand-new-2026-11-11']]);
  });

  test('before a stream begins: the client sees one stream', async () => {
    const { body, headers } = claudeCode('stream', { stream: true });
    upstream.fallback = picky(['claude-code-20250219'], () => 'anthropic_beta: invalid beta flag');
    const streamed = await gateway.messages(body, headers);
    expect(streamed.status).toBe(200);
    expect(streamed.text.match(/message_start\b/g)).toHaveLength(2);
    expect(streamed.text).toContain('message_stop');
    expect(streamed.headers['x-ezmodel-losses']).toContain('n=8');
  });

  test('a strict caller hears the refusal, or is answered by who takes it all', async () => {
    const { body, headers } = claudeCode('strict', { stream: false });
    const strict = { ...headers, 'x-ezmodel-strict': 'true' };
    upstream.fallback = picky([], () => 'invalid beta flag');
    spare.fallback = answer;
    const elsewhere = await gateway.messages(body, strict);
    expect(elsewhere.headers['x-ezmodel-route']).toBe('strict=invalid_request, spare');
    expect(elsewhere.headers['x-ezmodel-losses']).toBeUndefined();
    expect(spare.onlyCall().header('anthropic-beta')).toBe(headers['anthropic-beta']);
    upstream.reset();
    const refused = await gateway.messages({ ...body, model: 'alone' }, strict);
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('invalid beta flag');
    expect(upstream.calls).toHaveLength(1);
  });

  test('counting tokens is negotiated too', async () => {
    const { body, headers } = claudeCode('count');
    const { messages = [], system = [] } = body;
    upstream.fallback = (reply) =>
      betasOf(reply).length > 0
        ? reply.error(400, 'invalid_request_error', 'invalid beta flag')
        : reply.json(200, { input_tokens: 7 });
    const counted = await gateway.send('/v1/messages/count_tokens', {
      method: 'POST',
      body: { model: 'count', messages, system },
      headers,
    });
    expect(counted.status).toBe(200);
    expect(counted.headers['x-ezmodel-losses']).toContain('beta_refused');
  });

  test('what was learnt outlives the process', async () => {
    const { body, headers } = claudeCode('restart', { stream: false });
    upstream.fallback = picky([], () => 'invalid beta flag');
    await gateway.messages(body, headers);
    await gateway.stop();
    await gateway.start();
    upstream.reset();
    expect((await gateway.messages(body, headers)).status).toBe(200);
    expect(sentBetas()).toEqual([[]]);
  });
});

describe('P127 an upstream that refuses optional fields', () => {
  test('gets the same bytes without them', async () => {
    const head = `{"model": "fields", "max_tokens": 1.0e1, "stream":false,`;
    const system = `"system": [{"type":"text","text":"a","cache_control":{"type":"ephemeral", "ttl":"1h"}}],`;
    const tail = `"messages":[{"role":"user","content":"hi"}], "context_management": {"edits":[]}`;
    const body = Buffer.from(`${head} ${system} "output_config":{"effort":"high"}, ${tail} }`);
    upstream.next(
      refuse('context_management: Extra inputs are not permitted'),
      refuse('system.0.cache_control.ephemeral.ttl: Extra inputs are not permitted'),
      refuse('output_config: Extra inputs are not permitted'),
      answer,
    );
    const answered = await gateway.messages(body);
    expect(answered.status).toBe(200);
    const lastSystem = `"system": [{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}],`;
    const lastHead = head.replace('fields', MODEL);
    expect(upstream.calls.at(-1)?.body.toString()).toBe(
      `${lastHead} ${lastSystem} "messages":[{"role":"user","content":"hi"}] }`,
    );
    expect(answered.headers['x-ezmodel-losses']).toContain('field_refused;at="context_management";n=3');
  });

  test('a converted request goes without them too, and says so beside what its conversion cost', async () => {
    const message = "Unsupported parameter: 'parallel_tool_calls' is not supported with this model.";
    const error = {
      message,
      type: 'invalid_request_error',
      param: 'parallel_tool_calls',
      code: 'unsupported_parameter',
    };
    const choices = [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }];
    const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
    const completion = { id: 'c', object: 'chat.completion', created: 1, model: 'converted', choices, usage };
    chat.fallback = (reply) =>
      reply.call.json?.['parallel_tool_calls'] === undefined ? reply.json(200, completion) : reply.json(400, { error });
    const body = {
      model: 'converted',
      max_tokens: 5,
      top_k: 3,
      messages: [{ role: 'user', content: 'hi' }],
      tools: [{ name: 'a', input_schema: { type: 'object', properties: {} } }],
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    };
    const answered = await gateway.messages(body);
    expect([answered.status, chat.calls.length]).toEqual([200, 2]);
    expect(answered.headers['x-ezmodel-losses']).toContain('field_refused;at="parallel_tool_calls"');
    expect(answered.headers['x-ezmodel-losses']).toContain('top_k_dropped');
    expect((await gateway.messages(body)).status).toBe(200);
    expect(chat.calls).toHaveLength(3);
  });

  test('a refused value, and a field that the answer depends on, are told as they are', async () => {
    const body = { model: 'value', max_tokens: 5, messages: [{ role: 'user', content: 'hi' }] };
    for (const words of [
      'output_config.effort: Input should be low, medium or high',
      'thread: Extra inputs are not permitted',
      'tools.0.custom.input_schema: Extra inputs are not permitted',
    ]) {
      upstream.reset();
      upstream.next(refuse(words), answer);
      const answered = await gateway.messages({
        ...body,
        thread: { type: 'create' },
        output_config: { effort: 'odd' },
        tools: [{ name: 'a', input_schema: { type: 'object' } }],
      });
      expect([answered.status, upstream.calls.length]).toEqual([400, 1]);
      expect(answered.text).toContain(words);
    }
  });

  test('a failure that comes after the negotiation is told, and not what was refused before', async () => {
    const body = { model: 'slow', max_tokens: 5, messages: [{ role: 'user', content: 'hi' }], service_tier: 'auto' };
    upstream.next(refuse('service_tier: Extra inputs are not permitted'));
    upstream.fallback = (reply) => reply.error(529, 'overloaded_error', 'Overloaded');
    const answered = await gateway.messages(body);
    expect(answered.status).toBe(529);
  });
});
