import { describe, expect, test } from 'vitest';
import { requestFixtures } from '../../../test/support/fixtures.ts';
import { GatewayError } from '../../core/error.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import { checkRequest, peekRequest } from './check-request.ts';

const GOOD: JsonObject = { model: 'm', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] };

/** The message of the refusal; undefined when there was none. */
function refusal(body: JsonObject, operation: 'generate' | 'count_tokens' = 'generate'): string | undefined {
  try {
    checkRequest(body, operation);
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof GatewayError) || thrown.kind !== 'invalid_request') throw thrown;
    return thrown.message;
  }
}

const without = (key: string): JsonObject => Object.fromEntries(Object.entries(GOOD).filter(([name]) => name !== key));

describe('checkRequest', () => {
  test.each<[string, JsonObject]>([
    ['the least there is', GOOD],
    ['max_tokens 0', { ...GOOD, max_tokens: 0 }],
    [
      'nulls in optional fields',
      { ...GOOD, system: null, temperature: null, tools: null, metadata: null, stream: null },
    ],
    ['a system turn', { ...GOOD, messages: [{ role: 'system', content: 'x' }] }],
    ['empty text', { ...GOOD, messages: [{ role: 'user', content: '' }] }],
    ['no blocks', { ...GOOD, messages: [{ role: 'user', content: [] }] }],
    [
      'unknown blocks, tools and fields',
      { ...GOOD, x: 1, tools: [{ type: 'new' }], messages: [{ role: 'user', content: [{ type: 'new' }], y: 1 }] },
    ],
    ['a null user', { ...GOOD, metadata: { user_id: null } }],
    ['the edges of a range', { ...GOOD, temperature: 0, top_p: 1, top_k: 0 }],
  ])('takes %s', (_name, body) => {
    expect(refusal(body)).toBeUndefined();
  });

  test.each(requestFixtures())('takes the request $name', ({ bytes }) => {
    const body: Json = JSON.parse(bytes.toString());
    expect(isJsonObject(body) && refusal(body)).toBeUndefined();
  });

  test('counting tokens goes without max_tokens', () => {
    expect(refusal(without('max_tokens'), 'count_tokens')).toBeUndefined();
    expect(refusal(without('max_tokens'))).toMatch(/^max_tokens: /);
  });

  const wrongIn = (field: string, ...values: Json[]): [string, Json][] => values.map((value) => [field, value]);
  test.each([
    ...wrongIn('model', null, 1, '', [], 'x'.repeat(257)),
    ...wrongIn('stream', 'true', 1, {}, 0),
    ...wrongIn('max_tokens', null, '10', -1, 1.5, [], true, 1e300 * 1e300),
    ...wrongIn('messages', null, 'hi', {}, [], 1),
    ...wrongIn('system', 1, {}, true),
    ...wrongIn('temperature', '1', -0.1, 1.1, []),
    ...wrongIn('top_p', '1', -1, 2, {}),
    ...wrongIn('top_k', -1, 1.5, '1'),
    ...wrongIn('stop_sequences', 'x', {}, 1),
    ...wrongIn('tools', {}, 'x', 1),
    ...wrongIn('tool_choice', 'auto', [], 1),
    ...wrongIn('thinking', 'on', [], true),
    ...wrongIn('metadata', 'me', [], 1),
  ])('C13 refuses %s: %j and names it', (field, value) => {
    expect(refusal({ ...GOOD, [field]: value })).toMatch(new RegExp(`^${field}: `));
  });

  const inMessages = (...messages: Json[]): JsonObject => ({ ...GOOD, messages });
  test.each<[string, JsonObject]>([
    ['model', without('model')],
    ['messages', without('messages')],
    ['messages.0', inMessages([{ role: 'user', content: 'x' }])],
    ['messages.0', inMessages(null)],
    ['messages.1', inMessages({ role: 'user', content: 'x' }, 'x')],
    ['messages.0.role', inMessages({ content: 'x' })],
    ['messages.0.role', inMessages({ role: 'tool', content: 'x' })],
    ['messages.0.role', inMessages({ role: ['user'], content: 'x' })],
    ['messages.0.content', inMessages({ role: 'user' })],
    ['messages.0.content', inMessages({ role: 'user', content: null })],
    ['messages.0.content', inMessages({ role: 'user', content: 7 })],
    ['messages.0.content', inMessages({ role: 'user', content: { type: 'text', text: 'x' } })],
    ['messages.0.content.0', inMessages({ role: 'user', content: ['x'] })],
    ['messages.0.content.1.type', inMessages({ role: 'user', content: [{ type: 'text' }, { text: 'x' }] })],
    ['messages.0.content.0.type', inMessages({ role: 'user', content: [{ type: null }] })],
    ['system.0.type', { ...GOOD, system: [{ text: 'x' }] }],
    ['stop_sequences.1', { ...GOOD, stop_sequences: ['a', 1] }],
    ['tools.0', { ...GOOD, tools: ['search'] }],
    ['tool_choice.type', { ...GOOD, tool_choice: {} }],
    ['thinking.type', { ...GOOD, thinking: { type: 1 } }],
    ['metadata.user_id', { ...GOOD, metadata: { user_id: 5 } }],
  ])('C13 names the place: %s', (path, body) => {
    expect(refusal(body)?.split(': ')[0]).toBe(path);
  });

  test('C6 an inherited field is no field', () => {
    expect(refusal(JSON.parse('{"__proto__":{"model":"m","max_tokens":1}}'))).toMatch(/^model: /);
  });
});

test('P109 a stream is what the body asks for', () => {
  expect(peekRequest({ model: 'm' })).toEqual({ model: 'm', stream: false });
  expect(peekRequest({ model: 'm', stream: null })).toEqual({ model: 'm', stream: false });
  expect(peekRequest({ model: 'm', stream: true })).toEqual({ model: 'm', stream: true });
});
