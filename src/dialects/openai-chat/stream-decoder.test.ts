import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeChunks, gistOf, orderFaults, sseOf, testReading } from '../../../test/support/answer-reading.ts';
import type { Reading } from '../../core/dialect.ts';
import type { StreamEvent } from '../../core/event.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { Loss } from '../../core/loss.ts';
import { OPENAI_QUIRKS } from '../../core/quirks.ts';
import { createStreamDecoder } from './stream-decoder.ts';

const chunk = (delta: Json, finish: string | null = null): JsonObject => ({
  id: 'x',
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, finish_reason: finish }],
});
const call = (entry: JsonObject): JsonObject => chunk({ tool_calls: [entry] });
const STOP = chunk({}, 'stop');

function eventsOf(
  values: readonly (Json | string)[],
  parts: Partial<Reading> = {},
  losses: Loss[] = [],
): StreamEvent[] {
  const events = decodeChunks([sseOf(values)], createStreamDecoder(testReading(parts, losses)));
  expect(orderFaults(events)).toEqual([]);
  return events;
}

const gist = (values: readonly (Json | string)[], parts: Partial<Reading> = {}) => gistOf(eventsOf(values, parts));

const blocksOf = (values: readonly (Json | string)[], parts: Partial<Reading> = {}) => gist(values, parts).blocks;

const failureOf = (values: readonly (Json | string)[]) => eventsOf(values).at(-1);

describe('the opening and the end', () => {
  test('P11 P54 P106 the input is estimated at first and corrected at the end', () => {
    const usage = { prompt_tokens: 50, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 20 } };
    const events = eventsOf([chunk({ content: 'Hi' }), STOP, { choices: [], usage }], { estimatedInput: 41 });
    expect(events[0]).toMatchObject({
      type: 'message_start',
      message: { id: 'msg_1', model: 'upstream-model', content: [], usage: { input_tokens: 41, output_tokens: 0 } },
    });
    expect(events.at(-2)).toMatchObject({
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { input_tokens: 30, cache_read_input_tokens: 20, cache_creation_input_tokens: 0, output_tokens: 3 },
    });
  });

  test('P106 usage that never comes is the estimate, and nothing for the bill', () => {
    const decoder = createStreamDecoder(testReading({ estimatedInput: 41 }));
    const events = decodeChunks([sseOf([chunk({ content: 'Hi' }), STOP, '[DONE]'])], decoder);
    expect(gistOf(events).usage).toBe('41/0/0');
    expect(decoder.usage).toEqual({});
  });

  test('P24 P91 what is billed is what the upstream said, as it said it', () => {
    const decoder = createStreamDecoder(testReading());
    const usage = { prompt_tokens: 50, completion_tokens: 3, cached_tokens: 20 };
    decodeChunks([sseOf([{ choices: [{ index: 0, delta: {}, finish_reason: 'stop', usage }] }])], decoder);
    expect(decoder.usage).toMatchObject({ input: 30, cache_read: 20, output: 3, raw: usage });
  });

  test('P116 the end waits for the end of the stream', () => {
    const decoder = createStreamDecoder(testReading());
    const push = (value: Json) => decoder.push({ event: '', data: JSON.stringify(value) });
    push(chunk({ content: 'Hi' }));
    expect(push(STOP)).toEqual([]);
    expect(push({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } })).toEqual([]);
    expect(decoder.push({ event: '', data: '[DONE]' }).map(({ type }) => type)).toEqual([
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    expect(decoder.end()).toEqual([]);
  });

  test('the tier is told where both sides have it', () => {
    const tier = (service_tier: string) =>
      eventsOf([{ ...chunk({ content: 'Hi' }), service_tier }, STOP]).find((event) => event.type === 'message_delta');
    expect(tier('default')).toMatchObject({ usage: { service_tier: 'standard' } });
    expect(tier('priority')).toMatchObject({ usage: { service_tier: 'priority' } });
    expect(tier('flex')?.usage).not.toHaveProperty('service_tier');
  });

  test('P26 the first finish counts', () => {
    expect(gist([chunk({ content: 'Hi' }, 'length'), STOP]).stop).toBe('max_tokens');
  });

  test.each([
    ['P15 no finish', [chunk({ content: 'Hi' })]],
    ['P15 nothing at all', []],
    ['P15 only [DONE]', ['[DONE]']],
    ['P15 a role and [DONE]', [chunk({ role: 'assistant', content: '' }), '[DONE]']],
  ])('%s is an error', (_name, values) => {
    expect(failureOf(values)).toMatchObject({ type: 'error', error: { type: 'api_error' } });
  });

  test('P28 nothing follows an error', () => {
    const values = [chunk({ content: 'Hi' }), { error: { message: 'no', code: 503 } }, chunk({ content: 'x' }), STOP];
    const events = eventsOf([...values, '[DONE]']);
    expect(events.at(-1)).toMatchObject({ type: 'error', error: { type: 'overloaded_error' } });
    expect(events.filter(({ type }) => type === 'error')).toHaveLength(1);
  });
});

