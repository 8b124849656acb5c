import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../core/json.ts';
import { checkRequest } from './check-request.ts';

const GOOD: JsonObject = { model: 'm', input: 'hi' };
const inInput = (...input: Json[]): JsonObject => ({ ...GOOD, input });

describe('checkRequest', () => {
  test.each<[string, JsonObject]>([
    ['text', GOOD],
    ['P69 a message without type and id', inInput({ role: 'user', content: 'hi' })],
    [
      'items and parts of any type',
      inInput({ type: 'new' }, { type: 'message', role: 'user', content: [{ type: 'new' }] }),
    ],
    ['unknown fields', { ...GOOD, x: 1, temperature: 99 }],
    [
      'nulls',
      { ...GOOD, stream: null, previous_response_id: null, conversation: null, background: false, prompt: null },
    ],
    ['a reference in a field of another item', inInput({ type: 'function_call', id: 'fc_1' })],
  ])('leaves %s to the upstream', (_name, body) => {
    expect(() => checkRequest(body)).not.toThrow();
  });

  test.each<[string, JsonObject]>([
    ['model', { input: 'hi' }],
    ['stream', { ...GOOD, stream: 1 }],
    ['max_output_tokens', { ...GOOD, max_output_tokens: 1.5 }],
    ['input', { model: 'm' }],
    ['input', { ...GOOD, input: null }],
    ['input', { ...GOOD, input: {} }],
    ['input', inInput()],
    ['input[0]', inInput('hi')],
    ['input[0].type', inInput({ type: 1 })],
    ['input[0].role', inInput({ content: 'hi' })],
    ['input[0].role', inInput({ role: 'tool', content: 'hi' })],
    ['input[0].content', inInput({ role: 'user', content: 7 })],
    ['input[0].content[0].type', inInput({ role: 'user', content: [{}] })],
    ['conversation', { ...GOOD, conversation: 'conv_1' }],
    ['conversation', { ...GOOD, conversation: { id: 'conv_1' } }],
    ['background', { ...GOOD, background: true }],
    ['prompt', { ...GOOD, prompt: { id: 'pmpt_1' } }],
    ['input[0]', inInput({ type: 'item_reference', id: 'rs_1' })],
    ['input[0]', inInput({ id: 'rs_1' })],
  ])('names %s', (field, body) => {
    expect(() => checkRequest(body)).toThrow(expect.objectContaining({ status: 400, field }));
  });

  test('an earlier answer is not found, in the words and with the code that clients look for', () => {
    expect(() => checkRequest({ ...GOOD, previous_response_id: 'resp_1' })).toThrow(
      expect.objectContaining({
        status: 400,
        field: 'previous_response_id',
        code: 'previous_response_not_found',
        message: expect.stringContaining("Previous response with id 'resp_1' not found"),
      }),
    );
  });
});
