import { describe, expect, test } from 'vitest';
import { decodeChunks, gistOf, orderFaults, sseOf, testReading } from '../../../test/support/answer-reading.ts';
import type { Reading } from '../../core/dialect.ts';
import type { StreamEvent } from '../../core/event.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { Loss } from '../../core/loss.ts';
import { createStreamDecoder } from './stream-decoder.ts';

const CREATED = { type: 'response.created', response: { id: 'resp_1', status: 'in_progress', output: [] } };
const completed = (usage: Json = null): JsonObject => ({
  type: 'response.completed',
  response: { id: 'resp_1', status: 'completed', output: [], usage },
});
const added = (output_index: number, item: JsonObject) => ({ type: 'response.output_item.added', output_index, item });
const done = (output_index: number, item: JsonObject) => ({ type: 'response.output_item.done', output_index, item });
const delta = (kind: string, output_index: number, text: string, more: JsonObject = {}) => ({
  type: `response.${kind}.delta`,
  output_index,
  delta: text,
  ...more,
});
const f = (call_id: string, text: Json = '') => ({
  id: 'fc_1',
  type: 'function_call',
  call_id,
  name: 'f',
  arguments: text,
});
const message = (...texts: string[]) => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  content: texts.map((text) => ({ type: 'output_text', text, annotations: [] })),
});

function eventsOf(values: readonly Json[], parts: Partial<Reading> = {}, losses: Loss[] = []): StreamEvent[] {
  const events = decodeChunks([sseOf(values)], createStreamDecoder(testReading(parts, losses)));
  expect(orderFaults(events)).toEqual([]);
  return events;
}

const gist = (values: readonly Json[], parts: Partial<Reading> = {}) => gistOf(eventsOf(values, parts));

describe('the opening and the end', () => {
  test('P11 P54 P59 P106 the input is estimated at first and corrected at the end', () => {
    const usage = { input_tokens: 50, input_tokens_details: { cached_tokens: 20 }, output_tokens: 3 };
    const decoder = createStreamDecoder(testReading({ estimatedInput: 41 }));
    const events = decodeChunks([sseOf([CREATED, done(0, message('Hi')), completed(usage)])], decoder);
    expect(events[0]).toMatchObject({ message: { id: 'msg_1', usage: { input_tokens: 41, output_tokens: 0 } } });
    expect(gistOf(events).usage).toBe('30/20/3');
    expect(decoder.usage).toMatchObject({ input: 30, cache_read: 20, output: 3, raw: usage });
  });

  test('P59 a failed response bears usage for the bill', () => {
    const decoder = createStreamDecoder(testReading());
    const response = {
      status: 'failed',
      error: { code: 'server_error', message: 'x' },
      usage: { input_tokens: 9, output_tokens: 1 },
    };
    decodeChunks([sseOf([CREATED, { type: 'response.failed', response }])], decoder);
    expect(decoder.usage).toMatchObject({ input: 9, output: 1 });
  });

  test('P106 usage that never comes is the estimate', () => {
    expect(gist([CREATED, done(0, message('Hi')), completed()], { estimatedInput: 41 }).usage).toBe('41/0/0');
  });

  test.each([
    ['P15 P111 no last event', [CREATED, done(0, message('Hi'))], 'api_error'],
    ['P15 nothing at all', [], 'api_error'],
    ['U9 an error first', [{ type: 'error', code: 'rate_limit_exceeded', message: 'x' }], 'rate_limit_error'],
    ['U9 an error of another shape', [{ error: { message: 'x', code: 503 } }], 'overloaded_error'],
    ['a failure without words', [CREATED, { type: 'response.failed', response: { status: 'failed' } }], 'api_error'],
  ])('%s is an error', (_name, values, type) => {
    expect(eventsOf(values).at(-1)).toMatchObject({ type: 'error', error: { type } });
  });

  test('P28 nothing follows an error', () => {
    const events = eventsOf([
      CREATED,
      { type: 'error', code: null, message: 'x' },
      done(0, message('Hi')),
      completed(),
    ]);
    expect(events.map(({ type }) => type)).toEqual(['message_start', 'error']);
  });
});