describe('errors inside a stream', () => {
  test.each([
    ['U9 an error object first', [{ error: { message: 'busy', type: 'server_error', code: 503 } }], 'overloaded_error'],
    ['U9 an error text', [{ error: 'Rate limit' }], 'api_error'],
    ['an error on the choice', [{ choices: [{ delta: {}, error: { code: 429, message: 'x' } }] }], 'rate_limit_error'],
    ['an object of type error', [{ object: 'error', message: 'bad', code: 400 }], 'invalid_request_error'],
    [
      'P113 a refused credential',
      [{ error: { message: 'key sk-1', code: 'invalid_api_key' } }],
      'authentication_error',
    ],
    ['finish error', [chunk({ content: 'Hi' }, 'error'), '[DONE]'], 'api_error'],
    ['finish network_error', [chunk({}, 'network_error'), '[DONE]'], 'api_error'],
    ['finish of a busy upstream', [chunk({}, 'insufficient_system_resource')], 'overloaded_error'],
  ])('%s', (_name, values, type) => {
    expect(failureOf(values)).toMatchObject({ type: 'error', error: { type } });
  });

  test('U9 an error before anything else opens nothing', () => {
    expect(eventsOf([{ error: { message: 'busy', code: 503 } }]).map(({ type }) => type)).toEqual(['error']);
  });

  test('an event named error is one, whatever it holds', () => {
    const decoder = createStreamDecoder(testReading());
    expect(decoder.push({ event: 'error', data: 'gone' })).toMatchObject([{ type: 'error' }]);
  });
});

