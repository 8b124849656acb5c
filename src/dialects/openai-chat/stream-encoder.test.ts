import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  answeringWith,
  dataOf,
  eventsOf,
  jsonOf,
  listAt,
  messageOf,
  messages,
  streamText,
} from '../../../test/support/openai-answers.ts';
import { GatewayError } from '../../core/error.ts';
import type { StreamEvent } from '../../core/event.ts';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '../../core/json.ts';
import type { Loss } from '../../core/loss.ts';
import type { ContentBlock, Message } from '../../core/message.ts';
import { formatResponse } from './format-response.ts';
import { createStreamEncoder } from './stream-encoder.ts';

const WITH_USAGE = { stream_options: { include_usage: true } };

const streamOf = (message: Message, body: JsonObject = {}) =>
  streamText(createStreamEncoder(answeringWith(body)), eventsOf(message));

/** The chunks of a stream without its `[DONE]`. */
const chunksOf = (stream: string) =>
  dataOf(stream)
    .filter((data) => data !== '[DONE]')
    .map(jsonOf);

const choiceOf = (chunk: JsonObject) => listAt(chunk, 'choices')[0] ?? {};

const deltasOf = (content: ContentBlock[]) =>
  chunksOf(streamOf(messageOf(content))).map((chunk) => objectAt(choiceOf(chunk), 'delta') ?? {});

/** What a client makes of a stream, written for this test alone. */
function accumulate(stream: string): JsonObject {
  const message: JsonObject = { role: null, content: null, refusal: null };
  const calls: JsonObject[] = [];
  const answer: JsonObject = {};
  for (const chunk of chunksOf(stream)) {
    const { id, created, model } = chunk;
    Object.assign(answer, { id, object: 'chat.completion', created, model });
    if (chunk['service_tier'] !== undefined) answer['service_tier'] = chunk['service_tier'];
    if (isJsonObject(chunk['usage'])) answer['usage'] = chunk['usage'];
    const choice = listAt(chunk, 'choices')[0];
    if (!choice) continue;
    const delta = objectAt(choice, 'delta') ?? {};
    for (const key of ['role', 'content', 'refusal', 'reasoning_content']) {
      const piece = stringAt(delta, key) ?? '';
      if (piece !== '') message[key] = (stringAt(message, key) ?? '') + piece;
    }
    for (const key of ['reasoning_details', 'annotations']) {
      if (delta[key] !== undefined)
        message[key] = [...(key in message ? listAt(message, key) : []), ...listAt(delta, key)];
    }
    for (const piece of delta['tool_calls'] === undefined ? [] : listAt(delta, 'tool_calls')) growCall(calls, piece);
    answer['choices'] = [{ index: 0, message, logprobs: null, finish_reason: choice['finish_reason'] ?? null }];
  }
  if (calls.length > 0) message['tool_calls'] = calls;
  return answer;
}

function growCall(calls: JsonObject[], { index, ...piece }: JsonObject): void {
  const call = calls[Number(index)];
  if (!call) {
    expect(index).toBe(calls.length);
    calls.push(piece);
    return;
  }
  for (const [kind, field] of [
    ['function', 'arguments'],
    ['custom', 'input'],
  ] as const) {
    const more = objectAt(piece, kind);
    const body = objectAt(call, kind);
    if (more && body) body[field] = (stringAt(body, field) ?? '') + (stringAt(more, field) ?? '');
  }
}