describe('items', () => {
  test('P29 a block ends with its item, without waiting for the next', () => {
    const decoder = createStreamDecoder(testReading());
    const push = (value: Json) => decoder.push({ event: '', data: JSON.stringify(value) }).map(({ type }) => type);
    push(CREATED);
    push(added(0, f('c')));
    expect(push(delta('function_call_arguments', 0, '{}'))).toEqual(['content_block_start', 'content_block_delta']);
    expect(push(done(0, f('c', '{}')))).toEqual(['content_block_stop']);
  });

  test('P29 reasoning that is still to be signed holds up what follows', () => {
    const values = [
      added(0, { id: 'rs_1', type: 'reasoning', summary: [] }),
      delta('reasoning_summary_text', 0, 'a', { summary_index: 0 }),
      added(1, message()),
      delta('output_text', 1, 'b', { content_index: 0 }),
      done(0, {
        id: 'rs_1',
        type: 'reasoning',
        summary: [{ type: 'summary_text', text: 'a' }],
        encrypted_content: 'E',
      }),
      done(1, message('b')),
      completed(),
    ];
    expect(gist(values).blocks).toEqual(['thinking{"id":"rs_1","encrypted_content":"E"}: a', 'text: b']);
  });

  test('P99 the encrypted content of the finished item counts', () => {
    const reasoning = (encrypted_content: string) => ({
      id: 'rs_1',
      type: 'reasoning',
      summary: [],
      encrypted_content,
    });
    const values = [added(0, reasoning('PART')), done(0, reasoning('WHOLE')), done(1, message('b')), completed()];
    expect(gist(values).blocks[0]).toBe('thinking{"id":"rs_1","encrypted_content":"WHOLE"}: ');
  });

  test('P3 what the deltas left out comes with done', () => {
    const values = [
      added(0, message()),
      delta('output_text', 0, 'Hel', { content_index: 0 }),
      { type: 'response.output_text.done', output_index: 0, content_index: 0, text: 'Hello' },
      done(0, message('Hello!')),
      added(1, f('c')),
      delta('function_call_arguments', 1, '{"a"'),
      done(1, f('c', '{"a":1}')),
      completed(),
    ];
    expect(gist(values)).toMatchObject({ blocks: ['text: Hello!', 'tool c f {"a":1}'], stop: 'tool_use' });
  });

  test('what done says otherwise does not change what was said', () => {
    const values = [
      added(0, message()),
      delta('output_text', 0, 'Hallo', { content_index: 0 }),
      done(0, message('Hello world')),
      completed(),
    ];
    expect(gist(values).blocks).toEqual(['text: Hallo']);
  });

  test('items are known by their id where no place is said', () => {
    const values = [
      { type: 'response.output_item.added', item: { ...f('c'), id: 'fc_1' } },
      { type: 'response.output_item.added', item: { ...f('d'), id: 'fc_2' } },
      { type: 'response.function_call_arguments.delta', item_id: 'fc_2', delta: '{"b":2}' },
      { type: 'response.function_call_arguments.delta', item_id: 'fc_1', delta: '{"a":1}' },
      { type: 'response.output_item.done', item: { ...f('d', '{"b":2}'), id: 'fc_2' } },
      { type: 'response.output_item.done', item: { ...f('c', '{"a":1}'), id: 'fc_1' } },
      completed(),
    ];
    expect(gist(values).blocks).toEqual(['tool c f {"a":1}', 'tool d f {"b":2}']);
  });

  test('the whole output counts only where no event has told of an item', () => {
    const last = { type: 'response.completed', response: { status: 'completed', output: [message('Hi')] } };
    expect(gist([done(3, message('Hi')), last]).blocks).toEqual(['text: Hi']);
  });

  test('what comes behind the end of an item says nothing', () => {
    const values = [done(0, f('c', '{}')), delta('function_call_arguments', 0, '{'), completed()];
    expect(gist(values)).toMatchObject({ blocks: ['tool c f {}'], stop: 'tool_use' });
  });

  test('P94 events without what they should have say nothing', () => {
    const values = [
      { type: 'response.output_item.added' },
      { type: 'response.output_text.delta' },
      { type: 'response.function_call_arguments.delta', output_index: 5, delta: '{' },
      { type: 'response.output_item.done', output_index: 6, item: null },
      done(7, message('Hi')),
      completed(),
    ];
    expect(gist(values).blocks).toEqual(['text: Hi']);
  });
});

describe('calls', () => {
  test('a tool goes by the name that the caller gave it, under an id that clients take', () => {
    const toolNames = new Map([['f', 'ns.f']]);
    const ids = () => gist([done(0, f('a|b', '{}')), completed()], { toolNames }).blocks;
    expect(ids()).toEqual(ids());
    expect(ids()[0]).toMatch(/^tool toolu_[0-9a-f]{24} ns\.f \{\}$/);
  });

  test('P21 a call without call id goes by the id of its item', () => {
    expect(gist([done(0, { ...f('', '{}'), call_id: null }), completed()]).blocks).toEqual(['tool fc_1 f {}']);
  });

  test('P119 arguments may be the object itself', () => {
    expect(gist([done(0, f('c', { a: 1 })), completed()]).blocks).toEqual(['tool c f {"a":1}']);
  });

  test.each([
    ['P20 cut arguments', [done(0, f('c', '{"a"')), completed()]],
    ['a call without a name', [done(0, { ...f('c', '{}'), name: null }), completed()]],
  ])('%s is an error, never repaired', (_name, values) => {
    expect(eventsOf(values).at(-1)).toMatchObject({ type: 'error', error: { type: 'api_error' } });
  });

  test('P43 calls outweigh a refusal', () => {
    const refusal = { ...message(), content: [{ type: 'refusal', refusal: 'No.' }] };
    expect(gist([done(0, refusal), done(1, f('c')), completed()])).toMatchObject({ stop: 'tool_use' });
  });
});

describe('what has no place in an answer', () => {
  test('annotations of other kinds and token probabilities are reported', () => {
    const losses: Loss[] = [];
    const part = {
      type: 'output_text',
      text: 'Hi',
      annotations: [{ type: 'file_citation', file_id: 'x' }],
      logprobs: [{ token: 'Hi', logprob: 0 }],
    };
    eventsOf([done(0, { ...message(), content: [part] }), completed()], {}, losses);
    expect(losses.map(({ code }) => code)).toEqual(['logprobs_dropped', 'annotations_dropped']);
  });

  test('an emulated stop sequence cuts the answer', () => {
    const values = [
      added(0, message()),
      delta('output_text', 0, 'One E', { content_index: 0 }),
      delta('output_text', 0, 'ND two', { content_index: 0 }),
      delta('output_text', 0, ' three', { content_index: 0 }),
      done(0, message('One END two three')),
      done(1, f('c', '{}')),
      completed(),
    ];
    expect(gist(values, { emulatedStops: ['END'] })).toMatchObject({
      blocks: ['text: One '],
      stop: 'stop_sequence "END"',
    });
  });
});