describe('blocks', () => {
  test('P23 P30 what is empty opens nothing', () => {
    const nothing = { content: '', reasoning_content: '', refusal: '', tool_calls: [], reasoning_details: [] };
    expect(blocksOf([chunk(nothing), chunk({ content: 'Hi' }), chunk(nothing), STOP])).toEqual(['text: Hi']);
  });

  test('P79 P80 each change of kind begins a block', () => {
    const values = [
      chunk({ reasoning_content: 'a' }),
      chunk({ content: 'b' }),
      chunk({ reasoning: 'c' }),
      call({ index: 0, id: 'call_1', function: { name: 'f', arguments: '{}' } }),
      chunk({ content: 'd' }),
      STOP,
    ];
    expect(blocksOf(values)).toEqual(['thinking: a', 'text: b', 'thinking: c', 'tool call_1 f {}', 'text: d']);
  });

  test.each([
    ['reasoning_content first', { reasoning_content: 'a', reasoning: 'b' }, 'a'],
    ['reasoning when the other is empty', { reasoning_content: '', reasoning: 'b' }, 'b'],
    ['reasoning_text', { reasoning_text: 'c' }, 'c'],
    ['details', { reasoning_details: [{ type: 'reasoning.summary', summary: 'd' }] }, 'd'],
    [
      'a field before thinking parts',
      {
        reasoning: 'a',
        content: [
          { type: 'thinking', thinking: 'a' },
          { type: 'text', text: '' },
        ],
      },
      'a',
    ],
  ])('P84 reasoning is read once: %s', (_name, delta, text) => {
    const events = eventsOf([chunk(delta), STOP]);
    const said = events.flatMap((event) =>
      event.type === 'content_block_delta' && event.delta.type === 'thinking_delta' ? [event.delta['thinking']] : [],
    );
    expect(said).toEqual([text]);
  });

  test('P5 P66 two stretches of reasoning keep their own details', () => {
    const detail = (data: string) => ({ type: 'reasoning.encrypted', data, index: 0 });
    const values = [
      chunk({ reasoning: 'a', reasoning_details: [detail('1')] }),
      chunk({ content: 'b' }),
      chunk({ reasoning: 'c', reasoning_details: [detail('2')] }),
      STOP,
    ];
    expect(blocksOf(values)).toEqual([
      'thinking{"reasoning_details":[{"type":"reasoning.encrypted","data":"1","index":0}]}: a',
      'text: b',
      'thinking{"reasoning_details":[{"type":"reasoning.encrypted","data":"2","index":0}]}: c',
    ]);
  });

  test('P5 details behind everything else get a block of their own', () => {
    const details = [{ type: 'reasoning.encrypted', data: '1' }];
    expect(
      blocksOf([chunk({ content: 'a' }), chunk({ reasoning_details: details }), chunk({ content: 'b' }), STOP]),
    ).toEqual(['text: ab', 'thinking{"reasoning_details":[{"type":"reasoning.encrypted","data":"1"}]}: ']);
  });

  test('P66 the signature stands in the seal, never in the text', () => {
    const details = [{ type: 'reasoning.text', text: 'a', signature: 'SIG', index: 0 }];
    const events = eventsOf([chunk({ reasoning: 'a', reasoning_details: details }), STOP]);
    expect(JSON.stringify(events)).not.toContain('SIG');
    expect(gistOf(events).blocks[0]).toContain('SIG');
  });

  test('what has no place in an answer is reported once', () => {
    const losses: Loss[] = [];
    const image = chunk({ images: [{ type: 'image_url', image_url: { url: 'data:,' } }] });
    eventsOf([image, image, chunk({ content: [{ type: 'reference', reference_ids: [1] }] }), STOP], {}, losses);
    expect(losses).toEqual([{ code: 'block_dropped', field: 'answer.images' }]);
  });

  test('tags mean nothing where the upstream does not use them', () => {
    expect(blocksOf([chunk({ content: '<think>a</think>b' }), STOP])).toEqual(['text: <think>a</think>b']);
  });

  test('a beginning of a tag that came to nothing stands before the call', () => {
    const quirks = { ...OPENAI_QUIRKS, thinkTags: true };
    const f = call({ index: 0, id: 'call_1', function: { name: 'f', arguments: '{}' } });
    expect(blocksOf([chunk({ content: '<th' }), f, STOP], { quirks })).toEqual(['text: <th', 'tool call_1 f {}']);
  });
});

describe('chunks that are spelled alike', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', 'é', '<think>', '</think>', '😀', 'content') });
  const delta = fc.oneof(
    { weight: 4, arbitrary: text.map((content) => ({ content })) },
    { weight: 2, arbitrary: text.map((reasoning_content) => ({ reasoning_content })) },
    text.map((said) => ({ reasoning: said, reasoning_content: said })),
    text.map((said) => ({ content: [{ type: 'text', text: said }] })),
    text.map((content) => ({ content, reasoning_content: 'more' })),
    fc.constant<JsonObject>({ tool_calls: [{ index: 0, function: { name: 'f', arguments: '{}' } }] }),
  );

  test('say the same as chunks of which each is different', () => {
    fc.assert(
      fc.property(fc.array(delta, { maxLength: 12 }), fc.boolean(), (deltas, thinkTags) => {
        const alike = [...deltas.map((each) => chunk(each)), STOP];
        const different = alike.map((each, index) => ({ ...each, id: `x${index}` }));
        const quirks = { ...OPENAI_QUIRKS, thinkTags };
        expect(eventsOf(alike, { quirks })).toEqual(eventsOf(different, { quirks }));
      }),
    );
  });
});

