import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isJsonObject, type Json, type JsonObject } from '../../src/core/json.ts';
import {
  blockStop,
  messageEnd,
  messageStart,
  sseEvent,
  textStream,
  wholeMessage,
} from '../support/anthropic-stream.ts';
import { ANTHROPIC_RULES, FakeUpstream, type Script, type UpstreamReply } from '../support/fake-upstream.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { headerOf } from '../support/http-wire.ts';
import { waitFor } from '../support/wait.ts';

const USAGE = { input: 21, output: 9 };
const QUESTION = { role: 'user', content: 'hi' };

/** One upstream, many accounts: it takes any key, and the scripts look at which. */
let upstream: FakeUpstream;
let gateway: Gateway;

/** Each test has a channel of its own, a spare one in the next tier, and a model that both serve. */
const CASES = ['stream', 'whole', 'openai', 'tenant', 'thread', 'drained', 'signature', 'lost', 'file', 'busy'];

beforeAll(async () => {
  const anyKey = (request: Parameters<typeof ANTHROPIC_RULES.refusalOf>[0], json: JsonObject | undefined) =>
    ANTHROPIC_RULES.refusalOf(request, json, headerOf(request.rawHeaders, 'x-api-key') ?? '');
  upstream = await FakeUpstream.start('unused', { ...ANTHROPIC_RULES, refusalOf: anyKey });
  const channel = (name: string, model: string, priority: number) => ({
    name,
    provider: 'anthropic',
    base_url: upstream.url,
    credentials: [{ name: 'one', api_key: `key-${name}` }],
    models: { [model]: 'claude-opus-5-5' },
    priority,
  });
  const channels = CASES.flatMap((name) => [channel(name, name, 0), channel(`${name}-spare`, name, 1)]);
  // The session must not be what leads back: affinity is off.
  const routing = { affinity: false, max_attempts: 2, tries_per_target: 1 };
  gateway = await startGateway({ config: JSON.stringify({ channels, routing }) });
});

beforeEach(() => upstream.reset());

afterAll(async () => {
  await gateway?.dispose();
  await upstream?.stop();
});

const keyOf = ({ call }: UpstreamReply) => call.header('x-api-key') ?? '';
const keys = () => upstream.calls.map((call) => call.header('x-api-key'));
const fail: Script = (reply) => reply.error(529, 'overloaded_error', 'Overloaded');

const parts = (content?: Json[], id?: string) => ({
  model: 'claude-opus-5-5',
  usage: USAGE,
  ...(content && { content }),
  ...(id !== undefined && { id }),
});
const answerWith =
  (content?: Json[], id?: string): Script =>
  (reply) =>
    reply.json(200, wholeMessage(parts(content, id)));
const answer: Script = (reply) =>
  reply.call.json?.['stream'] === true ? reply.stream(textStream(parts(), ['Hello'])) : answerWith()(reply);

const thinking = (signature: string) => ({ type: 'thinking', thinking: 'So.', signature });

/** A stream that thinks, as the API writes it. */
function thinkingStream(signature: string): Buffer[] {
  return [
    messageStart(parts()),
    sseEvent('content_block_start', { index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } }),
    sseEvent('content_block_delta', { index: 0, delta: { type: 'thinking_delta', thinking: 'So.' } }),
    sseEvent('content_block_delta', { index: 0, delta: { type: 'signature_delta', signature } }),
    blockStop(0),
    ...messageEnd(parts()),
  ];
}

const body = (model: string, content: Json[], more: JsonObject = {}): JsonObject => ({
  model,
  max_tokens: 5,
  messages: [QUESTION, ...(content.length > 0 ? [{ role: 'assistant', content }, QUESTION] : [])],
  ...more,
});

async function reasonsOf(requestId: string | undefined): Promise<string[]> {
  const { stdout } = await gateway.command('exchange', requestId ?? '', '--json');
  const report: unknown = JSON.parse(stdout);
  const attempts = isJsonObject(report) ? report['attempts'] : undefined;
  return Array.isArray(attempts) ? attempts.filter(isJsonObject).map((attempt) => `${attempt['reason']}`) : [];
}

