import { describe, expect, test } from 'vitest';
import { testTools } from '../../../test/support/codec-tools.ts';
import type { JsonObject } from '../../core/json.ts';
import type { ContentBlock, MessagesRequest } from '../../core/message.ts';
import { OPENAI_QUIRKS, type Quirks } from '../../core/quirks.ts';
import { formatRequest } from './format-request.ts';

const tools = testTools();
const IMAGE = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } };
const PNG = 'data:image/png;base64,AAAA';
const TOOL = {
  name: 'f',
  description: 'does f',
  input_schema: { type: 'object', properties: { a: { type: 'string' } } },
};
const USER = { role: 'user' as const, content: 'hi' };
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

function formatted(request: Partial<MessagesRequest>, quirks: Partial<Quirks> = {}) {
  const { body, losses, reading } = formatRequest(
    { model: 'ours', messages: [USER], ...request },
    {
      model: 'theirs',
      provider: 'here',
      facts: undefined,
      quirks: { ...OPENAI_QUIRKS, ...quirks },
      operation: 'generate',
      tools,
      report: () => {},
    },
  );
  const text = Buffer.from(body).toString();
  return { text, body: JSON.parse(text), codes: losses.map(({ code }) => code), reading };
}

describe('the frame of a request', () => {
  test('a plain one says no more than it must', () => {
    expect(formatted({}).body).toEqual({ model: 'theirs', messages: [USER] });
  });

  test('P97 a stream asks for usage where the upstream takes that', () => {
    expect(formatted({ stream: true }).body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
    expect(formatted({ stream: true }, { streamOptions: false }).body).toEqual({
      model: 'theirs',
      messages: [USER],
      stream: true,
    });
  });

  test('P97 the output limit has the name that the upstream knows', () => {
    expect(formatted({ max_tokens: 9 }).body.max_completion_tokens).toBe(9);
    const { body } = formatted({ max_tokens: 9 }, { maxTokensField: 'max_tokens' });
    expect(body.max_tokens).toBe(9);
    expect(body.max_completion_tokens).toBeUndefined();
  });

  test('sampling and stop sequences are copied', () => {
    const request = { temperature: 0.5, top_p: 0.9, top_k: 5, stop_sequences: ['X'] };
    expect(formatted(request, { topK: true }).body).toMatchObject({
      temperature: 0.5,
      top_p: 0.9,
      top_k: 5,
      stop: ['X'],
    });
  });

  test('P121 more stop sequences than the upstream takes are refused; where it takes none we look for them', () => {
    const stop_sequences = ['1', '2', '3', '4', '5'];
    expect(() => formatted({ stop_sequences })).toThrow(/stop_sequences/);
    const emulated = formatted({ stop_sequences }, { stopSequences: 0 });
    expect(emulated.body.stop).toBeUndefined();
    expect(emulated.reading.emulatedStops).toEqual(stop_sequences);
    expect(emulated.codes).toContain('stop_emulated');
  });

  test('the end user has the name that the upstream knows', () => {
    const metadata = { user_id: 'u' };
    expect(formatted({ metadata }).body.safety_identifier).toBe('u');
    expect(formatted({ metadata }, { userField: 'user' }).body.user).toBe('u');
  });

  test('what only OpenAI has goes on, but for what an answer of ours cannot hold', () => {
    const extra = { seed: 1, prompt_cache_key: 'k', verbosity: 'low', reasoning_summary: 'auto' };
    const { body, codes } = formatted({ extra });
    expect(body).toMatchObject({ seed: 1, prompt_cache_key: 'k', verbosity: 'low' });
    expect(body.reasoning_summary).toBeUndefined();
    expect(codes).toEqual(['reasoning_summary_dropped']);
    expect(() => formatted({ extra: { n: 2 } })).toThrow(/n: /);
    expect(() => formatted({ extra: { logprobs: true } })).toThrow(/logprobs: /);
  });

  test('P36 the same request always has the same bytes', () => {
    const request = { tools: [TOOL, { ...TOOL, name: 'a'.repeat(80) }], messages: [USER] };
    expect(formatted(request).text).toBe(formatted(structuredClone(request)).text);
  });
});

describe('system texts', () => {
  const system = [
    { type: 'text', text: 'one' },
    { type: 'text', text: 'two' },
  ];

  test('P52 stand first, as parts or as one string', () => {
    expect(formatted({ system: 'one' }).body.messages[0]).toEqual({ role: 'system', content: 'one' });
    expect(formatted({ system }).body.messages[0]).toEqual({ role: 'system', content: system });
    expect(formatted({ system }, { contentParts: false }).body.messages[0].content).toBe('one\ntwo');
  });

  test('P97 are of a developer where the upstream wants that', () => {
    const messages = [USER, { role: 'system' as const, content: 'note' }, { role: 'assistant' as const, content: 'a' }];
    const roles = (quirks: Partial<Quirks>) =>
      formatted({ system: 'one', messages }, quirks).body.messages.map(({ role }: { role: string }) => role);
    expect(roles({})).toEqual(['system', 'user', 'system', 'assistant']);
    expect(roles({ developerRole: true })).toEqual(['developer', 'user', 'developer', 'assistant']);
  });
});

describe('what the user says', () => {
  test('P93 one text is a string, several parts stay parts', () => {
    const parts = [{ type: 'text', text: 'look' }, IMAGE];
    expect(formatted({ messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }] }).body.messages).toEqual([
      USER,
    ]);
    expect(formatted({ messages: [{ role: 'user', content: parts }] }).body.messages[0].content).toEqual([
      { type: 'text', text: 'look' },
      { type: 'image_url', image_url: { url: PNG } },
    ]);
  });

  test('images keep their detail, and their URL', () => {
    const image = { type: 'image', source: { type: 'url', url: 'https://x.test/a.png' }, extra: { detail: 'low' } };
    expect(formatted({ messages: [{ role: 'user', content: [image] }] }).body.messages[0].content).toEqual([
      { type: 'image_url', image_url: { url: 'https://x.test/a.png', detail: 'low' } },
    ]);
  });

  test('a PDF is a file with a name, and refused by URL', () => {
    const pdf = (source: JsonObject) => ({
      messages: [{ role: 'user' as const, content: [{ type: 'document', source }] }],
    });
    const inline = pdf({ type: 'base64', media_type: 'application/pdf', data: 'AAAA' });
    expect(formatted(inline).body.messages[0].content).toEqual([
      { type: 'file', file: { filename: 'document.pdf', file_data: 'data:application/pdf;base64,AAAA' } },
    ]);
    expect(() => formatted(pdf({ type: 'url', url: 'https://x.test/a.pdf' }))).toThrow(/by URL/);
  });

  test('P25 P71 cache breakpoints stay whole where the upstream takes them', () => {
    const cache_control = { type: 'ephemeral', ttl: '1h' };
    const content = [{ type: 'text', text: 'hi', cache_control }];
    const messages = [{ role: 'user' as const, content }];
    expect(formatted({ messages }, { cacheControl: true }).body.messages[0].content).toEqual(content);
    expect(formatted({ messages }).body.messages).toEqual([USER]);
  });
});

