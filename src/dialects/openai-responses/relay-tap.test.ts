import { describe, expect, test } from 'vitest';
import type { FramePhase, RelayNames } from '../../core/dialect.ts';
import { GatewayError } from '../../core/error.ts';
import type { JsonObject } from '../../core/json.ts';
import { OPENAI_QUIRKS } from '../../core/quirks.ts';
import { parseFrame } from '../../framing/sse-frames.ts';
import { createRelayTap } from './relay-tap.ts';

const NAMES: RelayNames = {
  requestId: 'req_ours',
  publicModel: undefined,
  body: {},
  quirks: OPENAI_QUIRKS,
  onState: () => {},
};
const USAGE = { input_tokens: 10, output_tokens: 42, input_tokens_details: { cached_tokens: 4 } };
const RESPONSE = { id: 'resp_theirs', object: 'response', created_at: 7, model: 'theirs', output: [] };

let sequence = 0;
const event = (type: string, fields: JsonObject = {}) =>
  Buffer.from(`event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence++, ...fields })}\n\n`);
const created = () => event('response.created', { response: { ...RESPONSE, status: 'in_progress', usage: null } });
const textDelta = (delta: string) =>
  event('response.output_text.delta', { item_id: 'msg_1', output_index: 0, content_index: 0, delta, logprobs: [] });
const ended = (status: string, more: JsonObject = {}) =>
  event(`response.${status}`, { response: { ...RESPONSE, status, usage: USAGE, ...more } });
const newTap = (names: Partial<RelayNames> = {}) => createRelayTap({ ...NAMES, ...names });
const dataOf = (bytes: Uint8Array) => JSON.parse(parseFrame(bytes)?.data ?? '');

describe('phases', () => {
  test.each<[string, Uint8Array, FramePhase]>([
    ['the beginning', created(), 'lifecycle'],
    ['a queued one', event('response.queued', { response: RESPONSE }), 'lifecycle'],
    ['an empty message', event('response.output_item.added', { item: { type: 'message', content: [] } }), 'lifecycle'],
    ['empty reasoning', event('response.output_item.added', { item: { type: 'reasoning', summary: [] } }), 'lifecycle'],
    [
      'a call, whose name is content',
      event('response.output_item.added', { item: { type: 'function_call' } }),
      'content',
    ],
    ['an empty part', event('response.content_part.added', { part: { type: 'output_text', text: '' } }), 'lifecycle'],
    ['text', textDelta('a'), 'content'],
    ['reasoning', event('response.reasoning_summary_text.delta', { delta: 'a' }), 'content'],
    ['arguments', event('response.function_call_arguments.delta', { delta: '{' }), 'content'],
    ['the end of an item', event('response.output_item.done', { item: { type: 'message' } }), 'content'],
    ['U22 an event of tomorrow', event('response.of_tomorrow.begun'), 'content'],
    ['P33 an answer that was cut short', ended('incomplete'), 'end'],
    ['the end', ended('completed'), 'end'],
    ['an event without a name', Buffer.from('data: {"type":"response.completed","response":{}}\n\n'), 'end'],
    ['a comment', Buffer.from(': hello\n\n'), 'lifecycle'],
    ['a trailing [DONE]', Buffer.from('data: [DONE]\n\n'), 'lifecycle'],
    ['U7 a delta with broken JSON', Buffer.from('event: response.output_text.delta\ndata: {"del\n\n'), 'content'],
    ['U7 an end with broken JSON', Buffer.from('event: response.completed\ndata: {"resp\n\n'), 'end'],
  ])('%s passes on unchanged', (_name, frame, phase) => {
    const taken = newTap().take(frame);
    expect(taken.phase).toBe(phase);
    expect(taken.bytes).toBe(frame);
  });

  test('P111 an end without a last event is a cut', () => {
    const tap = newTap();
    tap.take(created());
    tap.take(textDelta('a'));
    expect(tap.end()).toEqual({ phase: 'lifecycle', bytes: new Uint8Array(0) });
  });
});

describe('usage', () => {
  test.each(['completed', 'incomplete', 'failed'])('P59 of a response that is %s', (status) => {
    const tap = newTap();
    tap.take(created());
    tap.take(ended(status, { error: status === 'failed' ? { code: 'server_error', message: 'm' } : null }));
    expect(tap.usage).toMatchObject({ input: 6, cache_read: 4, output: 42, raw: USAGE });
  });

  test('U7 is estimated from what was written, escapes aside', () => {
    const tap = newTap();
    tap.take(created());
    tap.take(textDelta(' word'.repeat(40)));
    tap.take(event('response.function_call_arguments.delta', { delta: 'a"\\n'.repeat(10) }));
    tap.take(Buffer.from(`data: {"type":"response.refusal.delta","delta":"${' word'.repeat(40)}"}\n\n`));
    expect(tap.estimatedOutput()).toBeGreaterThan(90);
    expect(tap.estimatedOutput()).toBeLessThan(110);
  });
});

describe('the model name', () => {
  test('is the one that the client used, wherever the response stands', () => {
    const tap = newTap({ publicModel: 'ours' });
    for (const frame of [created(), textDelta('theirs'), ended('completed')]) {
      const text = Buffer.from(tap.take(frame).bytes).toString();
      expect(text).toBe(frame.toString().replace('"model":"theirs"', '"model":"ours"'));
    }
  });
});

describe('errors', () => {
  test.each<[string, Uint8Array]>([
    ['a failed response', ended('failed', { error: { code: 'server_is_overloaded', message: 'busy' } })],
    ['an error event', event('error', { code: 'server_is_overloaded', message: 'busy', param: null })],
  ])('U9 %s passes on and is known', (_name, frame) => {
    const tap = newTap();
    expect(tap.take(frame)).toEqual({ phase: 'error', bytes: frame });
    expect(tap.error).toMatchObject({ kind: 'overloaded', message: 'busy' });
  });

  test('U14 what it says of our credential is not shown', () => {
    const tap = newTap();
    tap.take(created());
    const { bytes } = tap.take(ended('failed', { error: { code: 'invalid_api_key', message: 'sk-secret is wrong' } }));
    expect(Buffer.from(bytes).toString()).not.toContain('sk-secret');
    expect(dataOf(bytes)).toMatchObject({
      type: 'response.failed',
      sequence_number: 1,
      response: { id: 'resp_theirs' },
    });
  });

  test('P111 one of ours ends the response that the client knows, in its place', () => {
    const tap = newTap({ publicModel: 'ours' });
    for (const frame of [created(), textDelta('a'), Buffer.from(': ping\n\n'), textDelta('b')]) tap.take(frame);
    expect(dataOf(tap.fail(new GatewayError('timeout', 'late'), 'req_ours'))).toMatchObject({
      type: 'response.failed',
      sequence_number: 3,
      response: {
        id: 'resp_theirs',
        created_at: 7,
        model: 'ours',
        status: 'failed',
        error: { code: 'server_error', message: 'late' },
      },
    });
  });

  test('P111 also before the response has an id', () => {
    expect(dataOf(newTap().fail(new GatewayError('timeout', 'late'), 'req_ours'))).toMatchObject({
      sequence_number: 0,
      response: { id: 'resp_ours' },
    });
  });
});
