import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fold, type StreamEvent, unfold } from './event.ts';
import type { Json, JsonObject } from './json.ts';
import type { ContentBlock, Message } from './message.ts';

const start = {
  type: 'message_start',
  message: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 10, cache_read_input_tokens: 4, output_tokens: 1 },
  },
} satisfies StreamEvent;
const open = (index: number, content_block: ContentBlock): StreamEvent => ({
  type: 'content_block_start',
  index,
  content_block,
});
const delta = (index: number, fields: { type: string } & JsonObject): StreamEvent => ({
  type: 'content_block_delta',
  index,
  delta: fields,
});
const close = (index: number): StreamEvent => ({ type: 'content_block_stop', index });
const end = (stop_reason: string, usage: JsonObject = { output_tokens: 5 }): StreamEvent[] => [
  { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage },
  { type: 'message_stop' },
];
const text = open(0, { type: 'text', text: '' });
const tool = open(0, { type: 'tool_use', id: 't', name: 'n', input: {} });

describe('fold', () => {
  test.each<[string, StreamEvent[], ContentBlock]>([
    [
      'text',
      [text, delta(0, { type: 'text_delta', text: 'a' }), delta(0, { type: 'text_delta', text: 'ß' })],
      { type: 'text', text: 'aß' },
    ],
    [
      'P48 tool input, its placeholder replaced',
      [
        tool,
        delta(0, { type: 'input_json_delta', partial_json: '' }),
        delta(0, { type: 'input_json_delta', partial_json: '{"a"' }),
        delta(0, { type: 'input_json_delta', partial_json: ':1}' }),
      ],
      { type: 'tool_use', id: 't', name: 'n', input: { a: 1 } },
    ],
    [
      'P48 tool input without deltas',
      [open(0, { type: 'tool_use', id: 't', name: 'n', input: { a: 1 } })],
      { type: 'tool_use', id: 't', name: 'n', input: { a: 1 } },
    ],
    [
      'P48 tool input of one empty delta',
      [tool, delta(0, { type: 'input_json_delta', partial_json: '' })],
      { type: 'tool_use', id: 't', name: 'n', input: {} },
    ],
    [
      'thinking with its signature',
      [
        open(0, { type: 'thinking', thinking: '', signature: '' }),
        delta(0, { type: 'thinking_delta', thinking: 'hm' }),
        delta(0, { type: 'signature_delta', signature: 'sig' }),
      ],
      { type: 'thinking', thinking: 'hm', signature: 'sig' },
    ],
    [
      'P95 redacted thinking',
      [open(0, { type: 'redacted_thinking', data: 'x' })],
      { type: 'redacted_thinking', data: 'x' },
    ],
    [
      'citations',
      [
        text,
        delta(0, { type: 'citations_delta', citation: { a: 1 } }),
        delta(0, { type: 'citations_delta', citation: { a: 2 } }),
      ],
      { type: 'text', text: '', citations: [{ a: 1 }, { a: 2 }] },
    ],
    [
      'compaction',
      [
        open(0, { type: 'compaction', content: null }),
        delta(0, { type: 'compaction_delta', content: 'c', encrypted_content: 'e' }),
      ],
      { type: 'compaction', content: 'c', encrypted_content: 'e' },
    ],
    [
      'U22 an unknown block and delta',
      [open(0, { type: 'new', x: 1 }), delta(0, { type: 'new_delta', y: 2 })],
      { type: 'new', x: 1 },
    ],
    [
      'U22 a delta named like a property of every object',
      [text, delta(0, { type: 'constructor', constructor: 'x' })],
      { type: 'text', text: '' },
    ],
  ])('P48 P95 U22 a block grows from its deltas: %s', (_name, events, block) => {
    expect(fold([start, ...events, close(0), ...end('end_turn')]).content).toEqual([block]);
  });

  test('P56 P57 later usage replaces and never adds; nulls and silence leave what was', () => {
    const usage = { output_tokens: 30, input_tokens: 12, cache_read_input_tokens: null };
    expect(fold([start, ...end('end_turn', usage)]).usage).toEqual({
      input_tokens: 12,
      cache_read_input_tokens: 4,
      output_tokens: 30,
    });
  });

  test('U20 two message_delta: the last of each figure counts, and the stop reason stays', () => {
    const again: StreamEvent = { type: 'message_delta', delta: { stop_reason: null }, usage: { output_tokens: 7 } };
    const [first, stop] = end('tool_use');
    const message = fold([start, ...[first, again, stop].flatMap((event) => event ?? [])]);
    expect(message).toMatchObject({ stop_reason: 'tool_use', usage: { output_tokens: 7 } });
  });

  test('takes the other fields of message_delta, pings left out', () => {
    const last: StreamEvent = {
      type: 'message_delta',
      delta: { stop_reason: 'refusal', stop_sequence: null, stop_details: { type: 'refusal' } },
      usage: {},
      extra: { context_management: { applied_edits: [] } },
    };
    expect(fold([start, { type: 'ping' }, last, { type: 'message_stop' }])).toMatchObject({
      stop_details: { type: 'refusal' },
      context_management: { applied_edits: [] },
    });
  });

  test('C6 a key __proto__ is data in every place', () => {
    const odd: JsonObject = JSON.parse('{"type":"text_delta","text":"a","__proto__":{"polluted":1}}');
    const last: StreamEvent = {
      type: 'message_delta',
      delta: JSON.parse('{"__proto__":{"polluted":1}}'),
      usage: JSON.parse('{"__proto__":{"polluted":1}}'),
    };
    const message = fold([
      start,
      text,
      delta(0, { ...odd, type: 'text_delta' }),
      close(0),
      last,
      { type: 'message_stop' },
    ]);
    expect(Object.getPrototypeOf(message)).toBe(Object.prototype);
    expect(Object.getPrototypeOf(message.usage)).toBe(Object.prototype);
    expect(Object.hasOwn(message.usage, '__proto__')).toBe(true);
    expect('polluted' in {}).toBe(false);
  });

  test('message_delta cannot put anything in the place of the content', () => {
    const last: StreamEvent = {
      type: 'message_delta',
      delta: { content: 5, usage: 'x', id: 3, stop_reason: 4 },
      usage: {},
    };
    const message = fold([start, last, { type: 'message_stop' }]);
    expect(message).toMatchObject({ id: 'msg_1', content: [], stop_reason: null, usage: { input_tokens: 10 } });
  });

  test.each<[string, StreamEvent[]]>([
    ['nothing', []],
    ['no message_start', end('end_turn')],
    ['no message_stop (P15)', [start]],
    ['a second message_start', [start, start, ...end('end_turn')]],
    ['a gap between blocks', [start, open(1, { type: 'text', text: '' }), close(1), ...end('end_turn')]],
    ['a block twice', [start, text, close(0), text, close(0), ...end('end_turn')]],
    ['a delta without a block', [start, delta(0, { type: 'text_delta', text: 'a' }), ...end('end_turn')]],
    [
      'a delta behind its block',
      [start, text, close(0), delta(0, { type: 'text_delta', text: 'a' }), ...end('end_turn')],
    ],
    ['a stop without a block', [start, close(0), ...end('end_turn')]],
    ['a block never closed', [start, text, ...end('end_turn')]],
    [
      'broken tool input',
      [start, tool, delta(0, { type: 'input_json_delta', partial_json: '{}{"a":1}' }), close(0), ...end('tool_use')],
    ],
    ['an error (P15)', [start, text, { type: 'error', error: { type: 'overloaded_error', message: 'busy' } }]],
  ])('refuses %s', (_name, events) => {
    expect(() => fold(events)).toThrow(Error);
  });

  test('leaves the events as they were', () => {
    const events = [start, text, delta(0, { type: 'text_delta', text: 'a' }), close(0), ...end('end_turn')];
    const before = structuredClone(events);
    fold(events);
    expect(events).toEqual(before);
  });
});