describe('tool rounds', () => {
  const round = (result: ContentBlock[], said: ContentBlock[] = []): Partial<MessagesRequest> => ({
    messages: [
      USER,
      { role: 'assistant', content: [toolUse('c1'), toolUse('c2')] },
      { role: 'user', content: [...result, ...said] },
    ],
    tools: [TOOL],
  });

  test('P1 P90 calls have their arguments as text, results follow one by one', () => {
    const { body } = formatted(
      round([toolResult('c1', 'one'), toolResult('c2', '')], [{ type: 'text', text: 'go on' }]),
    );
    expect(body.messages.slice(1)).toEqual([
      {
        role: 'assistant',
        tool_calls: ['c1', 'c2'].map((id) => ({
          id,
          type: 'function',
          function: { name: 'f', arguments: '{"a":"b"}' },
        })),
      },
      { role: 'tool', tool_call_id: 'c1', content: 'one' },
      { role: 'tool', tool_call_id: 'c2', content: '' },
      { role: 'user', content: 'go on' },
    ]);
  });

  test('P115 numbers in arguments keep their text', () => {
    const messages = [
      USER,
      { role: 'assistant' as const, content: [toolUse('c1', { extra: { input_text: '{"n": 1.0}' } })] },
      { role: 'user' as const, content: [toolResult('c1', 'one')] },
    ];
    expect(formatted({ messages }).body.messages[1].tool_calls[0].function.arguments).toBe('{"n": 1.0}');
  });

  test('P22 images of results follow behind the whole group', () => {
    const results = [toolResult('c1', [IMAGE]), toolResult('c2', [{ type: 'text', text: 'see' }, IMAGE])];
    const { body, codes } = formatted(round(results, [{ type: 'text', text: 'go on' }]));
    expect(body.messages.slice(2)).toEqual([
      { role: 'tool', tool_call_id: 'c1', content: '(The output is in the next user message.)' },
      { role: 'tool', tool_call_id: 'c2', content: 'see' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Output of tool call c1:' },
          { type: 'image_url', image_url: { url: PNG } },
          { type: 'text', text: 'Output of tool call c2:' },
          { type: 'image_url', image_url: { url: PNG } },
          { type: 'text', text: 'go on' },
        ],
      },
    ]);
    expect(codes).toEqual(['image_moved']);
  });

  test('P81 P93 an assistant is a string, left out beside calls', () => {
    const messages = [
      USER,
      {
        role: 'assistant' as const,
        content: [{ type: 'text', text: 'a' }, { type: 'text', text: 'b' }, toolUse('c1')],
      },
      { role: 'user' as const, content: [toolResult('c1', 'one')] },
    ];
    expect(formatted({ messages }).body.messages[1].content).toBe('ab');
    expect('content' in formatted(round([toolResult('c1', ''), toolResult('c2', '')])).body.messages[1]).toBe(false);
  });

  test('text behind a call moves in front of it, and is reported', () => {
    const messages = [
      USER,
      { role: 'assistant' as const, content: [toolUse('c1'), { type: 'text', text: 'b' }] },
      { role: 'user' as const, content: [toolResult('c1', 'one')] },
    ];
    expect(formatted({ messages }).codes).toContain('order_changed');
  });
});

