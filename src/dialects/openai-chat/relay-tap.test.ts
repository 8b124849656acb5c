import { describe, expect, test } from 'vitest';
import type { FramePhase, RelayNames } from '../../core/dialect.ts';
import { GatewayError } from '../../core/error.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { OPENAI_QUIRKS } from '../../core/quirks.ts';
import { createRelayTap } from './relay-tap.ts';

const NAMES: RelayNames = {
  requestId: 'req_ours',
  publicModel: undefined,
  onState: () => {},
  body: { stream: true, stream_options: { include_usage: true } },
  quirks: OPENAI_QUIRKS,
};
const USAGE = { prompt_tokens: 10, completion_tokens: 42, prompt_tokens_details: { cached_tokens: 4 } };
const HEAD = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'theirs' };

const data = (value: Json) => Buffer.from(`data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`);
const chunk = (delta: JsonObject, finish: string | null = null) =>
  data({ ...HEAD, choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }], usage: null });
const usageChunk = data({ ...HEAD, choices: [], usage: USAGE });
const DONE = data('[DONE]');
const newTap = (names: Partial<RelayNames> = {}) => createRelayTap({ ...NAMES, ...names });
const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString();

describe('phases', () => {
  test.each<[string, Uint8Array, FramePhase]>([
    ['P78 the role that opens every answer', chunk({ role: 'assistant', content: '', refusal: null }), 'lifecycle'],
    ['text', chunk({ content: 'a' }), 'content'],
    ['P23 reasoning alone', chunk({ reasoning_content: 'a' }), 'content'],
    ['a tool call', chunk({ tool_calls: [{ index: 0, id: 'c', function: { name: 'f', arguments: '' } }] }), 'content'],
    ['P83 an empty list of tool calls', chunk({ content: '', tool_calls: [] }), 'lifecycle'],
    ['reasoning details', chunk({ reasoning_details: [{ type: 'reasoning.encrypted', data: 'x' }] }), 'content'],
    ['P47 the last delta with the finish reason', chunk({ content: 'a' }, 'stop'), 'content'],
    ['usage', usageChunk, 'content'],
    ['the end', DONE, 'end'],
    ['P108 a comment', Buffer.from(': OPENROUTER PROCESSING\n\n'), 'lifecycle'],
    ['P94 a chunk without choices', data({ ...HEAD }), 'lifecycle'],
    ['P94 a chunk without a delta', data({ choices: [{ index: 0, delta: null, finish_reason: null }] }), 'lifecycle'],
    ['content filter results in front', data({ choices: [], prompt_filter_results: [] }), 'lifecycle'],
    ['U17 CRLF and no space', Buffer.from('data:{"choices":[{"delta":{"content":"a"}}]}\r\n\r\n'), 'content'],
    ['U7 broken JSON', Buffer.from('data: {"choices":[{"del\n\n'), 'lifecycle'],
  ])('%s passes on unchanged', (_name, frame, phase) => {
    const taken = newTap().take(frame);
    expect(taken.phase).toBe(phase);
    expect(taken.bytes).toBe(frame);
  });

  test('a text that spells a usage or a finish is a text', () => {
    const tap = newTap();
    expect(tap.take(chunk({ content: '"usage":{"prompt_tokens":1},"finish_reason":"stop"' })).phase).toBe('content');
    expect(tap.usage).toEqual({});
    expect(tap.end().phase).toBe('lifecycle');
  });
});

describe("the end of the upstream's bytes", () => {
  const phaseAfter = (frames: Uint8Array[]) => {
    const tap = newTap();
    for (const frame of frames) tap.take(frame);
    return tap.end();
  };

  test('P117 is the end of an answer that has said why it ended', () => {
    expect(phaseAfter([chunk({ content: 'a' }), chunk({}, 'stop'), usageChunk])).toEqual({
      phase: 'end',
      bytes: new Uint8Array(0),
    });
  });

  test('P15 is a cut before', () => {
    expect(phaseAfter([chunk({ content: 'a' }), usageChunk]).phase).toBe('lifecycle');
    expect(phaseAfter([]).phase).toBe('lifecycle');
  });
});

