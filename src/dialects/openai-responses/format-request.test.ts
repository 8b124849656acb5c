import { describe, expect, test } from 'vitest';
import { testTools } from '../../../test/support/codec-tools.ts';
import type { Operation } from '../../core/dialect.ts';
import type { JsonObject } from '../../core/json.ts';
import type { MessagesRequest } from '../../core/message.ts';
import { OPENAI_QUIRKS, type Quirks } from '../../core/quirks.ts';
import { formatRequest } from './format-request.ts';

const tools = testTools();
const IMAGE = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } };
const PNG = 'data:image/png;base64,AAAA';
const SCHEMA = { type: 'object', properties: { a: { type: 'string' } } };
const TOOL = { name: 'f', description: 'does f', input_schema: SCHEMA };
const USER = { role: 'user' as const, content: 'hi' };
const USER_ITEM = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] };
const REASONING: Partial<Quirks> = {
  effortKnob: 'effort',
  efforts: ['none', 'low', 'high'],
  encryptedReasoning: true,
  developerRole: true,
};
const toolUse = (id: string, more: JsonObject = {}) => ({
  type: 'tool_use',
  id,
  name: 'f',
  input: { a: 'b' },
  ...more,
});
const toolResult = (id: string, content: string | JsonObject[], more: JsonObject = {}) => ({
  type: 'tool_result',
  tool_use_id: id,
  content,
  ...more,
});
const thinking = (data: JsonObject, origin = 'here') => ({
  type: 'thinking',
  thinking: 'as shown',
  signature: tools.envelope.seal({ origin, data: { text: 'hm', ...data } }),
});

function formatted(request: Partial<MessagesRequest>, quirks: Partial<Quirks> = {}, operation: Operation = 'generate') {
  const { body, losses, reading } = formatRequest(
    { model: 'ours', messages: [USER], ...request },
    {
      model: 'theirs',
      provider: 'here',
      facts: undefined,
      quirks: { ...OPENAI_QUIRKS, ...quirks },
      operation,
      tools,
      report: () => {},
    },
  );
  const text = Buffer.from(body).toString();
  return { text, body: JSON.parse(text), codes: losses.map(({ code }) => code), reading };
}

describe('the frame of a request', () => {
  test('a plain one says no more than it must, and stores nothing', () => {
    expect(formatted({}).body).toEqual({ model: 'theirs', input: [USER_ITEM], store: false });
    const asked = formatted({ extra: { store: true } });
    expect(asked.body.store).toBe(false);
    expect(asked.codes).toContain('store_dropped');
    expect(formatted({}, { storeAndMetadata: false }).body.store).toBe(false);
  });

  test('the output limit is raised to the least that is taken', () => {
    expect(formatted({ max_tokens: 1 })).toMatchObject({
      body: { max_output_tokens: 16 },
      codes: ['max_tokens_raised'],
    });
    expect(formatted({ max_tokens: 16 })).toMatchObject({ body: { max_output_tokens: 16 }, codes: [] });
  });

  test('stop sequences are looked for in the answer', () => {
    const { body, codes, reading } = formatted({ stop_sequences: ['X'] });
    expect(body.stop).toBeUndefined();
    expect(reading.emulatedStops).toEqual(['X']);
    expect(codes).toEqual(['stop_emulated']);
  });

  test('what only Chat has is reported, or refused', () => {
    const extra = { seed: 1, frequency_penalty: 1, presence_penalty: 1, prediction: { type: 'content' } };
    const { body, codes } = formatted({ extra });
    expect(body).toEqual({ model: 'theirs', input: [USER_ITEM], store: false });
    expect(codes.sort()).toEqual(['penalty_dropped', 'penalty_dropped', 'prediction_dropped', 'seed_dropped']);
    for (const wish of [{ logit_bias: { '1': 2 } }, { n: 2 }, { logprobs: true }, { top_logprobs: 2 }]) {
      expect(() => formatted({ extra: wish })).toThrow(/not supported/);
    }
  });

  test('a count is asked for the prompt alone', () => {
    const request = { stream: true, max_tokens: 9, temperature: 1, tools: [TOOL], system: 's', stop_sequences: ['X'] };
    const { body, reading } = formatted(request, {}, 'count_tokens');
    expect(Object.keys(body)).toEqual(['model', 'instructions', 'input', 'tools']);
    expect(reading.emulatedStops).toEqual([]);
  });

  test('P36 the same request always has the same bytes', () => {
    const request = { tools: [TOOL, { ...TOOL, name: 'a'.repeat(80) }], messages: [USER] };
    expect(formatted(request).text).toBe(formatted(structuredClone(request)).text);
  });
});

