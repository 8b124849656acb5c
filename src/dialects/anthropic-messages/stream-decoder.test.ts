import { describe, expect, test } from 'vitest';
import { messageEnd, messageStart, sseEvent, textStream, toolStream } from '../../../test/support/anthropic-stream.ts';
import { testTools } from '../../../test/support/codec-tools.ts';
import { streamFixtures } from '../../../test/support/fixtures.ts';
import { PROVIDER, readingOf } from '../../../test/support/messages-codec.ts';
import type { Reading } from '../../core/dialect.ts';
import { fold, type StreamEvent } from '../../core/event.ts';
import type { JsonObject } from '../../core/json.ts';
import { parseFrame, SseFrameSplitter } from '../../framing/sse-frames.ts';
import { createStreamDecoder } from './stream-decoder.ts';

const PARTS = { model: 'm', usage: { input: 10, output: 42, cacheRead: 3 } };

/** What a decoder makes of a stream, and the decoder. */
function decoded(frames: readonly Uint8Array[], reading: Reading = readingOf()) {
  const decoder = createStreamDecoder(reading);
  const splitter = new SseFrameSplitter();
  const parsed = [...splitter.push(Buffer.concat(frames)), splitter.end()].flatMap((raw) => parseFrame(raw) ?? []);
  const events: StreamEvent[] = [...parsed.flatMap((frame) => decoder.push(frame)), ...decoder.end()];
  return { events, usage: decoder.usage };
}

const delta = (body: JsonObject, index = 0) => sseEvent('content_block_delta', { index, delta: { ...body } });
const open = (content_block: JsonObject, index = 0) => sseEvent('content_block_start', { index, content_block });
const stop = (index = 0) => sseEvent('content_block_stop', { index });
const EARLY = { type: 'error', error: { type: 'api_error', message: 'The upstream closed the stream early' } };

describe('opaque state', () => {
  const thinkingStream = [
    messageStart(PARTS),
    open({ type: 'thinking', thinking: '', signature: '' }),
    delta({ type: 'thinking_delta', thinking: 'h' }),
    delta({ type: 'thinking_delta', thinking: 'm' }),
    delta({ type: 'signature_delta', signature: 'si' }),
    delta({ type: 'signature_delta', signature: 'g' }),
    stop(),
    open({ type: 'redacted_thinking', data: 'blob' }, 1),
    stop(1),
    ...messageEnd(PARTS),
  ];

  test('P5 P65 a signature is sealed once, with all that was thought, before its block ends', () => {
    const { events } = decoded(thinkingStream);
    const signatures = events.filter(
      (event) => event.type === 'content_block_delta' && event.delta.type === 'signature_delta',
    );
    expect(signatures).toHaveLength(1);
    expect(events.indexOf(signatures[0] ?? { type: 'ping' })).toBe(
      events.findIndex((event) => event.type === 'content_block_stop') - 1,
    );
    const [thinking, redacted] = fold(events).content;
    expect(thinking?.['thinking']).toBe('hm');
    const { envelope } = testTools();
    expect(envelope.open(String(thinking?.['signature']))).toEqual({
      origin: PROVIDER,
      data: { text: 'hm', signature: 'sig' },
    });
    expect(envelope.open(String(redacted?.['data']))?.data).toEqual({ text: '', redacted: 'blob' });
  });

  test('P86 thinking without a signature gets one that only tells its origin', () => {
    const { events } = decoded([
      messageStart(PARTS),
      open({ type: 'thinking', thinking: '' }),
      stop(),
      ...messageEnd(PARTS),
    ]);
    const signature = String(fold(events).content[0]?.['signature']);
    expect(testTools().envelope.open(signature)).toEqual({ origin: PROVIDER, data: { text: '' } });
  });
});

