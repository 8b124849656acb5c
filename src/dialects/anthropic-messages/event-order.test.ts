import { describe, expect, test } from 'vitest';
import { decodeChunks, sseOf } from '../../../test/support/answer-reading.ts';
import { readingOf } from '../../../test/support/messages-codec.ts';
import type { StreamEvent } from '../../core/event.ts';
import type { JsonObject } from '../../core/json.ts';
import { createStreamDecoder } from './stream-decoder.ts';

const START: JsonObject = { type: 'message_start', message: { id: 'm', model: 'x', content: [], usage: {} } };
const STOP: JsonObject = { type: 'message_stop' };

const ended = (stop_reason: string): JsonObject => ({ type: 'message_delta', delta: { stop_reason }, usage: {} });
const begins = (index: number, content_block: JsonObject): JsonObject => ({
  type: 'content_block_start',
  index,
  content_block,
});
const grows = (index: number, delta: JsonObject): JsonObject => ({ type: 'content_block_delta', index, delta });
const ends = (index: number): JsonObject => ({ type: 'content_block_stop', index });

const TEXT: JsonObject = { type: 'text', text: '' };
const CALL: JsonObject = { type: 'tool_use', id: 'toolu_1', name: 'run', input: {} };
const said = (index: number, text = 'hi') => grows(index, { type: 'text_delta', text });
const argued = (index: number, partial_json: string) => grows(index, { type: 'input_json_delta', partial_json });

const decode = (events: readonly JsonObject[]) => decodeChunks([sseOf(events)], createStreamDecoder(readingOf()));

/** Types and indices of events, in short. */
function gist(events: readonly StreamEvent[]): string[] {
  return events.map((event) =>
    'index' in event ? `${event.type.replace('content_block_', '')} ${event.index}` : event.type,
  );
}

const BLOCK = ['start 0', 'delta 0', 'stop 0'];
const END = ['message_delta', 'message_stop'];

describe('a stream that is nearly in order', () => {
  test.each([
    {
      title: 'P30 blocks counted from 1 are counted from 0',
      events: [START, begins(1, TEXT), said(1), ends(1), ended('end_turn'), STOP],
      expected: ['message_start', ...BLOCK, ...END],
    },
    {
      title: 'P29 P79 a block that never ends is ended by the next, and by the end',
      events: [START, begins(0, TEXT), said(0), begins(1, CALL), argued(1, '{}'), ended('tool_use'), STOP],
      expected: ['message_start', ...BLOCK, 'start 1', 'delta 1', 'stop 1', ...END],
    },
    {
      title: 'P79 a second opening of the message and a second end of a block say nothing',
      events: [START, START, begins(0, TEXT), said(0), ends(0), ends(0), ended('end_turn'), STOP],
      expected: ['message_start', ...BLOCK, ...END],
    },
    {
      title: 'U22 a delta of an unknown kind may stand anywhere',
      events: [START, begins(0, TEXT), said(0), ends(0), grows(0, { type: 'new_delta' }), ended('end_turn'), STOP],
      expected: ['message_start', ...BLOCK, ...END],
    },
    {
      title: 'P20 a call cut by the limit stays as it is',
      events: [START, begins(0, CALL), argued(0, '{"a'), ends(0), ended('max_tokens'), STOP],
      expected: ['message_start', ...BLOCK, ...END],
    },
  ])('$title', ({ events, expected }) => {
    expect(gist(decode(events))).toEqual(expected);
  });
});

describe('a stream that makes no sense fails', () => {
  test.each([
    { title: 'P78 a block before the message', events: [begins(0, TEXT), STOP], message: /before message_start/ },
    { title: 'P15 an end without a beginning', events: [STOP], message: /before message_start/ },
    {
      title: 'P29 text for a block that has ended',
      events: [START, begins(0, TEXT), ends(0), said(0)],
      message: /text_delta outside/,
    },
    {
      title: 'P4 P80 text inside a call',
      events: [START, begins(0, CALL), said(0)],
      message: /text_delta outside/,
    },
    {
      title: 'P20 a broken call that claims to be whole',
      events: [START, begins(0, CALL), argued(0, '{"a'), ends(0), ended('tool_use'), STOP],
      message: /not valid JSON/,
    },
    {
      title: 'a call without a name',
      events: [START, begins(0, { ...CALL, name: '' })],
      message: /without a name/,
    },
    {
      title: 'U7 an opening that is no message',
      events: [{ type: 'message_start', message: {} }],
      message: /other than a message/,
    },
  ])('$title', ({ events, message }) => {
    const decoded = decode(events);
    expect(decoded.at(-1)).toMatchObject({
      type: 'error',
      error: { type: 'api_error', message: expect.stringMatching(message) },
    });
    expect(gist(decoded)).not.toContain('message_stop');
  });
});

test('P92 a stop reason that is no text does not undo the one before', () => {
  const garbled: JsonObject = { type: 'message_delta', delta: { stop_reason: 7 }, usage: {} };
  const events = decode([START, begins(0, CALL), argued(0, '{"a'), ended('max_tokens'), garbled, STOP]);
  expect(events.at(-1)?.type).toBe('message_stop');
  expect(events.flatMap((event) => (event.type === 'message_delta' ? [event.delta] : []))).toEqual([
    { stop_reason: 'max_tokens' },
    {},
  ]);
});

test('P21 a call without an id gets one', () => {
  const events = [START, begins(0, { ...CALL, id: '' }), ends(0), ended('tool_use'), STOP];
  const opened = decode(events).find((event) => event.type === 'content_block_start');
  expect(opened?.content_block['id']).toMatch(/^toolu_/);
});

test('U7 an error without words gets some', () => {
  const events = decode([START, { type: 'error', error: { type: 'overloaded_error', message: '' } }]);
  const error = { type: 'overloaded_error', message: 'The upstream reported an error' };
  expect(events.at(-1)).toMatchObject({ type: 'error', error });
});
