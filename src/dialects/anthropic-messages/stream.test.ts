import { describe, expect, test } from 'vitest';
import { responseFixtures, streamFixtures } from '../../../test/support/fixtures.ts';
import { fold, type StreamEvent, unfold } from '../../core/event.ts';
import { parseFrame, SseFrameSplitter } from '../../framing/sse-frames.ts';
import { ANTHROPIC_MESSAGES } from './index.ts';
import { formatResponse, parseResponse, takeResponse } from './response.ts';

function decoded(bytes: Uint8Array): StreamEvent[] {
  const splitter = new SseFrameSplitter();
  const decoder = ANTHROPIC_MESSAGES.client.streamDecoder();
  const frames = [...splitter.push(bytes), splitter.end()].flatMap((raw) => parseFrame(raw) ?? []);
  return [...frames.flatMap((frame) => decoder.push(frame)), ...decoder.end()];
}

function encoded(events: readonly StreamEvent[]): Buffer {
  const encoder = ANTHROPIC_MESSAGES.server.streamEncoder();
  return Buffer.concat([...events.map((event) => encoder.push(event)), encoder.end()]);
}

/** Streams that spell no whole message, and what the refusal says. */
const UNFOLDABLE: Readonly<Record<string, RegExp>> = {
  'error-after-content': /stream ended in \w+_error/,
  'tool-truncated-by-max-tokens': /JSON/,
};

describe('the stream fixtures', () => {
  test.each(streamFixtures())('$name folds, or fails for its reason', ({ name, bytes }) => {
    const events = decoded(bytes);
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

  test.each(streamFixtures())('P107 $name decodes, encodes and decodes to the same events', ({ bytes }) => {
    const events = decoded(bytes);
    expect(decoded(encoded(events))).toEqual(events);
    for (const frame of new SseFrameSplitter().push(encoded(events))) expect(parseFrame(frame)?.event).not.toBe('');
  });
});

describe('streamDecoder', () => {
  const events = (text: string) => decoded(Buffer.from(text));
  const EARLY = { type: 'error', error: { type: 'api_error', message: 'The upstream closed the stream early' } };

  test('P15 a cut stream ends in an error', () => {
    expect(events('event: ping\ndata: {"type":"ping"}\n\n')).toEqual([{ type: 'ping' }, EARLY]);
    expect(events('')).toEqual([EARLY]);
  });

  test('P15 an error is the end', () => {
    const text = 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"busy","x":1}}\n\n';
    expect(events(text)).toEqual([{ type: 'error', error: { type: 'overloaded_error', message: 'busy', x: 1 } }]);
  });

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
    expect(events(`${text}event: message_stop\ndata: {"type":"message_stop"}\n\n`)).toEqual([{ type: 'message_stop' }]);
  });

  test('P106 what the usage of a message_delta leaves out is an empty object, never absent', () => {
    const text = 'data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"context_management":{"a":1}}\n\n';
    expect(events(text)[0]).toEqual({
      type: 'message_delta',
      delta: { stop_reason: 'end_turn' },
      usage: {},
      extra: { context_management: { a: 1 } },
    });
  });
});

describe('whole answers', () => {
  test.each(responseFixtures())('$name is read, written and unfolded without a change', ({ bytes }) => {
    const message = parseResponse(bytes);
    expect(message).toEqual(JSON.parse(bytes.toString()));
    const written = Buffer.from(formatResponse(message)).toString();
    expect(Buffer.from(formatResponse(fold(unfold(message)))).toString()).toBe(written);
    expect(Buffer.from(formatResponse(fold(decoded(encoded(unfold(message)))))).toString()).toBe(written);
  });

  test.each(responseFixtures())('P115 $name passes on as it is, and gives its usage', ({ bytes }) => {
    const { bytes: passed, usage } = takeResponse(bytes, { requestId: 'r', publicModel: undefined });
    expect(passed).toBe(bytes);
    expect(usage.input).toBeTypeOf('number');
    expect(usage.output).toBeTypeOf('number');
  });

  test('P115 the model is put back, and nothing else', () => {
    const body = Buffer.from(
      '{"id":"a","usage":{"input_tokens":1.0}, "model" : "theirs","content":[{"model":"theirs"}]}',
    );
    const { bytes } = takeResponse(body, { requestId: 'r', publicModel: 'ours' });
    expect(Buffer.from(bytes).toString()).toBe(body.toString().replace('"model" : "theirs"', '"model" : "ours"'));
  });

  test('a body without a model gets none', () => {
    const body = Buffer.from('{"input_tokens":3}');
    expect(takeResponse(body, { requestId: 'r', publicModel: 'ours' }).bytes).toBe(body);
  });

  test.each(['', '<html>', '[1]', '"x"', 'null', '{'])('U13 U17 %j is no answer', (text) => {
    const take = () => takeResponse(Buffer.from(text), { requestId: 'r', publicModel: undefined });
    expect(take).toThrow(expect.objectContaining({ kind: 'bad_upstream' }));
    expect(() => parseResponse(Buffer.from(text))).toThrow(expect.objectContaining({ kind: 'bad_upstream' }));
  });

  test.each(['{}', '{"id":"a","model":"m","content":[]}', '{"id":1,"model":"m","content":[],"usage":{}}'])(
    'U17 %s is no message',
    (text) => {
      expect(() => parseResponse(Buffer.from(text))).toThrow(expect.objectContaining({ kind: 'bad_upstream' }));
    },
  );

  test('U9 an error under a 200 is an error', () => {
    const body = Buffer.from('{"type":"error","error":{"type":"overloaded_error","message":"busy"}}');
    const take = () => takeResponse(body, { requestId: 'r', publicModel: undefined });
    expect(take).toThrow(expect.objectContaining({ kind: 'overloaded', status: 529 }));
  });
});

test('P49 both keep-alives are harmless events', () => {
  const { beforeFirstEvent, afterFirstEvent } = ANTHROPIC_MESSAGES.server.keepAlive;
  expect(parseFrame(beforeFirstEvent)).toBeUndefined();
  expect(parseFrame(afterFirstEvent)?.event).toBe('ping');
});