describe('tool calls', () => {
  const named = (index: number, id: string, name = 'f') => ({ index, id, type: 'function', function: { name } });
  const piece = (index: number, text: string) => ({ index, function: { arguments: text } });

  test('a tool goes by the name that the caller gave it', () => {
    const toolNames = new Map([['f', 'the.caller/name']]);
    expect(blocksOf([call(named(0, 'call_1')), STOP], { toolNames })).toEqual(['tool call_1 the.caller/name {}']);
  });

  test('P98 an id that clients refuse always becomes the same one, an id used twice becomes another', () => {
    const ids = () =>
      eventsOf([call(named(0, 'a|b')), call(named(1, 'a|b')), call(named(2, 'x'.repeat(65))), STOP]).flatMap((event) =>
        event.type === 'content_block_start' ? [event.content_block['id']] : [],
      );
    const [first, second, third] = ids();
    expect(ids()).toEqual([first, second, third]);
    expect(new Set([first, second, third]).size).toBe(3);
    for (const id of [first, second, third]) expect(id).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
  });

  test('P115 the arguments come through as they were written', () => {
    const text = '{"a": 1.0, "b": 12345678901234567890}';
    const events = eventsOf([
      call(named(0, 'call_1')),
      call(piece(0, text.slice(0, 9))),
      call(piece(0, text.slice(9))),
      STOP,
    ]);
    const written = events.map((event) => (event.type === 'content_block_delta' ? event.delta['partial_json'] : ''));
    expect(written.join('')).toBe(text);
  });

  test.each([
    ['P20 cut arguments and stop', [call(named(0, 'c')), call(piece(0, '{"a":')), STOP]],
    ['P20 cut arguments and tool_calls', [call(named(0, 'c')), call(piece(0, '{"a"')), chunk({}, 'tool_calls')]],
    ['P20 cut arguments and [DONE]', [call(named(0, 'c')), call(piece(0, '{"a"')), '[DONE]']],
    ['P20 two objects', [call(named(0, 'c')), call(piece(0, '{}{"a":1}')), STOP]],
    ['P20 no object', [call(named(0, 'c')), call(piece(0, '"a"')), STOP]],
    ['P20 a list', [call(named(0, 'c')), call(piece(0, '[1]')), STOP]],
    ['a call without a name', [call(piece(0, '{"a":1}')), STOP]],
  ])('%s is an error, never repaired', (_name, values) => {
    expect(failureOf(values)).toMatchObject({ type: 'error', error: { type: 'api_error' } });
  });

  test.each(['', ' ', 'null'])('P19 arguments %j are none', (text) => {
    const events = eventsOf([call(named(0, 'c')), call(piece(0, text)), STOP]);
    expect(events.filter(({ type }) => type === 'content_block_delta')).toEqual([]);
    expect(gistOf(events)).toMatchObject({ blocks: ['tool c f {}'], stop: 'tool_use' });
  });

  test('P20 P26 a call cut by length is max_tokens, its text as it is', () => {
    const events = eventsOf([call(named(0, 'c')), call(piece(0, '{"a":"')), chunk({}, 'length')]);
    expect(gistOf(events)).toMatchObject({ blocks: ['tool c f {"cut":"{\\"a\\":\\""}'], stop: 'max_tokens' });
  });

  test('P29 a call that is still being said is streamed, the next one waits', () => {
    const decoder = createStreamDecoder(testReading());
    const push = (value: Json) => decoder.push({ event: '', data: JSON.stringify(value) }).map(({ type }) => type);
    push(call(named(0, 'c')));
    expect(push(call(piece(0, '{"a"')))).toEqual(['content_block_start', 'content_block_delta']);
    expect(push(call({ ...named(1, 'd'), ...piece(1, '') }))).toEqual([]);
    expect(push(call(piece(1, '{}')))).toEqual([]);
    expect(push(call(piece(0, ':"}"')))).toEqual(['content_block_delta']);
  });

  test('an announcement of nothing is no call', () => {
    expect(gist([chunk({ content: 'Hi' }), call({ index: 0, function: {} }), STOP])).toMatchObject({
      blocks: ['text: Hi'],
      stop: 'end_turn',
    });
  });

  test('P118 calls without index or id are told apart by their names', () => {
    const entry = (name: string, text: string) => call({ function: { name, arguments: text } });
    expect(blocksOf([entry('f', '{"a":1}'), entry('f', '{"a":2}'), entry('g', ''), entry('h', ''), STOP])).toEqual([
      'tool toolu_2 f {"a":1}',
      'tool toolu_3 f {"a":2}',
      'tool toolu_4 g {}',
      'tool toolu_5 h {}',
    ]);
  });

  test('P118 calls of one chunk are several, even where nothing tells them apart', () => {
    const entry = { function: { name: 'f', arguments: '' } };
    expect(blocksOf([chunk({ tool_calls: [entry, entry] }), STOP])).toEqual(['tool toolu_2 f {}', 'tool toolu_3 f {}']);
  });

  test('P118 calls without index are put together by their ids', () => {
    const entry = (id: string, name: string, text: string) => call({ id, function: { name, arguments: text } });
    const values = [
      entry('c', 'f', '{"a"'),
      entry('d', 'g', '{"b"'),
      entry('c', '', ':1}'),
      entry('d', '', ':2}'),
      STOP,
    ];
    expect(blocksOf(values)).toEqual(['tool c f {"a":1}', 'tool d g {"b":2}']);
  });

  test('P120 an id that changes with every piece means nothing while arguments are being said', () => {
    const entry = (id: string, text: string) => call({ index: 0, id, function: { name: 'f', arguments: text } });
    expect(blocksOf([entry('c1', '{"a'), entry('c2', '":"{}'), entry('c3', '"}'), STOP])).toEqual([
      'tool c1 f {"a":"{}"}',
    ]);
  });
});

