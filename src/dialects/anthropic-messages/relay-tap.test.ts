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
import { streamFixtures } from '../../../test/support/fixtures.ts';
import { relayNamesOf } from '../../../test/support/messages-codec.ts';
import { inPieces, tokensOf, truthOf } from '../../../test/support/tokenized.ts';
import type { FramePhase, RelayTap } from '../../core/dialect.ts';
import { GatewayError } from '../../core/error.ts';
import { SseFrameSplitter } from '../../framing/sse-frames.ts';
import { createRelayTap } from './relay-tap.ts';

const PARTS = { model: 'upstream-model', usage: { input: 10, output: 42, cacheRead: 3 } };
const newTap = (publicModel?: string): RelayTap => createRelayTap(relayNamesOf(publicModel));

/** What a tap makes of frames: their phases, and the text that passes on. */
function tapped(frames: readonly Uint8Array[], tap = newTap()) {
  const taken = frames.map((frame) => tap.take(frame));
  return {
    tap,
    phases: taken.map(({ phase }) => phase),
    texts: taken.map(({ bytes }) => Buffer.from(bytes).toString()),
    isSame: taken.every(({ bytes }, index) => bytes === frames[index]),
  };
}

/** Frames with their JSON as another serializer writes it. */
const crlf = (frame: Buffer) => Buffer.from(frame.toString().replaceAll('\n', '\r\n'));
const spaced = (frame: Buffer) => Buffer.from(frame.toString().replaceAll('":', '": '));
const sorted = (text: string) =>
  Buffer.from(
    `event: content_block_delta\ndata: {"delta":${JSON.stringify({ text, type: 'text_delta' })},"index":0,"type":"content_block_delta"}\n\n`,
  );

describe('phases', () => {
  test('a stream begins with lifecycle, has content, and ends; its bytes pass on as they are', () => {
    const { phases, isSame } = tapped(textStream(PARTS, ['a', 'b']));
    const expected: FramePhase[] = ['lifecycle', 'lifecycle', 'content', 'content', 'lifecycle', 'content', 'end'];
    expect(phases).toEqual(expected);
    expect(isSame).toBe(true);
  });

  test.each<[string, Uint8Array, FramePhase]>([
    ['a comment', Buffer.from(': hello\n\n'), 'lifecycle'],
    ['an empty line', Buffer.from('\n'), 'lifecycle'],
    ['a ping', sseEvent('ping'), 'lifecycle'],
    ['a text block', textBlockStart(), 'lifecycle'],
    [
      'a thinking block',
      sseEvent('content_block_start', { index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } }),
      'lifecycle',
    ],
    [
      'a tool block, whose name is content',
      sseEvent('content_block_start', { index: 0, content_block: { type: 'tool_use', id: 't', name: 'n', input: {} } }),
      'content',
    ],
    [
      'a text block that opens with text',
      sseEvent('content_block_start', { index: 0, content_block: { type: 'text', text: 'a' } }),
      'content',
    ],
    ['U22 an unknown event', sseEvent('message_of_tomorrow', { x: 1 }), 'lifecycle'],
    [
      'U22 an unknown delta',
      sseEvent('content_block_delta', { index: 0, delta: { type: 'new_delta', x: 1 } }),
      'content',
    ],
    ['U22 an unknown block', sseEvent('content_block_start', { index: 0, content_block: { type: 'new' } }), 'content'],
    ['a trailing [DONE]', Buffer.from('data: [DONE]\n\n'), 'lifecycle'],
    ['a delta in CRLF', crlf(textDelta('a')), 'content'],
    ['an event without a name', Buffer.from('data: {"type":"message_stop"}\n\n'), 'end'],
    ['U7 a delta with broken JSON', Buffer.from('event: content_block_delta\ndata: {"type":"conte\n\n'), 'content'],
    ['U7 an end with broken JSON', Buffer.from('event: message_stop\ndata: {"type":"mess\n\n'), 'end'],
    ['U7 a start with broken JSON', Buffer.from('event: message_start\ndata: {"type":"mess\n\n'), 'lifecycle'],
    ['U7 an error with broken JSON', Buffer.from('event: error\ndata: {"type":"err\n\n'), 'error'],
    ['U7 JSON that is no object', Buffer.from('event: message_delta\ndata: [1]\n\n'), 'content'],
  ])('%s passes on unchanged', (_name, frame, phase) => {
    const taken = newTap().take(frame);
    expect(taken.phase).toBe(phase);
    expect(taken.bytes).toBe(frame);
  });
});