describe('a Chat stream', () => {
  test('P78 P107 the role in the first chunk only; data lines only; [DONE] at the end', () => {
    const stream = streamOf(messageOf([{ type: 'text', text: 'Hello there' }]));
    const roles = chunksOf(stream).map((chunk) => objectAt(choiceOf(chunk), 'delta')?.['role']);
    expect(roles[0]).toBe('assistant');
    expect(roles.slice(1).filter((role) => role !== undefined)).toEqual([]);
    expect(stream.split('\n').filter((line) => line !== '' && !line.startsWith('data: '))).toEqual([]);
    expect(dataOf(stream).at(-1)).toBe('[DONE]');
  });

  test('one id, time and model in all chunks, none of them the upstream own', () => {
    const heads = chunksOf(streamOf(messageOf([{ type: 'text', text: 'Hello there' }]))).map(
      ({ id, object, created, model }) => ({ id, object, created, model }),
    );
    const created = Date.UTC(2026, 0, 2, 3, 4, 5) / 1000;
    const head = { id: 'chatcmpl_1', object: 'chat.completion.chunk', created, model: 'public-model' };
    expect(heads).toEqual(heads.map(() => head));
  });

  test('P6 thinking goes beside the text, its state with it', () => {
    const deltas = deltasOf([
      { type: 'thinking', thinking: 'hm', signature: 'ezm1.state' },
      { type: 'redacted_thinking', data: 'ezm1.hidden' },
      { type: 'text', text: 'ok' },
    ]);
    expect(deltas).toEqual([
      { role: 'assistant', content: '' },
      { reasoning_content: 'hm' },
      { reasoning_details: [{ type: 'reasoning.encrypted', data: 'ezm1.state', index: 0 }] },
      { reasoning_details: [{ type: 'reasoning.encrypted', data: 'ezm1.hidden', index: 1 }] },
      { content: 'ok' },
      {},
    ]);
  });

  test('P30 P76 P29 calls are counted by themselves; the JSON of a server tool is nobody else’s', () => {
    const deltas = deltasOf([
      { type: 'text', text: 'a' },
      { type: 'tool_use', id: 'call_1', name: 'get', input: { a: 1 } },
      { type: 'server_tool_use', id: 'srv_1', name: 'web_search', input: { query: 'q' } },
      { type: 'tool_use', id: 'call_2', name: 'get', input: {} },
    ]);
    const calls = deltas.flatMap((delta) => (delta['tool_calls'] === undefined ? [] : listAt(delta, 'tool_calls')));
    expect(calls).toEqual([
      { index: 0, id: 'call_1', type: 'function', function: { name: 'get', arguments: '' } },
      { index: 0, function: { arguments: '{"a' } },
      { index: 0, function: { arguments: '":1' } },
      { index: 0, function: { arguments: '}' } },
      { index: 1, id: 'call_2', type: 'function', function: { name: 'get', arguments: '' } },
      { index: 1, function: { arguments: '{}' } },
    ]);
  });

  test.each([
    { name: 'P19 no JSON at all', pieces: [], opening: {}, told: '{}' },
    { name: 'P19 an empty piece', pieces: [''], opening: {}, told: '{}' },
    { name: 'P48 only the opening block holds the input', pieces: [], opening: { a: 1 }, told: '{"a":1}' },
    { name: 'P48 the opening block holds a placeholder', pieces: ['{"b"', ':2}'], opening: { a: 1 }, told: '{"b":2}' },
    {
      name: 'P115 numbers as they were written',
      pieces: ['{"n":1.0,"m":12345678901234567890}'],
      opening: {},
      told: '{"n":1.0,"m":12345678901234567890}',
    },
  ])('arguments: $name', ({ pieces, opening, told }) => {
    const events: StreamEvent[] = [
      { type: 'message_start', message: messageOf([], { stop_reason: null }) },
      {
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'tool_use', id: 'c', name: 'get', input: opening },
      },
      ...pieces.map(
        (partial_json): StreamEvent => ({
          type: 'content_block_delta',
          index: 0,
          delta: { type: 'input_json_delta', partial_json },
        }),
      ),
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: {} },
      { type: 'message_stop' },
    ];
    const answer = accumulate(streamText(createStreamEncoder(answeringWith()), events));
    expect(choiceOf(answer)).toMatchObject({
      finish_reason: 'tool_calls',
      message: { tool_calls: [{ id: 'c', type: 'function', function: { name: 'get', arguments: told } }] },
    });
  });

  test('a free-form tool is called in its own form', () => {
    const answer = accumulate(
      streamOf(messageOf([{ type: 'tool_use', id: 'c', name: 'exec', input: { input: 'ls\n"x"' } }])),
    );
    expect(objectAt(choiceOf(answer), 'message')?.['tool_calls']).toEqual([
      { id: 'c', type: 'custom', custom: { name: 'exec', input: 'ls\n"x"' } },
    ]);
  });

  test('P116 the finish reason and the usage come when both are known', () => {
    const encoder = createStreamEncoder(answeringWith(WITH_USAGE));
    const start = messageOf([], { usage: { input_tokens: 3, cache_read_input_tokens: 7, output_tokens: 1 } });
    encoder.push({ type: 'message_start', message: start });
    const early = encoder.push({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: {} });
    expect(early).toHaveLength(0);
    encoder.push({ type: 'message_delta', delta: {}, usage: { output_tokens: 9, input_tokens: null } });
    const chunks = chunksOf(Buffer.from(encoder.push({ type: 'message_stop' })).toString());
    expect(chunks).toMatchObject([
      { choices: [{ delta: {}, finish_reason: 'stop' }], usage: null },
      { choices: [], usage: { prompt_tokens: 10, completion_tokens: 9, total_tokens: 19 } },
    ]);
  });

  test('usage only for those who asked', () => {
    const message = messageOf([{ type: 'text', text: 'a' }]);
    const asked = chunksOf(streamOf(message, WITH_USAGE));
    expect(asked.map(({ usage }) => usage === null)).toEqual([true, true, true, false]);
    expect(
      chunksOf(streamOf(message)).filter((chunk) => 'usage' in chunk || listAt(chunk, 'choices').length === 0),
    ).toEqual([]);
  });

  test('P108 P49 a ping is a comment', () => {
    const encoder = createStreamEncoder(answeringWith());
    expect(Buffer.from(encoder.push({ type: 'ping' })).toString()).toBe(': keep-alive\n\n');
  });

  test('P75 P28 P15 an error ends the stream: no finish reason, no [DONE], nothing after', () => {
    const encoder = createStreamEncoder(answeringWith());
    encoder.push({ type: 'message_start', message: messageOf([]) });
    const failed = Buffer.from(encoder.fail(new GatewayError('overloaded', 'Busy'), 'req_1')).toString();
    expect(dataOf(failed).map(jsonOf)).toEqual([
      { error: { message: 'Busy', type: 'server_error', param: null, code: 'overloaded' } },
    ]);
    expect(encoder.push({ type: 'message_stop' })).toHaveLength(0);
    expect(encoder.fail(new GatewayError('internal', 'x'), 'req_1')).toHaveLength(0);
    expect(encoder.end()).toHaveLength(0);
  });

  test('P15 a stream that just ends is an error', () => {
    const encoder = createStreamEncoder(answeringWith());
    encoder.push({ type: 'message_start', message: messageOf([]) });
    expect(dataOf(encoder.end()).map((data) => Object.keys(jsonOf(data)))).toEqual([['error']]);
  });

  test('what stands beside the last delta counts as well: what cannot be told is reported', () => {
    const losses: Loss[] = [];
    const encoder = createStreamEncoder(answeringWith({}, { report: (loss) => losses.push(loss) }));
    encoder.push({ type: 'message_start', message: messageOf([]) });
    const extra = { context_management: { applied_edits: [] } };
    encoder.push({ type: 'message_delta', delta: { stop_reason: 'pause_turn' }, usage: {}, extra });
    encoder.push({ type: 'message_stop' });
    expect(losses).toEqual([
      { code: 'stop_reason_changed', field: 'answer.stop_reason' },
      { code: 'context_management_dropped', field: 'answer.context_management' },
    ]);
  });

  test('P27 P83 accumulated, a stream is the whole answer', () => {
    fc.assert(
      fc.property(messages, (message) => {
        const whole = jsonOf(formatResponse(message, answeringWith()));
        expect(accumulate(streamOf(message, WITH_USAGE))).toEqual(whole);
      }),
    );
  });
});