describe('tools', () => {
  test('P31 P68 a function has its schema as it was written', () => {
    expect(formatted({ tools: [TOOL] }).body.tools).toEqual([
      { type: 'function', function: { name: 'f', description: 'does f', parameters: TOOL.input_schema } },
    ]);
  });

  test('P96 strict is a boolean, and only for those who know it', () => {
    const schema = { type: 'object', properties: {}, required: [], additionalProperties: false };
    const strictTools = [{ name: 'f', input_schema: schema, strict: true }];
    expect(formatted({ tools: strictTools }).body.tools[0].function.strict).toBe(true);
    expect('strict' in formatted({ tools: strictTools }, { strictTools: false }).body.tools[0].function).toBe(false);
    expect('strict' in formatted({ tools: [TOOL] }).body.tools[0].function).toBe(false);
  });

  test.each<[JsonObject, unknown]>([
    [{ type: 'auto' }, 'auto'],
    [{ type: 'any' }, 'required'],
    [{ type: 'none' }, 'none'],
    [
      { type: 'tool', name: 'f' },
      { type: 'function', function: { name: 'f' } },
    ],
  ])('P32 P77 tool_choice %j', (tool_choice, expected) => {
    expect(formatted({ tools: [TOOL], tool_choice }).body.tool_choice).toEqual(expected);
  });

  test('P32 one call at a time', () => {
    const tool_choice = { type: 'auto', disable_parallel_tool_use: true };
    expect(formatted({ tools: [TOOL], tool_choice }).body.parallel_tool_calls).toBe(false);
  });

  test('P77 P83 without tools nothing is said of them', () => {
    const { body } = formatted({ tools: [], tool_choice: { type: 'auto' } });
    expect(body).toEqual({ model: 'theirs', messages: [USER] });
  });

  test('a free-form tool stays one, in history and choice', () => {
    const grammar = { type: 'grammar', grammar: { syntax: 'lark', definition: 'x' } };
    const request: Partial<MessagesRequest> = {
      tools: [{ name: 'f', input_schema: { type: 'object' }, extra: { custom: { format: grammar } } }],
      tool_choice: { type: 'tool', name: 'f' },
      messages: [
        USER,
        { role: 'assistant', content: [toolUse('c1', { input: { input: 'text' }, extra: { custom: true } })] },
        { role: 'user', content: [toolResult('c1', 'one', { extra: { custom: true } })] },
      ],
    };
    const { body } = formatted(request);
    expect(body.tools).toEqual([{ type: 'custom', custom: { name: 'f', format: grammar } }]);
    expect(body.tool_choice).toEqual({ type: 'custom', custom: { name: 'f' } });
    expect(body.messages[1].tool_calls).toEqual([{ id: 'c1', type: 'custom', custom: { name: 'f', input: 'text' } }]);
  });

  test('P42 a web search is an option of the request, never a function', () => {
    const search = {
      type: 'web_search_20250305',
      name: 'web_search',
      allowed_domains: ['x.test'],
      user_location: { type: 'approximate', city: 'Bern' },
    };
    const { body, codes } = formatted({ tools: [search] });
    expect(body.tools).toBeUndefined();
    expect(body.web_search_options).toEqual({ user_location: { type: 'approximate', approximate: { city: 'Bern' } } });
    expect(codes).toEqual(['tool_settings_dropped']);
    expect(() => formatted({ tools: [search] }, { openAiExtras: false })).toThrow(/web search/);
  });

  test('P50 P127 a web search beside other tools is left out where there is none, and reported', () => {
    const search = { type: 'web_search_20250305', name: 'web_search' };
    const read = { name: 'read', input_schema: { type: 'object' } };
    const { body, codes } = formatted({ tools: [read, search] }, { openAiExtras: false });
    expect(body.tools).toMatchObject([{ function: { name: 'read' } }]);
    expect(body.web_search_options).toBeUndefined();
    expect(codes).toEqual(['web_search_dropped']);
  });
});

