import { describe, expect, test } from 'vitest';
import { streamFixtures } from '../../../test/support/fixtures.ts';
import { answeringOf, readingOf } from '../../../test/support/messages-codec.ts';
import type { Answering } from '../../core/dialect.ts';
import { GatewayError } from '../../core/error.ts';
import { fold, type StreamEvent, unfold } from '../../core/event.ts';
import type { JsonObject } from '../../core/json.ts';
import type { ContentBlock, Message } from '../../core/message.ts';
import { parseFrame, SseFrameSplitter } from '../../framing/sse-frames.ts';
import { readEvent } from './event-frames.ts';
import { formatCount, formatResponse } from './format-response.ts';
import { createStreamDecoder } from './stream-decoder.ts';
import { createStreamEncoder } from './stream-encoder.ts';

const THINKING = { type: 'thinking', thinking: 'hm', signature: 'ezm1.sealed' };
const CALL = { type: 'tool_use', id: 'call_1', name: 'run', input: { n: 1 }, extra: { input_text: '{"n":1.0}' } };

const messageOf = (content: ContentBlock[], usage: JsonObject = { input_tokens: 3, output_tokens: 2 }): Message => ({
  id: 'chatcmpl-theirs',
  type: 'message',
  role: 'assistant',
  model: 'their-model',
  content,
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage,
});

/** The events that a client reads from what the encoder writes. */
function shown(events: readonly StreamEvent[], answering: Answering = answeringOf()): StreamEvent[] {
  const encoder = createStreamEncoder(answering);
  const bytes = Buffer.concat([...events.map((event) => encoder.push(event)), encoder.end()]);
  return new SseFrameSplitter().push(bytes).flatMap((raw) => {
    const frame = parseFrame(raw);
    const event = frame && readEvent(frame);
    if (!frame || !event) throw new Error(`no event: ${raw}`);
    expect(frame.event).toBe(event.type);
    return [event];
  });
}

const omitted = () =>
  answeringOf({
    request: {
      model: 'm',
      messages: [{ role: 'user', content: 'hi' }],
      thinking: { type: 'adaptive', display: 'omitted' },
    },
  });

describe('streamEncoder', () => {
  test('P107 every event is named, and the answer is ours: id and model', () => {
    const events = shown(unfold(messageOf([{ type: 'text', text: 'hello' }])));
    expect(events[0]).toMatchObject({
      type: 'message_start',
      message: { id: 'msg_1', model: 'public-model', content: [] },
    });
    expect(fold(events).content).toEqual([{ type: 'text', text: 'hello' }]);
    expect(events.at(-1)).toEqual({ type: 'message_stop' });
  });

  test('P54 P106 P11 usage is whole in message_start and message_delta, whatever the decoder gave', () => {
    const events = shown([
      { type: 'message_start', message: messageOf([], { input_tokens: 30, cache_read_input_tokens: 4 }) },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { input_tokens: null, output_tokens: 9 } },
      { type: 'message_stop' },
    ]);
    const counters = { input_tokens: 30, cache_read_input_tokens: 4, cache_creation_input_tokens: 0 };
    expect(events[0]).toMatchObject({ message: { usage: { ...counters, output_tokens: 0 } } });
    expect(events[1]).toMatchObject({ usage: { ...counters, output_tokens: 9 } });
  });

  test('P48 the input of a tool comes in deltas only', () => {
    const [, start, delta] = shown([
      { type: 'message_start', message: messageOf([]) },
      { type: 'content_block_start', index: 0, content_block: CALL },
      { type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: '{"n":1.0}' } },
    ]);
    expect(start).toMatchObject({ content_block: { type: 'tool_use', id: 'call_1', name: 'run', input: {} } });
    expect(delta).toMatchObject({ delta: { type: 'input_json_delta', partial_json: '{"n":1.0}' } });
  });

  test('what only the OpenAI formats know does not go out', () => {
    const events = shown([
      { type: 'message_start', message: messageOf([]) },
      { type: 'content_block_start', index: 0, content_block: { ...CALL, input: {} } },
      { type: 'content_block_stop', index: 0 },
      {
        type: 'message_delta',
        delta: { stop_reason: 'tool_use', extra: { x: 1 } },
        usage: {},
        extra: { logprobs: [1] },
      },
    ]);
    expect(JSON.stringify(events)).not.toMatch(/extra|logprobs|input_text/);
  });

  test('display omitted: the sealed signature without the thinking', () => {
    expect(fold(shown(unfold(messageOf([THINKING])), omitted())).content).toEqual([{ ...THINKING, thinking: '' }]);
    expect(fold(shown(unfold(messageOf([THINKING])))).content).toEqual([THINKING]);
  });

  test('P49 a ping passes', () => {
    expect(shown([{ type: 'ping' }])).toEqual([{ type: 'ping' }]);
  });

  test('P28 nothing follows an error', () => {
    const error = { type: 'error', error: { type: 'api_error', message: 'x' } } as const;
    expect(shown([error, { type: 'message_stop' }])).toEqual([error]);
  });

  test('P15 a failure is the last event, and only where the answer is not complete', () => {
    const encoder = createStreamEncoder(answeringOf());
    encoder.push({ type: 'message_start', message: messageOf([]) });
    const failure = Buffer.from(encoder.fail(new GatewayError('overloaded', 'busy'), 'req_1')).toString();
    expect(failure).toMatch(/^event: error\ndata: \{.*"overloaded_error".*"request_id":"req_1"\}\n\n$/);
    expect(encoder.push({ type: 'message_stop' })).toHaveLength(0);
    expect(encoder.fail(new GatewayError('overloaded', 'busy'), 'req_1')).toHaveLength(0);
  });
});