describe('opaque state goes back to the credential that made it', () => {
  test('a signature of a stream, though its maker is in a lower tier', async () => {
    upstream.next(fail, (reply) => reply.stream(thinkingStream('sig-stream')));
    const first = await gateway.messages(body('stream', [], { stream: true }));
    expect(first.headers['x-ezmodel-route']).toBe('stream=overloaded, stream-spare');
    upstream.reset();
    upstream.fallback = answer;
    const second = await gateway.messages(body('stream', [thinking('sig-stream'), { type: 'text', text: 'a' }]));
    expect(second.status).toBe(200);
    await gateway.messages(body('stream', [thinking('sig-of-nobody')]));
    expect(keys()).toEqual(['key-stream-spare', 'key-stream']);
    expect((await reasonsOf(second.headers['request-id']))[0]).toContain('holds the state (reasoning)');
  });

  test('of a whole answer; when its maker fails, another account may take it', async () => {
    upstream.next(fail, answerWith([thinking('sig-whole')]));
    await gateway.messages(body('whole', []));
    upstream.reset();
    upstream.next(fail, answer);
    const second = await gateway.messages(body('whole', [thinking('sig-whole')]));
    expect(second.headers['x-ezmodel-route']).toBe('whole-spare=overloaded, whole');
  });

  test('of a converted answer: what the gateway sealed', async () => {
    upstream.next(fail, answerWith([thinking('sig-openai'), { type: 'text', text: 'a' }]));
    const ask = (input: Json) =>
      gateway.send('/v1/responses', {
        method: 'POST',
        body: { model: 'openai', input, include: ['reasoning.encrypted_content'] },
      });
    const first = await ask('hi');
    const made: unknown = JSON.parse(first.text);
    const output = isJsonObject(made) && Array.isArray(made['output']) ? made['output'] : [];
    expect(first.headers['x-ezmodel-route']).toBe('openai=overloaded, openai-spare');
    upstream.reset();
    upstream.fallback = answer;
    expect((await ask([QUESTION, ...output, QUESTION])).status).toBe(200);
    expect(keys()).toEqual(['key-openai-spare']);
    expect(upstream.onlyCall().body.toString()).toContain('sig-openai');
  });

  test('but leads no other project there', async () => {
    upstream.next(fail, answerWith([thinking('sig-tenant')]));
    await gateway.messages(body('tenant', []));
    upstream.reset();
    upstream.fallback = answer;
    await gateway.command('projects', 'create', '--name', 'other');
    const other = await gateway.createKey('theirs', '--project', 'other');
    await gateway.waitForKey(other.key, true);
    await gateway.messages(body('tenant', [thinking('sig-tenant')]), { 'x-api-key': other.key });
    expect(keys()).toEqual(['key-tenant']);
  });

  test('U14 a signature that is refused goes on to another account, and is told as it was refused', async () => {
    const words = 'messages.1.content.0: Invalid `signature` in `thinking` block';
    upstream.fallback = (reply) => reply.error(400, 'invalid_request_error', words);
    const refused = await gateway.messages(body('signature', [thinking('sig-foreign')]));
    expect([refused.status, keys()]).toEqual([400, ['key-signature', 'key-signature-spare']]);
    expect(refused.text).toContain('Invalid `signature`');
  });
});

describe('what lies with one account alone', () => {
  const thread = (previous: string) => ({ thread: { type: 'continue', previous_message_id: previous } });

  test('a thread goes on where it began, and nobody else is asked', async () => {
    upstream.next(fail, answerWith(undefined, 'msg_thread_1'));
    await gateway.messages(body('thread', [], { thread: { type: 'create' } }));
    upstream.reset();
    upstream.fallback = (reply) => (keyOf(reply) === 'key-thread-spare' ? answer(reply) : fail(reply));
    const second = await gateway.messages(body('thread', [], thread('msg_thread_1')));
    expect([second.status, keys()]).toEqual([200, ['key-thread-spare']]);
    expect((await reasonsOf(second.headers['request-id']))[0]).toContain('holds the state (thread)');
  });

  test('when that account fails, the error says so', async () => {
    upstream.next(fail, answerWith(undefined, 'msg_busy_1'));
    await gateway.messages(body('busy', [], { thread: { type: 'create' } }));
    upstream.reset();
    upstream.fallback = fail;
    const failed = await gateway.messages(body('busy', [], thread('msg_busy_1')));
    expect([failed.status, keys()]).toEqual([529, ['key-busy-spare']]);
    expect(failed.text).toContain('thread: it lies with one upstream account alone');
  });

  test('when that account is drained, the error says so', async () => {
    upstream.next(fail, answerWith(undefined, 'msg_drained_1'));
    await gateway.messages(body('drained', [], { thread: { type: 'create' } }));
    upstream.reset();
    upstream.fallback = answer;
    await gateway.command('channels', 'drain', 'drained-spare');
    const refused = await waitFor('the drain', async () => {
      const answered = await gateway.messages(body('drained', [], thread('msg_drained_1')));
      return answered.status === 200 ? undefined : answered;
    });
    expect(refused.status).toBe(503);
    expect(refused.text).toContain('thread: it lies with one upstream account alone');
  });

  test('a thread that is lost is told, and says nothing about the model', async () => {
    const details = { error_code: 'thread_not_found' };
    upstream.fallback = (reply) =>
      reply.call.json?.['thread'] === undefined
        ? answer(reply)
        : reply.json(404, { type: 'error', error: { type: 'not_found_error', message: 'No such thread', details } });
    const lost = await gateway.messages(body('lost', [], thread('msg_nobody')));
    expect(lost.status).toBe(404);
    expect(lost.text).toContain('thread_not_found');
    upstream.reset();
    await gateway.messages(body('lost', []));
    expect(keys()).toEqual(['key-lost']);
  });

  test('a file goes back to the account whose tool wrote it', async () => {
    const result = { type: 'code_execution_result', content: [{ type: 'code_execution_output', file_id: 'file_1' }] };
    upstream.next(
      fail,
      answerWith([{ type: 'code_execution_tool_result', tool_use_id: 'srvtoolu_1', content: result }]),
    );
    await gateway.messages(body('file', []));
    upstream.reset();
    upstream.fallback = answer;
    const document = { type: 'document', source: { type: 'file', file_id: 'file_1' } };
    const messages = [{ role: 'user', content: [document] }];
    await gateway.messages({ model: 'file', max_tokens: 5, messages });
    expect(keys()).toEqual(['key-file-spare']);
  });
});
