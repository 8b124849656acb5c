import { describe, expect, test } from 'vitest';
import type { RelayNames } from '../../core/dialect.ts';
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
const USAGE = { input_tokens: 10, output_tokens: 42, input_tokens_details: { cached_tokens: 4 } };
const RESPONSE = {
  id: 'resp_1',
  object: 'response',
  created_at: 7,
  status: 'completed',
  model: 'theirs',
  error: null,
  output: [
    { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'hm' }], encrypted_content: 'x' },
    {
      type: 'message',
      id: 'msg_1',
      status: 'completed',
      role: 'assistant',
      content: [
        { type: 'output_text', text: 'Hi', annotations: [], logprobs: [] },
        { type: 'refusal', refusal: 'No' },
      ],
    },
    { type: 'function_call', id: 'fc_1', status: 'completed', call_id: 'c1', name: 'f', arguments: '{"a": 1.0}' },
    { type: 'custom_tool_call', id: 'ctc_1', call_id: 'c2', name: 'g', input: 'text' },
    { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search' } },
  ],
  usage: USAGE,
};

const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value));
const joined = (...events: JsonObject[]) =>
  JSON.parse(Buffer.from(joinStream(events.map((event) => ({ event: '', data: JSON.stringify(event) })))).toString());

describe('a whole answer on its way through', () => {
  test('keeps its bytes, and its usage is known', () => {
    const body = Buffer.from(`{ "output" : [], "usage":${JSON.stringify(USAGE)}, "n":1.0 }\n`);
    const { usage, bytes } = takeResponse(body, NAMES);
    expect(bytes).toBe(body);
    expect(usage).toMatchObject({ input: 6, cache_read: 4, output: 42, raw: USAGE });
  });

  test('tells of tools that are billed by the use: searches, and containers that ran code, each once', () => {
    const code = { type: 'code_interpreter_call', status: 'completed' };
    const output = [
      ...RESPONSE.output,
      { type: 'web_search_call', status: 'completed', action: { type: 'open_page' } },
      { type: 'file_search_call', status: 'completed', queries: ['x'] },
      { type: 'file_search_call', status: 'failed' },
      { ...code, container_id: 'cntr_1' },
      { ...code, container_id: 'cntr_1' },
      { ...code, container_id: 'cntr_2' },
    ];
    const { usage } = takeResponse(bytesOf({ ...RESPONSE, output }), NAMES);
    expect(usage).toMatchObject({ web_searches: 1, file_searches: 1, code_containers: 2 });
  });

  test('has the model name that the client used', () => {
    const { bytes } = takeResponse(bytesOf(RESPONSE), { ...NAMES, publicModel: 'ours' });
    expect(Buffer.from(bytes).toString()).toBe(bytesOf(RESPONSE).toString().replace('theirs', 'ours'));
  });

  test.each<[string, string, string]>([
    ['an error', '{"error":{"message":"busy","code":503}}', 'overloaded'],
    [
      'a failed response',
      '{"status":"failed","error":{"message":"m","code":"rate_limit_exceeded"},"output":[]}',
      'rate_limited',
    ],
    ['a cancelled response', '{"status":"cancelled","error":null,"output":[]}', 'upstream_error'],
    ['something else', '{"hello":1}', 'bad_upstream'],
    ['no JSON', '<html>', 'bad_upstream'],
  ])('U9 U13 %s under a 200 is an error', (_name, body, kind) => {
    for (const read of [() => takeResponse(Buffer.from(body), NAMES), () => splitWhole(Buffer.from(body))]) {
      expect(read).toThrow(expect.objectContaining({ kind }));
    }
  });
});

describe('U17 a stream that nobody asked for', () => {
  test('P33 is the response of its last event', () => {
    const incomplete = { ...RESPONSE, status: 'incomplete' };
    expect(joined({ type: 'response.completed', response: RESPONSE })).toEqual(RESPONSE);
    expect(joined({ type: 'response.incomplete', response: incomplete })).toEqual(incomplete);
  });

  test('with the items before it where that one leaves them out', () => {
    const items = RESPONSE.output.map((item) => ({ type: 'response.output_item.done', item }));
    expect(joined(...items, { type: 'response.completed', response: { ...RESPONSE, output: [] } })).toEqual(RESPONSE);
  });

  test('P15 P111 that is cut, or failed, is an error', () => {
    expect(() => joined({ type: 'response.created', response: RESPONSE })).toThrow(
      expect.objectContaining({ kind: 'bad_upstream' }),
    );
    expect(() => joined({ type: 'error', code: 'rate_limit_exceeded', message: 'm' })).toThrow(
      expect.objectContaining({ kind: 'rate_limited', message: 'm' }),
    );
    expect(() => joined({ type: 'response.failed', response: { error: { code: 'slow_down', message: 'm' } } })).toThrow(
      expect.objectContaining({ kind: 'overloaded' }),
    );
  });
});

describe('U17 a whole answer where a stream was asked for', () => {
  const events = (response: JsonObject) =>
    splitWhole(bytesOf(response)).map((raw) => {
      const frame = parseFrame(raw);
      return { name: frame?.event, data: JSON.parse(frame?.data ?? '') };
    });

  test('P111 is told as a complete stream: named, numbered, every item and part', () => {
    const told = events(RESPONSE);
    expect(told.map(({ data }) => data.sequence_number)).toEqual(told.map((_event, index) => index));
    expect(told.every(({ name, data }) => name === data.type)).toBe(true);
    expect(told.map(({ name }) => name?.replace('response.', ''))).toEqual([
      ...['created', 'in_progress'],
      ...['output_item.added', 'reasoning_summary_part.added', 'reasoning_summary_text.delta'],
      ...['reasoning_summary_text.done', 'reasoning_summary_part.done', 'output_item.done'],
      ...['output_item.added', 'content_part.added', 'output_text.delta', 'output_text.done', 'content_part.done'],
      ...['content_part.added', 'refusal.delta', 'refusal.done', 'content_part.done', 'output_item.done'],
      ...['output_item.added', 'function_call_arguments.delta', 'function_call_arguments.done', 'output_item.done'],
      ...['output_item.added', 'custom_tool_call_input.delta', 'custom_tool_call_input.done', 'output_item.done'],
      ...['output_item.added', 'output_item.done', 'completed'],
    ]);
    expect(told[0]?.data.response).toMatchObject({ status: 'in_progress', output: [], usage: null });
    expect(told.at(-1)?.data.response).toEqual(RESPONSE);
    const done = told.filter(({ name }) => name === 'response.output_item.done').map(({ data }) => data.item);
    expect(done).toEqual(RESPONSE.output);
  });

  test('what opens is empty, and what fills it is whole', () => {
    const told = events(RESPONSE);
    const added = told.filter(({ name }) => name === 'response.output_item.added').map(({ data }) => data.item);
    expect(added).toMatchObject([{ summary: [] }, { content: [] }, { arguments: '' }, { input: '' }, {}]);
    expect(told.find(({ name }) => name === 'response.function_call_arguments.done')?.data).toMatchObject({
      item_id: 'fc_1',
      output_index: 2,
      arguments: '{"a": 1.0}',
    });
  });

  test('P33 one that was cut short ends so', () => {
    expect(events({ ...RESPONSE, status: 'incomplete' }).at(-1)?.name).toBe('response.incomplete');
  });
});
