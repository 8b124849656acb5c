import { describe, expect, test } from 'vitest';
import { wholeMessage } from '../../../test/support/anthropic-stream.ts';
import { testTools } from '../../../test/support/codec-tools.ts';
import { responseFixtures } from '../../../test/support/fixtures.ts';
import { PROVIDER, readingOf } from '../../../test/support/messages-codec.ts';
import type { Json } from '../../core/json.ts';
import { isSealed } from '../../core/opaque.ts';
import { parseCount, parseResponse } from './parse-response.ts';

const PARTS = { model: 'm', usage: { input: 7, output: 5, cacheRead: 3, cacheWrite1h: 2 } };
const answer = (content: Json[], more: object = {}) =>
  Buffer.from(JSON.stringify({ ...wholeMessage({ ...PARTS, content }), ...more }));

describe('parseResponse', () => {
  test.each(responseFixtures())('$name is read, with figures for the bill', ({ bytes }) => {
    const { message, usage } = parseResponse(bytes, readingOf());
    const wire = JSON.parse(bytes.toString());
    expect(message.stop_reason).toBe(wire.stop_reason);
    expect(message.content.map(({ type }) => type)).toEqual(wire.content.map(({ type }: { type: string }) => type));
    expect(usage).toMatchObject({ input: wire.usage.input_tokens, output: wire.usage.output_tokens, raw: wire.usage });
  });

  test('P5 P95 opaque state is sealed with what must go back', () => {
    const content = [
      { type: 'thinking', thinking: 'hm', signature: 'sig' },
      { type: 'redacted_thinking', data: 'blob' },
    ];
    const [thinking, redacted] = parseResponse(answer(content), readingOf()).message.content;
    const { envelope } = testTools();
    expect(thinking).toMatchObject({ type: 'thinking', thinking: 'hm' });
    expect(envelope.open(String(thinking?.['signature']))).toEqual({
      origin: PROVIDER,
      data: { text: 'hm', signature: 'sig' },
    });
    expect(envelope.open(String(redacted?.['data']))).toEqual({
      origin: PROVIDER,
      data: { text: '', redacted: 'blob' },
    });
  });

  test('P86 thinking without a signature is sealed too, and never empty', () => {
    const [thinking] = parseResponse(answer([{ type: 'thinking', thinking: 'hm' }]), readingOf()).message.content;
    expect(isSealed(String(thinking?.['signature']))).toBe(true);
  });

  test('P88 a renamed tool has its own name again', () => {
    const content = [{ type: 'tool_use', id: 'toolu_1', name: 'short', input: {} }];
    const reading = readingOf({ toolNames: new Map([['short', 'a name / too long']]) });
    expect(parseResponse(answer(content), reading).message.content[0]).toMatchObject({ name: 'a name / too long' });
  });

  test('P115 the input of a tool is there as it was written', () => {
    const text = '{"n": 1.0, "big": 12345678901234567890}';
    const whole = `{"id":"a","model":"m","content":[7, {"type":"text","text":"]"},{"type":"tool_use","id":"t","name":"n","input": ${text} }],"stop_reason":"tool_use","usage":{}}`;
    expect(parseResponse(Buffer.from(whole), readingOf()).message.content[1]).toMatchObject({
      extra: { input_text: text },
    });
  });

  test('P9 P106 usage has every counter as a whole number', () => {
    const { message } = parseResponse(answer([]), readingOf());
    expect(message.usage).toMatchObject({
      input_tokens: 7,
      cache_read_input_tokens: 3,
      cache_creation_input_tokens: 2,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 2 },
      output_tokens: 5,
    });
    const nothing = parseResponse(answer([], { usage: { input_tokens: null } }), readingOf({ estimatedInput: 9 }));
    expect(nothing.message.usage).toMatchObject({ input_tokens: 9, cache_read_input_tokens: 0, output_tokens: 0 });
    expect(nothing.usage.input).toBeUndefined();
  });

  test.each([
    '',
    '<html>',
    '[1]',
    'null',
    '{}',
    '{"id":"a","model":"m","content":[]}',
    '{"id":1,"model":"m","content":[],"usage":{}}',
  ])('U13 U17 %j is no message', (text) => {
    const refusal = expect.objectContaining({ kind: 'bad_upstream' });
    expect(() => parseResponse(Buffer.from(text), readingOf())).toThrow(refusal);
  });

  test('U9 an error under a 200 is an error', () => {
    const body = Buffer.from('{"type":"error","error":{"type":"overloaded_error","message":"busy"}}');
    expect(() => parseResponse(body, readingOf())).toThrow(expect.objectContaining({ kind: 'overloaded' }));
  });
});

describe('parseCount', () => {
  test('gives the tokens', () => {
    expect(parseCount(Buffer.from('{"input_tokens":12}'))).toBe(12);
  });

  test.each(['{}', '{"input_tokens":"12"}', '{"input_tokens":-1}', '{"input_tokens":1.5}', '[]', 'x'])(
    'U13 refuses %s',
    (text) => {
      expect(() => parseCount(Buffer.from(text))).toThrow(expect.objectContaining({ kind: 'bad_upstream' }));
    },
  );
});