describe('usage', () => {
  test('P56 P57 the last figures count, the input of message_start stays', () => {
    expect(tapped(textStream(PARTS, ['a'])).tap.usage).toMatchObject({ input: 10, cache_read: 3, output: 42 });
  });

  test('U7 U20 the output placeholder of message_start is no final figure', () => {
    const { tap } = tapped([messageStart(PARTS), textBlockStart(), textDelta(' word'.repeat(100)), blockStop()]);
    expect(tap.usage).toMatchObject({ input: 10 });
    expect(tap.usage.output).toBeUndefined();
    expect(Math.abs(tap.estimatedOutput() - 100)).toBeLessThan(10);
    const broken = Buffer.from('event: message_delta\ndata: {"type":"message_delta","usage":{"output_\n\n');
    tap.take(broken);
    tap.take(sseEvent('message_delta', { delta: {}, usage: { output_tokens: -4 } }));
    expect(tap.usage.output).toBeUndefined();
  });

  test('the estimate is never below what the upstream has said', () => {
    const { tap } = tapped([messageStart({ ...PARTS, usage: { input: 1, output: 0 } })]);
    expect(tap.estimatedOutput()).toBe(1);
    tap.take(sseEvent('message_delta', { delta: {}, usage: { output_tokens: 77 } }));
    expect(tap.estimatedOutput()).toBe(77);
  });

  test.each(streamFixtures())('the stream $name has usage at its end, if it has an end', ({ name, bytes }) => {
    const { tap, phases } = tapped(new SseFrameSplitter().push(bytes));
    expect(tap.usage.input).toBeTypeOf('number');
    expect(phases.includes('end') ? typeof tap.usage.output : name).toBe(
      phases.includes('end') ? 'number' : 'error-after-content',
    );
  });
});

describe('estimated output', () => {
  const tokens = tokensOf('code', 8_000);
  const long = inPieces(tokens, 4);
  const truth = truthOf(tokens);
  const isClose = (estimate: number) => Math.abs(estimate - truth) <= Math.max(256, truth * 0.05);

  test.each<[string, Uint8Array[]]>([
    ['as the API writes it', long.map((text) => textDelta(text))],
    ['with CRLF', long.map((text) => crlf(textDelta(text)))],
    ['with spaces in the JSON', long.map((text) => spaced(textDelta(text)))],
    ['with sorted keys', long.map(sorted)],
    [
      'thinking, with a field behind it',
      long.map((thinking) =>
        sseEvent('content_block_delta', {
          index: 0,
          delta: { type: 'thinking_delta', thinking, estimated_tokens: 12 },
        }),
      ),
    ],
  ])('text %s is estimated by its size', (_name, frames) => {
    const estimate = tapped(frames).tap.estimatedOutput();
    expect(isClose(estimate), `${estimate} for ${truth}`).toBe(true);
  });

  test('tool input counts, the rest of its frames does not', () => {
    const json = tokensOf('json', 8_000);
    const { tap } = tapped(toolStream(PARTS, { id: 't', name: 'n' }, inPieces(json, 5)).slice(0, -2));
    expect(Math.abs(tap.estimatedOutput() - truthOf(json))).toBeLessThan(Math.max(256, truthOf(json) / 20));
  });

  test.each([
    ['P65 a signature', { type: 'signature_delta', signature: 'A'.repeat(100_000) }],
    ['a citation', { type: 'citations_delta', citation: { document_title: 'T'.repeat(9000) } }],
    ['an unknown delta', { type: 'new_delta', blob: 'B'.repeat(9000) }],
  ])('%s is not output', (_name, delta) => {
    expect(tapped([sseEvent('content_block_delta', { index: 0, delta })]).tap.estimatedOutput()).toBe(0);
  });
});