const finished = streamFixtures().filter(({ name }) => !/^error|truncated/.test(name));

test.each(finished)('P79 P30 $name, decoded and encoded, is a legal stream that says the same', ({ bytes }) => {
  const splitter = new SseFrameSplitter();
  const decoder = createStreamDecoder(readingOf());
  const frames = [...splitter.push(bytes), splitter.end()].flatMap((raw) => parseFrame(raw) ?? []);
  const given = fold(frames.flatMap((frame) => readEvent(frame) ?? []));
  const { content, stop_reason, usage } = fold(shown(frames.flatMap((frame) => decoder.push(frame))));
  const visible = ({ signature: _signature, data: _data, ...block }: ContentBlock) => block;
  expect(content.map(visible)).toEqual(given.content.map(visible));
  expect(stop_reason).toBe(given.stop_reason ?? 'end_turn');
  expect(usage['output_tokens']).toBe(given.usage['output_tokens']);
});

describe('formatResponse', () => {
  const body = (message: Message, answering = answeringOf()) =>
    JSON.parse(Buffer.from(formatResponse(message, answering)).toString());

  test('P27 is what the stream would have spelled', () => {
    const message = messageOf([THINKING, { type: 'text', text: 'a' }, CALL], { input_tokens: 3, output_tokens: 2 });
    expect(body(message)).toEqual(fold(shown(unfold(message))));
    expect(body(message, omitted())).toEqual(fold(shown(unfold(message), omitted())));
  });

  test('has every key, our id, the public model, and nothing of the upstream', () => {
    const message = { ...messageOf([CALL]), system_fingerprint: 'theirs', stop_reason: 'tool_use' };
    expect(body(message)).toEqual({
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'public-model',
      content: [{ type: 'tool_use', id: 'call_1', name: 'run', input: { n: 1 } }],
      stop_reason: 'tool_use',
      stop_sequence: null,
      stop_details: null,
      container: null,
      usage: expect.objectContaining({ input_tokens: 3, output_tokens: 2, cache_read_input_tokens: 0 }),
    });
  });

  test('P92 an answer without a stop reason is a finished turn', () => {
    expect(body({ ...messageOf([]), stop_reason: null }).stop_reason).toBe('end_turn');
  });
});

test('P114 a count is told as the API tells it', () => {
  expect(Buffer.from(formatCount(12)).toString()).toBe('{"input_tokens":12}');
});
