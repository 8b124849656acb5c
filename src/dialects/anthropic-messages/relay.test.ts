import { describe, expect, test } from 'vitest';
import {
  blockStop,
  messageEnd,
  messageStart,
  sseEvent,
  textBlockStart,
  textDelta,
  textStream,
  toolStream,
} from '../../../test/support/anthropic-stream.ts';
import { responseFixtures, streamFixtures } from '../../../test/support/fixtures.ts';
import { relayNamesOf } from '../../../test/support/messages-codec.ts';
import type { Frame } from '../../core/dialect.ts';
import { parseFrame, SseFrameSplitter } from '../../framing/sse-frames.ts';
import { ANTHROPIC_MESSAGES } from './index.ts';
import { joinStream, splitWhole, takeResponse } from './relay.ts';

const PARTS = { model: 'm', usage: { input: 3, output: 2 } };

function framesOf(...bytes: readonly Uint8Array[]): Frame[] {
  const splitter = new SseFrameSplitter();
  return [...splitter.push(Buffer.concat(bytes)), splitter.end()].flatMap((raw) => parseFrame(raw) ?? []);
}

const joined = (...bytes: readonly Uint8Array[]) => JSON.parse(Buffer.from(joinStream(framesOf(...bytes))).toString());

describe('takeResponse', () => {
  test.each(responseFixtures())('P115 $name passes on as it is, and gives its usage', ({ bytes }) => {
    const { bytes: passed, usage } = takeResponse(bytes, relayNamesOf());
    expect(passed).toBe(bytes);
    expect(usage.input).toBeTypeOf('number');
    expect(usage.output).toBeTypeOf('number');
  });

  test('P115 the model is put back, and nothing else', () => {
    const body = Buffer.from(
      '{"id":"a","usage":{"input_tokens":1.0}, "model" : "theirs","content":[{"model":"theirs"}]}',
    );
    const { bytes } = takeResponse(body, relayNamesOf('ours'));
    expect(Buffer.from(bytes).toString()).toBe(body.toString().replace('"model" : "theirs"', '"model" : "ours"'));
  });

  test('a body without a model gets none', () => {
    const body = Buffer.from('{"input_tokens":3}');
    expect(takeResponse(body, relayNamesOf('ours')).bytes).toBe(body);
  });

  test.each(['', '<html>', '[1]', '"x"', 'null', '{'])('U13 U17 %j is no answer', (text) => {
    const refusal = expect.objectContaining({ kind: 'bad_upstream' });
    expect(() => takeResponse(Buffer.from(text), relayNamesOf())).toThrow(refusal);
    expect(() => splitWhole(Buffer.from(text))).toThrow(refusal);
  });

  test('U9 an error under a 200 is an error', () => {
    const body = Buffer.from('{"type":"error","error":{"type":"overloaded_error","message":"busy"}}');
    const refusal = expect.objectContaining({ kind: 'overloaded', status: 529 });
    expect(() => takeResponse(body, relayNamesOf())).toThrow(refusal);
    expect(() => splitWhole(body)).toThrow(refusal);
  });
});

describe('U17 a whole answer and a stream that came in place of each other', () => {
  test.each(responseFixtures())('$name survives being split and joined', ({ bytes }) => {
    expect(joined(...splitWhole(bytes))).toEqual(JSON.parse(bytes.toString()));
  });

  test('P115 the input of a tool keeps its numbers, one way and back', () => {
    const input = '{"n": 1.0, "big": 12345678901234567890}';
    const body = `{"id":"a","model":"m","content":[{"type":"tool_use","id":"t","name":"n","input":${input}}],"usage":{}}`;
    const frames = framesOf(...splitWhole(Buffer.from(body)));
    expect(JSON.parse(frames[2]?.data ?? '')).toMatchObject({ delta: { partial_json: input } });
    expect(Buffer.from(joinStream(frames)).toString()).toContain(`"input":${input}`);
  });

  const whole = streamFixtures().filter(({ name }) => !name.startsWith('error-'));
  test.each(whole)('$name joins to a message', ({ bytes }) => {
    expect(joined(bytes)).toMatchObject({ type: 'message', role: 'assistant', content: expect.any(Array) });
  });

  test('P20 input that the end of the answer cut stands as text', () => {
    const [start, open, ...rest] = toolStream(PARTS, { id: 'toolu_1', name: 'write' }, ['{"path":"a', '/b']);
    const cut = [start, open, ...rest.slice(0, 2), blockStop(), ...messageEnd({ ...PARTS, stopReason: 'max_tokens' })];
    const message = joined(...cut.flatMap((frame) => frame ?? []));
    expect(message.stop_reason).toBe('max_tokens');
    expect(message.content).toEqual([
      { type: 'tool_use', id: 'toolu_1', name: 'write', input: { _raw: '{"path":"a/b' } },
    ]);
  });

  test('P20 broken input in an answer that says it is complete is refused', () => {
    const broken = toolStream(PARTS, { id: 'toolu_1', name: 'write' }, ['{"path":']);
    expect(() => joined(...broken)).toThrow(expect.objectContaining({ kind: 'bad_upstream' }));
  });

  test('P15 a cut stream is refused', () => {
    const cut = [messageStart(PARTS), textBlockStart(), textDelta('a')];
    expect(() => joined(...cut)).toThrow(expect.objectContaining({ kind: 'bad_upstream' }));
    expect(() => joined()).toThrow(expect.objectContaining({ kind: 'bad_upstream' }));
  });

  test('U9 an error in the stream is that error', () => {
    const error = sseEvent('error', { error: { type: 'overloaded_error', message: 'busy' } });
    expect(() => joined(messageStart(PARTS), error)).toThrow(expect.objectContaining({ kind: 'overloaded' }));
  });

  test('what comes after the end does no harm', () => {
    expect(joined(...textStream(PARTS, ['a', 'b'])).content).toEqual([{ type: 'text', text: 'ab' }]);
  });
});

test('P49 both keep-alives are harmless events', () => {
  const { beforeFirstEvent, afterFirstEvent } = ANTHROPIC_MESSAGES.server.keepAlive;
  expect(parseFrame(beforeFirstEvent)).toBeUndefined();
  expect(parseFrame(afterFirstEvent)?.event).toBe('ping');
});
