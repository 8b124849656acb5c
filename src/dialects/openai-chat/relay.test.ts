import { describe, expect, test } from 'vitest';
import type { Frame, RelayNames } from '../../core/dialect.ts';
import type { JsonObject } from '../../core/json.ts';
import { OPENAI_QUIRKS } from '../../core/quirks.ts';
import { parseFrame } from '../../framing/sse-frames.ts';
import { joinStream, splitWhole, takeResponse } from './relay.ts';

const NAMES: RelayNames = {
  requestId: 'req_ours',
  publicModel: undefined,
  body: {},
  quirks: OPENAI_QUIRKS,
  onState: () => {},
};
const USAGE = { prompt_tokens: 10, completion_tokens: 42, prompt_tokens_details: { cached_tokens: 4 } };
const HEAD = { id: 'chatcmpl-1', created: 1, model: 'theirs' };
const COMPLETION = {
  ...HEAD,
  object: 'chat.completion',
  choices: [
    {
      index: 0,
      message: {
        role: 'assistant',
        content: 'Hi',
        reasoning_content: 'hm',
        tool_calls: [
          { id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a": 1.0}' } },
          { id: 'c2', type: 'function', function: { name: 'g', arguments: '{}' } },
        ],
      },
      finish_reason: 'tool_calls',
    },
  ],
  usage: USAGE,
};

const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value));
const framesOf = (...chunks: (JsonObject | string)[]): Frame[] =>
  chunks.map((chunk) => ({ event: '', data: typeof chunk === 'string' ? chunk : JSON.stringify(chunk) }));
const chunk = (delta: JsonObject, finish: string | null = null, index = 0) => ({
  ...HEAD,
  object: 'chat.completion.chunk',
  choices: [{ index, delta, finish_reason: finish }],
});
const joined = (...chunks: (JsonObject | string)[]) =>
  JSON.parse(Buffer.from(joinStream(framesOf(...chunks))).toString());

describe('a whole answer on its way through', () => {
  test('keeps its bytes, and its usage is known', () => {
    const body = Buffer.from(`{ "choices" : [], "usage":${JSON.stringify(USAGE)}, "n":1.0 }\n`);
    const { usage, bytes } = takeResponse(body, NAMES);
    expect(bytes).toBe(body);
    expect(usage).toMatchObject({ input: 6, cache_read: 4, output: 42, raw: USAGE });
  });

  test('has the model name that the client used', () => {
    const body = bytesOf(COMPLETION);
    const { bytes } = takeResponse(body, { ...NAMES, publicModel: 'ours' });
    expect(Buffer.from(bytes).toString()).toBe(body.toString().replace('theirs', 'ours'));
  });

  test.each<[string, string, string]>([
    ['an error', '{"error":{"message":"busy","code":503}}', 'overloaded'],
    ['an error as a text', '{"error":"busy"}', 'upstream_error'],
    ['something else', '{"hello":1}', 'bad_upstream'],
    ['a list', '[]', 'bad_upstream'],
    ['no JSON', '<html>', 'bad_upstream'],
  ])('U9 U13 %s under a 200 is an error', (_name, body, kind) => {
    for (const read of [() => takeResponse(Buffer.from(body), NAMES), () => splitWhole(Buffer.from(body))]) {
      expect(read).toThrow(expect.objectContaining({ kind }));
    }
  });
});

describe('U17 a stream that nobody asked for', () => {
  test('P120 is joined to the answer that it spells', () => {
    expect(
      joined(
        chunk({ role: 'assistant', content: '', reasoning_content: 'h' }),
        chunk({ reasoning_content: 'm' }),
        chunk({ content: 'H' }),
        chunk({ role: 'assistant', content: 'i' }),
        chunk({ tool_calls: [{ index: 0, id: 'c1', type: 'function', function: { name: 'f', arguments: '{"a"' } }] }),
        chunk({ tool_calls: [{ index: 1, id: 'c2', type: 'function', function: { name: 'g', arguments: '' } }] }),
        chunk({ tool_calls: [{ index: 0, id: 'c1', type: 'function', function: { name: 'f', arguments: ': 1.0}' } }] }),
        chunk({ tool_calls: [{ index: 1, function: { arguments: '{}' } }] }),
        chunk({}, 'tool_calls'),
        { ...HEAD, choices: [], usage: USAGE },
        '[DONE]',
      ),
    ).toEqual(COMPLETION);
  });

  test('P118 a new id begins a new call, whatever place it says it has', () => {
    const call = (id: string | undefined, args: string) => ({
      ...(id && { id }),
      function: { name: 'f', arguments: args },
    });
    for (const place of [{}, { index: 0 }]) {
      const answer = joined(
        chunk({ tool_calls: [{ ...place, ...call('c1', '{') }] }),
        chunk({ tool_calls: [{ ...place, ...call(undefined, '}') }] }),
        chunk({ tool_calls: [{ ...place, ...call('c2', '{}') }] }, 'tool_calls'),
      );
      expect(answer.choices[0].message.tool_calls).toEqual([call('c1', '{}'), call('c2', '{}')]);
    }
  });

  test('keeps what it does not know, several choices, and pieces of reasoning', () => {
    const detail = (text: string) => ({ type: 'reasoning.text', index: 0, text });
    const answer = joined(
      { ...chunk({ content: 'a', reasoning_details: [detail('x')] }), service_tier: 'flex' },
      chunk({ content: 'b' }, 'stop', 1),
      chunk({ reasoning_details: [detail('y'), { type: 'reasoning.encrypted', index: 0, data: 'z' }] }, 'stop'),
    );
    expect(answer).toMatchObject({ service_tier: 'flex', object: 'chat.completion' });
    expect(answer.choices.map((choice: JsonObject) => choice['message'])).toEqual([
      {
        role: 'assistant',
        content: 'a',
        reasoning_details: [detail('xy'), { type: 'reasoning.encrypted', index: 0, data: 'z' }],
      },
      { role: 'assistant', content: 'b' },
    ]);
  });

  test('P117 P15 may lack its [DONE], but not its end', () => {
    expect(joined(chunk({ content: 'a' }, 'stop')).choices[0].finish_reason).toBe('stop');
    expect(joined(chunk({ content: 'a' }), '[DONE]').choices[0].message.content).toBe('a');
    expect(() => joined(chunk({ content: 'a' }))).toThrow(expect.objectContaining({ kind: 'bad_upstream' }));
    expect(() => joined('[DONE]')).toThrow(expect.objectContaining({ kind: 'bad_upstream' }));
  });

  test('U9 an error in it is an error', () => {
    expect(() => joined(chunk({ content: 'a' }), { error: { message: 'busy', code: 503 } })).toThrow(
      expect.objectContaining({ kind: 'overloaded' }),
    );
  });
});

describe('U17 a whole answer where a stream was asked for', () => {
  test('is told as the chunks that join to it again', () => {
    const frames = splitWhole(bytesOf(COMPLETION)).flatMap((raw) => parseFrame(raw) ?? []);
    expect(frames.at(-1)?.data).toBe('[DONE]');
    const chunks = frames.slice(0, -1).map(({ data }) => JSON.parse(data));
    expect(chunks.every(({ object }) => object === 'chat.completion.chunk')).toBe(true);
    expect(chunks[0].choices[0].delta.tool_calls.map(({ index }: { index: number }) => index)).toEqual([0, 1]);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: USAGE });
    expect(JSON.parse(Buffer.from(joinStream(frames)).toString())).toEqual(COMPLETION);
  });
});