const json = fc.jsonValue({ maxDepth: 3 }).map((value): Json => JSON.parse(JSON.stringify(value)));
const object = fc.dictionary(fc.string(), json).map((made): JsonObject => JSON.parse(JSON.stringify(made)));
const words = fc.string({ unit: 'grapheme' });
const optional = <Value>(key: string, value: fc.Arbitrary<Value>) =>
  fc.option(value, { nil: undefined }).map((made) => (made === undefined ? {} : { [key]: made }));

const block: fc.Arbitrary<ContentBlock> = fc.oneof(
  fc
    .tuple(words, optional('citations', fc.oneof(fc.constant(null), fc.array(object))))
    .map(([made, citations]) => ({ type: 'text', text: made, ...citations })),
  fc
    .tuple(words, optional('signature', words))
    .map(([thinking, signature]) => ({ type: 'thinking', thinking, ...signature })),
  words.map((data) => ({ type: 'redacted_thinking', data })),
  fc
    .tuple(fc.constantFrom('tool_use', 'server_tool_use', 'mcp_tool_use'), words, words, object)
    .map(([type, id, name, input]) => ({ type, id, name, input, caller: { type: 'direct' } })),
  fc.tuple(words, json).map(([tool_use_id, content]) => ({ type: 'web_search_tool_result', tool_use_id, content })),
  fc.tuple(words, words).map(([content, encrypted_content]) => ({ type: 'compaction', content, encrypted_content })),
  object.map((fields) => ({ ...fields, type: 'block_of_tomorrow' })),
);

const message: fc.Arbitrary<Message> = fc
  .record({
    id: words,
    type: fc.constant('message' as const),
    role: fc.constant('assistant' as const),
    model: words,
    content: fc.array(block, { maxLength: 5 }),
    stop_reason: fc.option(fc.constantFrom('end_turn', 'tool_use', 'new_reason')),
    stop_sequence: fc.option(words),
    usage: fc.record({ input_tokens: fc.nat(), output_tokens: fc.nat(), server_tool_use: fc.constant(null) }),
  })
  .chain((made) =>
    fc
      .tuple(
        optional('stop_details', object),
        optional('container', fc.oneof(fc.constant(null), object)),
        optional('new_field', json),
      )
      .map(([details, container, extra]) => ({ ...made, ...details, ...container, ...extra })),
  );

describe('unfold', () => {
  test('fold(unfold(m)) is m', () => {
    fc.assert(
      fc.property(message, (made) => {
        expect(fold(unfold(made))).toEqual(made);
      }),
      { numRuns: 1000 },
    );
  });

  test('what clients read from message_delta alone stands there', () => {
    const refused: Message = {
      ...start.message,
      stop_reason: 'refusal',
      stop_details: { type: 'refusal' },
      container: { id: 'c' },
    };
    const events = unfold(refused);
    expect(events.at(-2)).toMatchObject({
      type: 'message_delta',
      delta: { stop_reason: 'refusal', stop_sequence: null, stop_details: { type: 'refusal' }, container: { id: 'c' } },
    });
    expect(events[0]).toMatchObject({ message: { stop_reason: null, stop_details: null } });
  });

  test('P106 message_start and message_delta carry usage', () => {
    for (const event of unfold(start.message)) {
      if (event.type === 'message_start') expect(event.message.usage).toEqual(start.message.usage);
      if (event.type === 'message_delta') expect(event.usage).toEqual(start.message.usage);
    }
  });
});
