import { describe, expect, test } from 'vitest';
import { decodeChunks, gistOf, gistOfMessage, sseOf, testReading } from '../../../test/support/answer-reading.ts';
import type { Reading } from '../../core/dialect.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { OPENAI_QUIRKS } from '../../core/quirks.ts';
import { parseCount, parseResponse } from './parse-response.ts';
import { createStreamDecoder } from './stream-decoder.ts';

const completion = (message: JsonObject, finish: Json = 'stop'): JsonObject => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'theirs',
  choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: finish }],
  usage: { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25, prompt_tokens_details: { cached_tokens: 8 } },
});

const parse = (body: Json, parts: Partial<Reading> = {}) =>
  parseResponse(Buffer.from(JSON.stringify(body)), testReading(parts));

const f = (text: Json, id = 'call_1') => ({ id, type: 'function', function: { name: 'f', arguments: text } });

describe('whole answers', () => {
  test.each([
    ['text', { content: 'Hi', refusal: null, annotations: [] }, 'stop'],
    ['reasoning, text and calls', { reasoning_content: 'a', content: 'b', tool_calls: [f('{"a":1}')] }, 'tool_calls'],
    ['P119 arguments as an object', { content: null, tool_calls: [f({ a: 1 })] }, 'tool_calls'],
    ['P43 P82 calls and stop', { content: '', tool_calls: [f('')] }, 'stop'],
    ['calls and no finish', { tool_calls: [f('{}')] }, null],
    ['P83 no calls', { content: 'Hi', tool_calls: [] }, 'tool_calls'],
    ['a refusal', { content: null, refusal: 'No.' }, 'stop'],
    ['P26 length', { content: 'Hi' }, 'length'],
    ['content_filter', { content: 'Hi' }, 'content_filter'],
    [
      'parts',
      {
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'a' }] },
          { type: 'text', text: 'b' },
        ],
      },
      'stop',
    ],
    [
      'encrypted reasoning',
      { content: 'Hi', reasoning: null, reasoning_details: [{ type: 'reasoning.encrypted', data: 'x' }] },
      'stop',
    ],
  ])('P27 %s reads as the stream would', (_name, message, finish) => {
    const body = completion(message, finish);
    const stream = sseOf([{ ...body, choices: [{ index: 0, delta: message, finish_reason: finish }] }, '[DONE]']);
    const whole = parse(body);
    expect(gistOfMessage(whole.message)).toEqual(gistOf(decodeChunks([stream], createStreamDecoder(testReading()))));
    expect(whole.usage).toMatchObject({ input: 12, cache_read: 8, output: 5 });
    expect(whole.message.usage).toMatchObject({ input_tokens: 12, cache_read_input_tokens: 8, output_tokens: 5 });
  });

  test('our own id, the model that was asked', () => {
    expect(parse(completion({ content: 'Hi' })).message).toMatchObject({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'upstream-model',
    });
  });

  test('P115 arguments that came as text are kept as they were written', () => {
    const text = '{"a": 1.0, "b": 12345678901234567890}';
    const { content } = parse(completion({ tool_calls: [f(text), f('', 'call_2')] }, 'tool_calls')).message;
    expect(content[0]).toMatchObject({ input: { a: 1 }, extra: { input_text: text } });
    expect(content[1]).toEqual({ type: 'tool_use', id: 'call_2', name: 'f', input: {} });
  });

  test('P118 each of several calls counts, whatever their index says', () => {
    const calls = [
      { index: 0, ...f('{"a":1}') },
      { index: 0, ...f('{"a":1}') },
      { index: 0, ...f('{}', '') },
    ];
    expect(gistOfMessage(parse(completion({ tool_calls: calls })).message).blocks).toEqual([
      'tool call_1 f {"a":1}',
      'tool toolu_2 f {"a":1}',
      'tool toolu_3 f {}',
    ]);
  });

  test('P20 arguments cut by length are wrapped, others refused', () => {
    const cut = { tool_calls: [f('{"a":"b')] };
    expect(parse(completion(cut, 'length')).message).toMatchObject({
      content: [{ type: 'tool_use', input: { _raw: '{"a":"b' } }],
      stop_reason: 'max_tokens',
    });
    expect(() => parse(completion(cut, 'stop'))).toThrow(expect.objectContaining({ kind: 'bad_upstream' }));
    expect(() => parse(completion(cut, 'tool_calls'))).toThrow(expect.objectContaining({ kind: 'bad_upstream' }));
  });

  test('a free-form call has its text as its one input', () => {
    const custom = { id: 'call_1', type: 'custom', custom: { name: 'run', input: 'a "b"\n' } };
    expect(parse(completion({ tool_calls: [custom] })).message.content).toEqual([
      { type: 'tool_use', id: 'call_1', name: 'run', input: { input: 'a "b"\n' }, extra: { custom: true } },
    ]);
  });

  test('think tags and stop sequences are looked for as in a stream', () => {
    const parts = { quirks: { ...OPENAI_QUIRKS, thinkTags: true }, emulatedStops: ['END'] };
    const { message } = parse(completion({ content: '<think>a END</think>\nb END c' }), parts);
    expect(gistOfMessage(message)).toMatchObject({
      blocks: ['thinking: a END', 'text: b '],
      stop: 'stop_sequence "END"',
    });
  });

  test.each([
    ['U9 an error object', { error: { message: 'busy', code: 503 } }, 'overloaded'],
    ['U9 an error text', { error: 'bad things' }, 'upstream_error'],
    ['an object of type error', { object: 'error', message: 'too big', code: 400 }, 'invalid_request'],
    ['an error on the choice', { choices: [{ error: { code: 429, message: 'slow' }, message: {} }] }, 'rate_limited'],
    ['finish error', completion({ content: 'Hi' }, 'error'), 'upstream_error'],
    ['P113 a refused credential', { error: { message: 'sk-1', code: 'invalid_api_key' } }, 'upstream_auth'],
    ['no choices', { id: 'x' }, 'bad_upstream'],
    ['empty choices', { choices: [] }, 'bad_upstream'],
    ['a call without a name', completion({ tool_calls: [{ function: { arguments: '{}' } }] }), 'bad_upstream'],
  ])('%s under a 200 is an error', (_name, body, kind) => {
    expect(() => parse(body)).toThrow(expect.objectContaining({ kind }));
  });

  test.each(['', '<html>', '[1]', 'null', '{'])('U13 U17 %j is no answer', (text) => {
    const refused = expect.objectContaining({ kind: 'bad_upstream' });
    expect(() => parseResponse(Buffer.from(text), testReading())).toThrow(refused);
    expect(() => parseCount(Buffer.from(text))).toThrow(refused);
  });
});

describe('counts', () => {
  test('input_tokens is the count', () => {
    expect(parseCount(Buffer.from('{"object":"response.input_tokens","input_tokens":11}'))).toBe(11);
  });

  test.each(['{}', '{"input_tokens":-1}', '{"input_tokens":1.5}', '{"input_tokens":"1"}'])('%s is none', (text) => {
    expect(() => parseCount(Buffer.from(text))).toThrow(expect.objectContaining({ kind: 'bad_upstream' }));
  });
});