describe('usage', () => {
  test('P116 comes behind the finish reason', () => {
    const tap = newTap();
    for (const frame of [chunk({ content: 'a' }), chunk({}, 'stop'), usageChunk, DONE]) tap.take(frame);
    expect(tap.usage).toMatchObject({ input: 6, cache_read: 4, output: 42, raw: USAGE });
  });

  test('P91 may stand on the choice or under a name of the vendor', () => {
    const onChoice = newTap();
    onChoice.take(data({ choices: [{ index: 0, delta: {}, finish_reason: 'stop', usage: USAGE }] }));
    expect(onChoice.usage.output).toBe(42);
    const vendor = newTap();
    vendor.take(data({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], x_groq: { usage: USAGE } }));
    expect(vendor.usage.output).toBe(42);
  });

  test('P56 in every chunk is cumulative: the last one counts', () => {
    const tap = newTap();
    for (const output of [1, 2, 3]) {
      const choices = [{ index: 0, delta: { content: 'a' }, finish_reason: null }];
      tap.take(data({ choices, usage: { prompt_tokens: 5, completion_tokens: output } }));
    }
    expect(tap.usage).toMatchObject({ input: 5, output: 3 });
  });

  test('that leaves reasoning out is completed where the upstream is known to count so', () => {
    const tap = newTap({ quirks: { reasoningOutsideOutput: true } });
    tap.take(data({ choices: [], usage: { ...USAGE, completion_tokens_details: { reasoning_tokens: 8 } } }));
    expect(tap.usage).toMatchObject({ output: 50, reasoning: 8 });
  });

  test('C15 of which the client has not asked is not shown, nor is it lost', () => {
    const bodies = [{ stream: true }, { stream_options: null }, { stream_options: { include_usage: false } }];
    for (const body of bodies) {
      const tap = newTap({ body });
      expect(tap.take(usageChunk)).toEqual({ phase: 'content', bytes: new Uint8Array(0) });
      expect(tap.usage.output).toBe(42);
      expect(tap.take(chunk({ content: 'a' })).bytes.length).toBeGreaterThan(0);
    }
  });

  test('U7 is estimated from what was written, escapes aside', () => {
    const tap = newTap();
    tap.take(chunk({ content: ' word'.repeat(15) }));
    tap.take(chunk({ tool_calls: [{ index: 0, function: { arguments: 'a"\n'.repeat(5) } }] }));
    expect(tap.written.hasThinking).toBe(false);
    tap.take(chunk({ reasoning_content: ' word'.repeat(10) }, 'length'));
    expect(tap.written.hasThinking).toBe(true);
    expect(tap.estimatedOutput()).toBeGreaterThan(30);
    expect(tap.estimatedOutput()).toBeLessThan(40);
    tap.take(usageChunk);
    expect(tap.estimatedOutput()).toBe(42);
  });
});

describe('the model name', () => {
  test('is the one that the client used, in every chunk', () => {
    const tap = newTap({ publicModel: 'ours' });
    for (const frame of [
      chunk({ role: 'assistant' }),
      chunk({ content: '"model":"theirs"' }),
      chunk({}, 'stop'),
      usageChunk,
    ]) {
      expect(textOf(tap.take(frame).bytes)).toBe(textOf(frame).replace('theirs', 'ours'));
    }
  });

  test('is not added to a chunk that has none', () => {
    const frame = data({ choices: [] });
    expect(newTap({ publicModel: 'ours' }).take(frame).bytes).toBe(frame);
  });
});

describe('errors', () => {
  const refusal = { error: { message: 'busy', code: 503, type: 'overloaded' } };

  test.each<[string, Uint8Array]>([
    ['a chunk', data(refusal)],
    ['a chunk with choices', data({ ...HEAD, choices: [{ index: 0, delta: {}, finish_reason: 'error' }], ...refusal })],
    ['a named event', Buffer.from(`event: error\ndata: ${JSON.stringify(refusal)}\n\n`)],
  ])('U9 P75 %s passes on and is known', (_name, frame) => {
    const tap = newTap();
    expect(tap.take(frame)).toEqual({ phase: 'error', bytes: frame });
    expect(tap.error).toMatchObject({ kind: 'overloaded', message: 'busy' });
  });

  test('a finish reason can be an error', () => {
    const tap = newTap();
    expect(tap.take(chunk({}, 'error')).phase).toBe('error');
    expect(tap.error).toMatchObject({ kind: 'upstream_error' });
    expect(tap.end().phase).toBe('lifecycle');
  });

  test('U14 what it says of our credential is not shown', () => {
    const tap = newTap();
    const { bytes } = tap.take(data({ error: { code: 'invalid_api_key', message: 'sk-secret is wrong' } }));
    expect(textOf(bytes)).toMatch(/^data: \{"error":/);
    expect(textOf(bytes)).not.toContain('sk-secret');
  });

  test('P75 one of ours ends the stream without [DONE]', () => {
    const text = textOf(newTap().fail(new GatewayError('timeout', 'late'), 'req_ours'));
    expect(text).toMatch(/^data: \{"error":\{"message":"late"/);
    expect(text).not.toContain('[DONE]');
  });
});
