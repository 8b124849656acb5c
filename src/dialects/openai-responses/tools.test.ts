import { describe, expect, test } from 'vitest';
import { testTools } from '../../../test/support/codec-tools.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { parseRequest } from './parse-request.ts';

const USER: JsonObject = { role: 'user', content: 'hi' };
const parse = (fields: JsonObject) => parseRequest({ model: 'm', input: [USER], ...fields }, 'generate', testTools());
const FREE_FORM: JsonObject = {
  type: 'object',
  properties: { input: { type: 'string' } },
  required: ['input'],
  additionalProperties: false,
};

describe('tools', () => {
  test.each<{ title: string; tools: JsonObject[]; gives: JsonObject[] }>([
    {
      title: 'P68 P124 a function, its schema and strictness as they were written',
      tools: [
        {
          type: 'function',
          name: 'f',
          description: 'd',
          parameters: { type: 'object', properties: {}, oneOf: [] },
          strict: false,
          output_schema: { type: 'string' },
        },
        { type: 'function', name: 'g', parameters: null, strict: null },
      ],
      gives: [
        {
          name: 'f',
          description: 'd',
          input_schema: { type: 'object', properties: {}, oneOf: [] },
          strict: false,
          extra: { output_schema: { type: 'string' } },
        },
        { name: 'g', input_schema: { type: 'object', properties: {} } },
      ],
    },
    {
      title: 'a free-form tool, its grammar as Chat spells it',
      tools: [
        { type: 'custom', name: 'c', format: { type: 'grammar', syntax: 'lark', definition: 'x' } },
        { type: 'custom', name: 'd', format: { type: 'text' } },
      ],
      gives: [
        {
          name: 'c',
          input_schema: FREE_FORM,
          extra: { custom: { format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'x' } } } },
        },
        { name: 'd', input_schema: FREE_FORM, extra: { custom: { format: { type: 'text' } } } },
      ],
    },
    {
      title: 'P42 a web search',
      tools: [
        {
          type: 'web_search',
          external_web_access: true,
          search_context_size: 'medium',
          filters: { allowed_domains: ['a.test'] },
          user_location: { type: 'approximate', city: 'Bern', region: null },
        },
      ],
      gives: [
        {
          type: 'web_search_20250305',
          name: 'web_search',
          allowed_domains: ['a.test'],
          user_location: { type: 'approximate', city: 'Bern' },
        },
      ],
    },
    {
      title: 'an older web search',
      tools: [{ type: 'web_search_preview', search_content_types: ['text'] }],
      gives: [{ type: 'web_search_20250305', name: 'web_search' }],
    },
  ])('takes $title', ({ tools, gives }) => {
    const { request, losses } = parse({ tools });
    expect(request.tools).toEqual(gives);
    expect(losses).toEqual([]);
  });

  test('the limit of tool calls is that of searches', () => {
    const { request } = parse({ tools: [{ type: 'web_search' }], max_tool_calls: 3 });
    expect(request.tools).toEqual([{ type: 'web_search_20250305', name: 'web_search', max_uses: 3 }]);
  });

  test('reports what a web search cannot be told', () => {
    const search = {
      type: 'web_search',
      external_web_access: false,
      search_context_size: 'low',
      search_content_types: ['image'],
      depth: 3,
      filters: { languages: ['de'] },
    };
    expect(parse({ tools: [search] }).losses).toEqual([
      { code: 'unknown_field', field: 'tools[0].depth' },
      { code: 'tool_settings_dropped', field: 'tools[0].search_context_size' },
      { code: 'tool_settings_dropped', field: 'tools[0].external_web_access' },
      { code: 'tool_settings_dropped', field: 'tools[0].search_content_types' },
      { code: 'unknown_field', field: 'tools[0].filters.languages' },
    ]);
  });

  const hosted = [
    'file_search',
    'code_interpreter',
    'image_generation',
    'mcp',
    'local_shell',
    'shell',
    'apply_patch',
    'tool_search',
  ];
  test.each(hosted)('P50 refuses %s', (type) => {
    expect(() => parse({ tools: [{ type }] })).toThrow(
      expect.objectContaining({ status: 400, field: 'tools[0].type' }),
    );
  });

  test('refuses two lists of domains', () => {
    const filters = { allowed_domains: ['a'], blocked_domains: ['b'] };
    expect(() => parse({ tools: [{ type: 'web_search', filters }] })).toThrow(
      expect.objectContaining({ field: 'tools[0].filters' }),
    );
  });
});