describe('system texts', () => {
  test('P52 one is the instructions, several are an item with parts', () => {
    const system = ['one', 'two'].map((text) => ({ type: 'text', text }));
    expect(formatted({ system: 'one' }).body.instructions).toBe('one');
    const { body } = formatted({ system }, REASONING);
    expect(body.instructions).toBeUndefined();
    expect(body.input[0]).toEqual({
      type: 'message',
      role: 'developer',
      content: ['one', 'two'].map((text) => ({ type: 'input_text', text })),
    });
  });

  test('in mid-conversation they stay where they are', () => {
    const messages = [USER, { role: 'system' as const, content: 'note' }];
    expect(formatted({ messages }).body.input[1]).toMatchObject({ role: 'system' });
  });
});

describe('the conversation', () => {
  test('images and PDFs keep their forms', () => {
    const image = { type: 'image', source: { type: 'url', url: 'https://x.test/a.png' }, extra: { detail: 'low' } };
    const pdf = {
      type: 'document',
      source: { type: 'base64', media_type: 'application/pdf', data: 'AAAA' },
      title: 'T',
    };
    const page = { type: 'document', source: { type: 'url', url: 'https://x.test/a.pdf' } };
    expect(
      formatted({ messages: [{ role: 'user', content: [IMAGE, image, pdf, page] }] }).body.input[0].content,
    ).toEqual([
      { type: 'input_image', image_url: PNG, detail: 'auto' },
      { type: 'input_image', image_url: 'https://x.test/a.png', detail: 'low' },
      { type: 'input_file', filename: 'T', file_data: 'data:application/pdf;base64,AAAA' },
      { type: 'input_file', file_url: 'https://x.test/a.pdf' },
    ]);
  });

  test('P1 P22 calls and results are items, images of results stay with them', () => {
    const messages: MessagesRequest['messages'] = [
      USER,
      {
        role: 'assistant',
        content: [{ type: 'text', text: 'a' }, toolUse('c1'), { type: 'text', text: 'b' }, toolUse('c2')],
      },
      {
        role: 'user',
        content: [toolResult('c1', 'one'), toolResult('c2', [IMAGE]), { type: 'text', text: 'go on' }],
      },
    ];
    const said = (text: string) => ({ type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] });
    const call = (call_id: string) => ({ type: 'function_call', call_id, name: 'f', arguments: '{"a":"b"}' });
    const { body, codes } = formatted({ messages });
    expect(body.input.slice(1)).toEqual([
      said('a'),
      call('c1'),
      said('b'),
      call('c2'),
      { type: 'function_call_output', call_id: 'c1', output: 'one' },
      {
        type: 'function_call_output',
        call_id: 'c2',
        output: [{ type: 'input_image', image_url: PNG, detail: 'auto' }],
      },
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'go on' }] },
    ]);
    expect(codes).toEqual([]);
  });

  test('P100 the phase of a message is kept', () => {
    const messages = [USER, { role: 'assistant' as const, content: 'a', extra: { phase: 'commentary' } }, USER];
    expect(formatted({ messages }).body.input[1].phase).toBe('commentary');
  });

  test('a free-form call is one, and so is its result', () => {
    const messages: MessagesRequest['messages'] = [
      USER,
      { role: 'assistant', content: [toolUse('c1', { input: { input: 'text' }, extra: { custom: true } })] },
      { role: 'user', content: [toolResult('c1', '', { extra: { custom: true } })] },
    ];
    expect(formatted({ messages }).body.input.slice(1)).toEqual([
      { type: 'custom_tool_call', call_id: 'c1', name: 'f', input: 'text' },
      { type: 'custom_tool_call_output', call_id: 'c1', output: '' },
    ]);
  });
});

