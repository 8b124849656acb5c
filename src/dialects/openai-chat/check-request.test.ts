import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../core/json.ts';
import { checkRequest, peekRequest } from './check-request.ts';

const GOOD: JsonObject = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };

describe('checkRequest', () => {
  test.each<[string, JsonObject]>([
    ['the least there is', GOOD],
    ['nulls', { ...GOOD, stream: null, max_tokens: null, stream_options: null }],
    [
      'unknown fields, values and parts',
      { ...GOOD, temperature: 99, x: 1, messages: [{ role: 'user', content: [{ type: 'new' }], y: 1 }] },
    ],
    [
      'every role',
      { ...GOOD, messages: ['system', 'developer', 'user', 'assistant', 'tool', 'function'].map((role) => ({ role })) },
    ],
    ['the longest model name', { ...GOOD, model: 'x'.repeat(256) }],
  ])('leaves %s to the upstream', (_name, body) => {
    expect(() => checkRequest(body)).not.toThrow();
  });

  const inMessages = (message: Json): JsonObject => ({ ...GOOD, messages: [message] });
  test.each<[string, JsonObject]>([
    ['model', { messages: [] }],
    ['model', { ...GOOD, model: 1 }],
    ['model', { ...GOOD, model: '' }],
    ['model', { ...GOOD, model: 'x'.repeat(257) }],
    ['stream', { ...GOOD, stream: 'true' }],
    ['stream_options', { ...GOOD, stream_options: [] }],
    ['max_tokens', { ...GOOD, max_tokens: '10' }],
    ['max_completion_tokens', { ...GOOD, max_completion_tokens: -1 }],
    ['messages', { model: 'm' }],
    ['messages', { ...GOOD, messages: null }],
    ['messages', { ...GOOD, messages: [] }],
    ['messages[0]', inMessages('hi')],
    ['messages[0].role', inMessages({ content: 'hi' })],
    ['messages[0].role', inMessages({ role: 'god', content: 'hi' })],
    ['messages[0].role', inMessages({ role: ['user'] })],
    ['messages[0].content', inMessages({ role: 'user', content: 7 })],
    ['messages[0].content[0]', inMessages({ role: 'user', content: ['hi'] })],
    ['messages[0].content[1].type', inMessages({ role: 'user', content: [{ type: 'text' }, { text: 'hi' }] })],
  ])('names %s', (field, body) => {
    expect(() => checkRequest(body)).toThrow(expect.objectContaining({ status: 400, field }));
  });

  test('an inherited field is no field', () => {
    const body: JsonObject = JSON.parse('{"__proto__":{"model":"m","messages":[{"role":"user"}]}}');
    expect(() => checkRequest(body)).toThrow(expect.objectContaining({ field: 'model' }));
  });
});

test('P109 a stream is what the body asks for', () => {
  expect(peekRequest({ model: 'm' })).toEqual({ model: 'm', stream: false });
  expect(peekRequest({ model: 'm', stream: null })).toEqual({ model: 'm', stream: false });
  expect(peekRequest({ model: 'm', stream: true })).toEqual({ model: 'm', stream: true });
});
