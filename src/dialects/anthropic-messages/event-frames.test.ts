import { describe, expect, test } from 'vitest';
import { streamFixtures } from '../../../test/support/fixtures.ts';
import { fold, type StreamEvent, unfold } from '../../core/event.ts';
import { parseFrame, SseFrameSplitter } from '../../framing/sse-frames.ts';
import { encodeEvent, readEvent } from './event-frames.ts';

function read(bytes: Uint8Array): StreamEvent[] {
  const splitter = new SseFrameSplitter();
  const frames = [...splitter.push(bytes), splitter.end()].flatMap((raw) => parseFrame(raw) ?? []);
  return frames.flatMap((frame) => readEvent(frame) ?? []);
}

/** Streams that spell no whole message, and what the refusal says. */
const UNFOLDABLE: Readonly<Record<string, RegExp>> = {
  'error-after-content': /stream ended in \w+_error/,
  'tool-truncated-by-max-tokens': /JSON/,
};

test.each(streamFixtures())('$name folds, or fails for its reason', ({ name, bytes }) => {
  const events = read(bytes);
  const reason = UNFOLDABLE[name];
  if (reason) {
    expect(() => fold(events)).toThrow(reason);
    return;
  }
  const message = fold(events);
  expect(message).toMatchObject({ type: 'message', role: 'assistant', usage: { input_tokens: expect.any(Number) } });
  expect(message.stop_reason).toBeTypeOf('string');
  expect(fold(unfold(message))).toEqual(message);
});

test.each(streamFixtures())('P107 $name is read, encoded and read to the same events', ({ bytes }) => {
  const events = read(bytes);
  const encoded = Buffer.concat(events.map(encodeEvent));
  expect(read(encoded)).toEqual(events);
  for (const frame of new SseFrameSplitter().push(encoded)) expect(parseFrame(frame)?.event).not.toBe('');
});

describe('readEvent', () => {
  test.each([
    ['U7 broken JSON', 'event: content_block_delta\ndata: {"type":"content_\n\n'],
    ['U7 no object', 'data: [1]\n\n'],
    ['U22 an unknown event', 'data: {"type":"message_of_tomorrow"}\n\n'],
    ['U22 the name of an inherited property', 'data: {"type":"constructor"}\n\ndata: {"type":"__proto__"}\n\n'],
    ['U22 a delta without a type', 'data: {"type":"content_block_delta","index":0,"delta":{}}\n\n'],
    ['U22 a block that is none', 'data: {"type":"content_block_start","index":0,"content_block":7}\n\n'],
    ['[DONE]', 'data: [DONE]\n\n'],
    ['a comment', ': x\n\n'],
  ])('%s gives no event', (_name, text) => {
    const end = 'event: message_stop\ndata: {"type":"message_stop"}\n\n';
    expect(read(Buffer.from(`${text}${end}`))).toEqual([{ type: 'message_stop' }]);
  });

  test('P106 usage that is left out is an empty object, never absent', () => {
    const text =
      'data: {"type":"message_start","message":{"id":"m","model":"x","content":[]}}\n\n' +
      'data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"context_management":{"a":1}}\n\n';
    const [start, end] = read(Buffer.from(text));
    expect(start).toMatchObject({ type: 'message_start', message: { usage: {} } });
    expect(end).toEqual({
      type: 'message_delta',
      delta: { stop_reason: 'end_turn' },
      usage: {},
      extra: { context_management: { a: 1 } },
    });
  });

  test('U17 what opens something other than a message is refused', () => {
    const frame = { event: 'message_start', data: '{"type":"message_start","message":{"id":1}}' };
    expect(() => readEvent(frame)).toThrow(expect.objectContaining({ kind: 'bad_upstream' }));
  });
});