describe('reasoning', () => {
  const sealed = (data: JsonObject) => tools.envelope.seal({ origin: 'here', data: { text: 'hm', ...data } });
  const history = (data: JsonObject = {}): Partial<MessagesRequest> => ({
    messages: [
      USER,
      { role: 'assistant', content: [{ type: 'thinking', thinking: 'hm', signature: sealed(data) }, toolUse('c1')] },
      { role: 'user', content: [toolResult('c1', 'one')] },
      { role: 'assistant', content: 'done' },
      USER,
    ],
  });
  const assistants = (request: Partial<MessagesRequest>, quirks: Partial<Quirks>) =>
    formatted(request, quirks).body.messages.filter(({ role }: { role: string }) => role === 'assistant');

  test('P38 goes back where the upstream demands it, if need be empty', () => {
    const all = assistants(history(), { reasoningReplay: 'always' });
    expect(all.map((message: JsonObject) => message['reasoning_content'])).toEqual(['hm', '']);
    const calls = assistants(history(), { reasoningReplay: 'tool_calls' });
    expect(calls.map((message: JsonObject) => message['reasoning_content'])).toEqual(['hm', undefined]);
  });

  test('P38 P6 goes nowhere else, and never as text', () => {
    const { text, codes } = formatted(history());
    expect(text).not.toContain('hm');
    expect(codes).toContain('thinking_dropped');
  });

  test.each<[Quirks['reasoningField'], JsonObject, JsonObject]>([
    ['reasoning', {}, { reasoning: 'hm' }],
    ['reasoning_details', {}, { reasoning_details: [{ type: 'reasoning.text', text: 'hm' }] }],
    [
      'reasoning_details',
      { reasoning_details: [{ type: 'reasoning.encrypted', data: 'x' }] },
      { reasoning_details: [{ type: 'reasoning.encrypted', data: 'x' }] },
    ],
    ['thinking_parts', {}, { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }] }],
  ])('P38 in the field %s of the upstream', (reasoningField, data, expected) => {
    const [first, last] = assistants(history(data), { reasoningReplay: 'always', reasoningField });
    expect(first).toMatchObject(expected);
    expect(last).toEqual({ role: 'assistant', content: 'done' });
  });

  test('P7 no sealed text ever reaches the upstream', () => {
    for (const reasoningReplay of ['never', 'tool_calls', 'always'] as const) {
      expect(formatted(history({ reasoning_details: [] }), { reasoningReplay }).text).not.toContain('ezm1.');
    }
  });

  test.each<[Quirks['effortKnob'], JsonObject, JsonObject]>([
    ['effort', { reasoning_effort: 'high' }, { reasoning_effort: 'none' }],
    ['reasoning_object', { reasoning: { effort: 'high' } }, { reasoning: { effort: 'none' } }],
    ['enable_thinking', { enable_thinking: true }, { enable_thinking: false }],
    ['thinking_object', { thinking: { type: 'enabled' } }, { thinking: { type: 'disabled' } }],
    [
      'chat_template',
      { chat_template_kwargs: { enable_thinking: true } },
      { chat_template_kwargs: { enable_thinking: false } },
    ],
    ['thinking_or_effort', { reasoning_effort: 'high' }, { thinking: { type: 'disabled' } }],
    ['none', {}, {}],
  ])('P39 the knob %s is the only one that is turned', (effortKnob, high, none) => {
    const quirks = { effortKnob, efforts: ['none', 'high'] };
    const common = { model: 'theirs', messages: [USER] };
    expect(formatted({ output_config: { effort: 'high' } }, quirks).body).toEqual({ ...common, ...high });
    expect(formatted({ thinking: { type: 'disabled' } }, quirks).body).toEqual({ ...common, ...none });
  });
});

describe('structured output', () => {
  test('P17 a schema is a response format, never a tool', () => {
    const schema = { type: 'object', properties: {}, required: [], additionalProperties: false };
    const { body } = formatted({ output_config: { format: { type: 'json_schema', schema } } });
    expect(body.response_format).toEqual({
      type: 'json_schema',
      json_schema: { name: 'output', schema, strict: true },
    });
    expect(body.tools).toBeUndefined();
  });

  test('JSON of any form', () => {
    expect(formatted({ extra: { json_object: true } }).body.response_format).toEqual({ type: 'json_object' });
  });
});