describe('emulated stop sequences', () => {
  const emulatedStops = ['END', '\n\n#'];

  test('the text is cut at the first one, whatever comes behind', () => {
    const usage = { prompt_tokens: 9, completion_tokens: 4 };
    const values = [
      chunk({ content: 'One E' }),
      chunk({ content: 'ND two' }),
      chunk({ reasoning: 'x' }),
      chunk({ content: ' three' }),
      call({ index: 0, id: 'c', function: { name: 'f', arguments: '{}' } }),
      chunk({}, 'tool_calls'),
      { choices: [], usage },
    ];
    expect(gist(values, { emulatedStops })).toEqual({
      blocks: ['text: One '],
      stop: 'stop_sequence "END"',
      usage: '9/0/4',
    });
  });

  test('what was held back is said when it came to nothing', () => {
    const f = call({ index: 0, id: 'c', function: { name: 'f', arguments: '{}' } });
    expect(gist([chunk({ content: 'One EN' }), f, chunk({ content: 'D' }), STOP], { emulatedStops })).toMatchObject({
      blocks: ['text: One EN', 'tool c f {}', 'text: D'],
      stop: 'tool_use',
    });
  });

  test('a text of nothing else opens nothing', () => {
    expect(gist([chunk({ content: 'END' }), STOP], { emulatedStops })).toMatchObject({
      blocks: [],
      stop: 'stop_sequence "END"',
    });
  });

  test('reasoning is not looked into', () => {
    expect(gist([chunk({ reasoning: 'END' }), chunk({ content: 'a' }), STOP], { emulatedStops })).toMatchObject({
      blocks: ['thinking: END', 'text: a'],
      stop: 'end_turn',
    });
  });
});