describe('names', () => {
  test('the model is put back in message_start alone', () => {
    const frames = [...textStream(PARTS, ['"model":"upstream-model"']), sseEvent('ping', { model: 'upstream-model' })];
    const { texts } = tapped(frames, newTap('public "name"'));
    const expected = frames.map((frame) => frame.toString());
    expected[0] = String(expected[0]).replace('"upstream-model"', '"public \\"name\\""');
    expect(texts).toEqual(expected);
  });

  test.each<[string, string, string]>([
    [
      'a comment with a brace before',
      ': {x}\nevent: message_start\ndata: {"type":"message_start","message":{"model":"a","n":1.0}}\n\n',
      ': {x}\nevent: message_start\ndata: {"type":"message_start","message":{"model":"b","n":1.0}}\n\n',
    ],
    [
      'data before the name',
      'data: {"type":"message_start","message":{"model":"a"}}\nevent: message_start\n\n',
      'data: {"type":"message_start","message":{"model":"b"}}\nevent: message_start\n\n',
    ],
    [
      'CRLF',
      'event: message_start\r\ndata:{"type":"message_start","message":{"model":"a"}}\r\n\r\n',
      'event: message_start\r\ndata:{"type":"message_start","message":{"model":"b"}}\r\n\r\n',
    ],
    [
      'JSON over two data lines',
      'event: message_start\ndata: {"type":"message_start",\ndata: "message":{"model":"a"}}\n\n',
      'event: message_start\ndata: {"type":"message_start", "message":{"model":"b"}}\n\n',
    ],
    [
      'no model',
      'event: message_start\ndata: {"type":"message_start","message":{}}\n\n',
      'event: message_start\ndata: {"type":"message_start","message":{}}\n\n',
    ],
  ])('the model is put back behind %s', (_name, frame, expected) => {
    expect(tapped([Buffer.from(frame)], newTap('b')).texts).toEqual([expected]);
  });

  test('U9 an error says what it stands for, under our request id', () => {
    const error = { type: 'overloaded_error', message: 'busy', details: null };
    const { tap, phases, texts } = tapped([sseEvent('error', { error, request_id: 'req_theirs' })]);
    expect(phases).toEqual(['error']);
    expect(tap.error).toMatchObject({ kind: 'overloaded', status: 529, message: 'busy' });
    expect(texts).toEqual([sseEvent('error', { error, request_id: 'req_ours' }).toString()]);
  });

  test('U9 an error without a request id gets none', () => {
    const frame = sseEvent('error', { error: { type: 'api_error', message: 'x' } });
    expect(tapped([frame]).isSame).toBe(true);
  });

  test('U14 P113 an error about our credential is told without its words', () => {
    const error = { type: 'authentication_error', message: 'bad key sk-secret' };
    const { tap, texts } = tapped([sseEvent('error', { error, request_id: 'req_theirs' })]);
    expect(tap.error).toMatchObject({ kind: 'upstream_auth', status: 502 });
    expect(texts.join()).not.toMatch(/sk-secret|req_theirs|authentication_error/);
    expect(texts.join()).toMatch(/^event: error\ndata: \{"type":"error".*"api_error".*req_ours/);
  });

  test('P15 a stream that stops without its end never says "end"', () => {
    const { phases, tap } = tapped([
      ...textStream(PARTS, ['a']).slice(0, -1),
      messageEnd(PARTS)[0] ?? sseEvent('ping'),
    ]);
    expect(phases).not.toContain('end');
    expect(tap.end()).toEqual({ phase: 'lifecycle', bytes: new Uint8Array(0) });
  });

  test('P15 an error of ours is the last event', () => {
    const failure = Buffer.from(newTap().fail(new GatewayError('overloaded', 'busy'), 'req_1')).toString();
    expect(failure).toMatch(/^event: error\ndata: \{.*"overloaded_error".*"request_id":"req_1"\}\n\n$/);
  });
});