describe('tools', () => {
  test('P124 P96 strict is always said, as a boolean, where it is known', () => {
    expect(formatted({ tools: [TOOL] }).body.tools).toEqual([
      { type: 'function', name: 'f', description: 'does f', parameters: SCHEMA, strict: false },
    ]);
    expect(formatted({ tools: [TOOL] }, { strictTools: false }).body.tools[0].strict).toBe(false);
  });

  test.each<[JsonObject, unknown]>([
    [{ type: 'auto' }, 'auto'],
    [{ type: 'any' }, 'required'],
    [{ type: 'none' }, 'none'],
    [
      { type: 'tool', name: 'f' },
      { type: 'function', name: 'f' },
    ],
  ])('P32 P77 tool_choice %j', (tool_choice, expected) => {
    expect(formatted({ tools: [TOOL], tool_choice }).body.tool_choice).toEqual(expected);
  });

  test('P32 P77 one call at a time, and nothing of it without tools', () => {
    const tool_choice = { type: 'auto', disable_parallel_tool_use: true };
    expect(formatted({ tools: [TOOL], tool_choice }).body.parallel_tool_calls).toBe(false);
    expect(formatted({ tools: [], tool_choice }).body).toEqual(formatted({}).body);
  });

  test('a free-form tool has its grammar on one level', () => {
    const grammar = { syntax: 'lark', definition: 'x' };
    const format = { type: 'grammar', grammar };
    const tool = { name: 'f', input_schema: { type: 'object' }, extra: { custom: { format } } };
    const { body } = formatted({ tools: [tool], tool_choice: { type: 'tool', name: 'f' } });
    expect(body.tools).toEqual([{ type: 'custom', name: 'f', format: { type: 'grammar', ...grammar } }]);
    expect(body.tool_choice).toEqual({ type: 'custom', name: 'f' });
  });

  test('P42 a web search is a search', () => {
    const user_location = { type: 'approximate', city: 'Bern' };
    const search = { type: 'web_search_20250305', name: 'web_search', allowed_domains: ['x.test'], user_location };
    expect(formatted({ tools: [search] }).body.tools).toEqual([
      { type: 'web_search', filters: { allowed_domains: ['x.test'] }, user_location },
    ]);
  });
});

describe('reasoning', () => {
  const STATE = { id: 'rs_1', encrypted_content: 'sealed by them' };
  const ITEM = { type: 'reasoning', ...STATE, summary: [{ type: 'summary_text', text: 'hm' }] };
  const history = (...content: MessagesRequest['messages'][number]['content'] & object): Partial<MessagesRequest> => ({
    messages: [USER, { role: 'assistant', content }, USER],
  });

  test('is asked for in its sealed form', () => {
    const { body } = formatted({ output_config: { effort: 'high' } }, REASONING);
    expect(body).toMatchObject({ reasoning: { effort: 'high' }, include: ['reasoning.encrypted_content'] });
    expect('include' in formatted({}).body).toBe(false);
  });

  test('is told of where the caller wants that', () => {
    const thinkingShown = { type: 'adaptive', display: 'summarized' };
    expect(formatted({ thinking: thinkingShown }, REASONING).body.reasoning).toEqual({ summary: 'auto' });
    expect('reasoning' in formatted({ thinking: thinkingShown }).body).toBe(false);
    expect(formatted({ extra: { reasoning_summary: 'detailed' } }).codes).toEqual(['reasoning_summary_dropped']);
  });

  test('P5 P99 stands right in front of what came of it, calls without ids of items', () => {
    const { body } = formatted(history(thinking(STATE), { type: 'text', text: 'a' }), REASONING);
    expect(body.input.slice(1, 3)).toEqual([
      ITEM,
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'a' }] },
    ]);
    const messages: MessagesRequest['messages'] = [
      USER,
      { role: 'assistant', content: [thinking(STATE), toolUse('c1')] },
      { role: 'user', content: [toolResult('c1', 'one')] },
    ];
    expect(formatted({ messages }, REASONING).body.input.slice(1, 3)).toEqual([
      ITEM,
      { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{"a":"b"}' },
    ]);
  });

  test('P99 of which nothing came is left out', () => {
    const { body, codes } = formatted(history({ type: 'text', text: 'a' }, thinking(STATE)), REASONING);
    expect(body.input.map(({ type }: { type: string }) => type)).toEqual(['message', 'message', 'message']);
    expect(codes).toEqual(['thinking_dropped']);
  });

  test('P6 P7 of another model, or without its state, is left out and never shown as text', () => {
    for (const block of [thinking(STATE, 'there'), thinking({})]) {
      const { text, codes } = formatted(history(block, { type: 'text', text: 'a' }), REASONING);
      expect(text).not.toMatch(/hm|as shown|ezm1\./);
      expect(codes).toEqual(['thinking_dropped']);
    }
  });
});

test('P17 a schema is a text format', () => {
  const schema = { type: 'object', properties: {}, required: [], additionalProperties: false };
  const { body } = formatted({
    output_config: { format: { type: 'json_schema', schema } },
    extra: { verbosity: 'low' },
  });
  expect(body.text).toEqual({
    format: { type: 'json_schema', name: 'output', schema, strict: true },
    verbosity: 'low',
  });
  expect(formatted({ extra: { json_object: true } }).body.text).toEqual({ format: { type: 'json_object' } });
});