describe('usage', () => {
  test('P54 P56 message_delta holds every counter, none of them twice', () => {
    const { events, usage } = decoded(textStream(PARTS, ['a']));
    const end = events.find((event) => event.type === 'message_delta');
    expect(end?.usage).toMatchObject({ input_tokens: 10, cache_read_input_tokens: 3, output_tokens: 42 });
    expect(usage).toMatchObject({ input: 10, cache_read: 3, output: 42 });
  });

  test('U20 the placeholder of message_start is shown, and not billed', () => {
    const { events, usage } = decoded([messageStart(PARTS)]);
    expect(events[0]).toMatchObject({ message: { usage: { output_tokens: 1 } } });
    expect(usage.output).toBeUndefined();
    expect(usage.input).toBe(10);
  });

  test('P11 P57 what comes only at the end is estimated until then', () => {
    const late = [
      sseEvent('message_start', { message: { id: 'a', model: 'm', content: [] } }),
      sseEvent('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { input_tokens: 8, output_tokens: 2 } }),
      sseEvent('message_stop'),
    ];
    const { events, usage } = decoded(late, readingOf({ estimatedInput: 99 }));
    expect(events[0]).toMatchObject({ message: { usage: { input_tokens: 99, output_tokens: 0 } } });
    expect(events[1]).toMatchObject({ usage: { input_tokens: 8, output_tokens: 2, cache_read_input_tokens: 0 } });
    expect(usage).toMatchObject({ input: 8, output: 2 });
  });
});

test('P88 a renamed tool has its own name again', () => {
  const frames = toolStream(PARTS, { id: 'toolu_1', name: 'short' }, ['{"n":', '1.0}']);
  const { events } = decoded(frames, readingOf({ toolNames: new Map([['short', 'a long name']]) }));
  expect(events[1]).toMatchObject({ content_block: { name: 'a long name', id: 'toolu_1' } });
});

test('P115 tool input passes as it is written', () => {
  const { events } = decoded(toolStream(PARTS, { id: 'toolu_1', name: 'n' }, ['{"n":', '1.0}']));
  const pieces = events.flatMap((event) => (event.type === 'content_block_delta' ? [event.delta['partial_json']] : []));
  expect(pieces.join('')).toBe('{"n":1.0}');
});

test('P48 P19 input that stood in the opening of a block comes as a delta, unless deltas replace it', () => {
  const given = open({ type: 'tool_use', id: 't', name: 'n', input: { a: 1 } });
  const pieces = (...frames: Uint8Array[]) =>
    decoded([messageStart(PARTS), given, ...frames, stop(), ...messageEnd(PARTS)]).events.flatMap((event) =>
      event.type === 'content_block_delta' ? [event.delta['partial_json']] : [],
    );
  expect(pieces()).toEqual(['{"a":1}']);
  expect(pieces(delta({ type: 'input_json_delta', partial_json: '{"b":2}' }))).toEqual(['{"b":2}']);
});

describe('the end', () => {
  test('P15 a cut stream ends in an error', () => {
    expect(decoded([sseEvent('ping')]).events).toEqual([{ type: 'ping' }, EARLY]);
    expect(decoded([]).events).toEqual([EARLY]);
  });

  test('P15 P28 an error is the end', () => {
    const error = { type: 'overloaded_error', message: 'busy', x: 1 };
    const { events } = decoded([sseEvent('error', { error }), sseEvent('message_stop')]);
    expect(events).toEqual([{ type: 'error', error }]);
  });

  test('U14 P113 an error about our credential is told without its words', () => {
    const error = { type: 'authentication_error', message: 'bad key sk-secret' };
    const { events } = decoded([sseEvent('error', { error })]);
    expect(events).toEqual([
      { type: 'error', error: { type: 'api_error', message: expect.not.stringContaining('sk-') } },
    ]);
  });

  test.each(streamFixtures())('$name has one end', ({ bytes }) => {
    const { events } = decoded([bytes]);
    const ends = events.filter(({ type }) => type === 'message_stop' || type === 'error');
    expect(ends).toEqual([events.at(-1)]);
  });
});