describe('namespaces', () => {
  const namespace: JsonObject = {
    type: 'namespace',
    name: 'docs',
    description: 'all about docs',
    tools: [
      { type: 'function', name: 'read', description: 'reads', parameters: { type: 'object' }, strict: false },
      { type: 'custom', name: 'exec' },
    ],
  };
  const flat: JsonObject[] = [
    {
      name: 'docs__read',
      description: 'reads',
      input_schema: { type: 'object' },
      strict: false,
      extra: { namespace: 'docs', name: 'read' },
    },
    { name: 'docs__exec', input_schema: FREE_FORM, extra: { custom: {}, namespace: 'docs', name: 'exec' } },
  ];

  test('stand beside the other tools', () => {
    const { request, losses } = parse({ tools: [namespace] });
    expect(request.tools).toEqual(flat);
    expect(losses).toEqual([{ code: 'namespace_flattened', field: 'tools[0]' }]);
  });

  test('may come in the first input item, as Codex sends them', () => {
    const additional = { type: 'additional_tools', role: 'developer', tools: [namespace] };
    const { request, losses } = parse({ input: [additional, USER], tool_choice: 'auto' });
    expect(request.tools).toEqual(flat);
    expect(request.tool_choice).toEqual({ type: 'auto' });
    expect(request.messages).toEqual([{ role: 'user', content: [{ type: 'text', text: 'hi' }] }]);
    expect(losses).toEqual([{ code: 'namespace_flattened', field: 'input[0].tools[0]' }]);
  });

  test('calls of their tools, and the outputs, carry the same names', () => {
    const { request } = parse({
      tools: [namespace],
      input: [
        USER,
        { type: 'custom_tool_call', id: 'ctc_1', call_id: 'a', name: 'exec', namespace: 'docs', input: 'ls\n' },
        { type: 'custom_tool_call_output', call_id: 'a', output: [{ type: 'input_text', text: 'ok' }] },
        { type: 'function_call', call_id: 'b', name: 'read', namespace: 'docs', arguments: '' },
        { type: 'function_call_output', call_id: 'b', output: '' },
      ],
    });
    expect(request.messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: [{ type: 'tool_use', id: 'a', name: 'docs__exec', input: { input: 'ls\n' }, extra: { custom: true } }],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: 'ok' }], extra: { custom: true } },
        ],
      },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'b', name: 'docs__read', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'b' }] },
    ]);
  });

  const nameOf = (group: string, name: string, others: JsonObject[] = []): Json | undefined =>
    parse({
      tools: [...others, { type: 'namespace', name: group, tools: [{ type: 'function', name }] }],
    }).request.tools?.at(-1)?.['name'];

  test('P88 long and odd names are cut and cleaned, always in the same way', () => {
    const long = nameOf('n'.repeat(40), 't'.repeat(40));
    expect(long).toMatch(/^n{40}__t{13}_[0-9a-f]{8}$/);
    expect(nameOf('n'.repeat(40), 't'.repeat(40))).toBe(long);
    expect(nameOf('a.b', 'c d')).toMatch(/^a_b__c_d_[0-9a-f]{8}$/);
  });

  test('P89 names that would be the same stay apart', () => {
    expect(nameOf('a.b', 'c')).not.toBe(nameOf('a_b', 'c'));
    expect(nameOf('n'.repeat(60), 'aaaaaa')).not.toBe(nameOf('n'.repeat(60), 'aaaaab'));
    expect(nameOf('a', 'b', [{ type: 'function', name: 'a__b' }])).toMatch(/^a__b_[0-9a-f]{8}$/);
  });

  test.each<[string, JsonObject]>([
    ['tools[0].name', { tools: [{ type: 'namespace', tools: [] }] }],
    ['tools[0].tools[0].type', { tools: [{ type: 'namespace', name: 'n', tools: [{ type: 'web_search' }] }] }],
    [
      'tools[1].tools[0].name',
      { tools: [namespace, { type: 'namespace', name: 'docs', tools: [{ type: 'custom', name: 'exec' }] }] },
    ],
  ])('refuse and name %s', (field, fields) => {
    expect(() => parse(fields)).toThrow(expect.objectContaining({ status: 400, field }));
  });
});

describe('tool_choice', () => {
  const tools = [
    { type: 'function', name: 'f' },
    { type: 'custom', name: 'c' },
    { type: 'web_search' },
    { type: 'namespace', name: 'n', tools: [{ type: 'function', name: 'f' }] },
  ];
  test.each<{ title: string; choice: Json; gives: JsonObject }>([
    { title: 'a word', choice: 'required', gives: { type: 'any' } },
    { title: 'a function', choice: { type: 'function', name: 'f' }, gives: { type: 'tool', name: 'f' } },
    { title: 'a free-form tool', choice: { type: 'custom', name: 'c' }, gives: { type: 'tool', name: 'c' } },
    { title: 'the web search', choice: { type: 'web_search_preview' }, gives: { type: 'tool', name: 'web_search' } },
    {
      title: 'a function of a namespace',
      choice: { type: 'function', name: 'f', namespace: 'n' },
      gives: { type: 'tool', name: 'n__f' },
    },
  ])('takes $title', ({ choice, gives }) => {
    expect(parse({ tools, tool_choice: choice }).request.tool_choice).toEqual(gives);
  });

  test('P32 allowed tools leave the others out', () => {
    const choice = {
      type: 'allowed_tools',
      mode: 'auto',
      tools: [{ type: 'function', name: 'f' }, { type: 'web_search' }],
    };
    const { request, losses } = parse({ tools, tool_choice: choice, parallel_tool_calls: false });
    expect(request.tools?.map((tool) => tool['name'])).toEqual(['f', 'web_search']);
    expect(request.tool_choice).toEqual({ type: 'auto', disable_parallel_tool_use: true });
    expect(losses).toContainEqual({ code: 'tools_filtered', field: 'tool_choice' });
  });

  test.each<[string, Json]>([
    ['tool_choice', { type: 'function', name: 'g' }],
    ['tool_choice.type', { type: 'mcp', server_label: 'x' }],
    ['tool_choice.tools[0]', { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'g' }] }],
  ])('refuses and names %s', (field, choice) => {
    expect(() => parse({ tools, tool_choice: choice })).toThrow(expect.objectContaining({ status: 400, field }));
  });
});
