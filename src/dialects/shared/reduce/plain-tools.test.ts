import { describe, expect, it } from 'vitest';
import { lossesOf, reduce, refusedField, toolRound } from '../../../../test/support/reduce.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { PlainTool } from '../../../core/plain-request.ts';
import type { Quirks } from '../../../core/quirks.ts';

const schema: JsonObject = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const tool = (fields: JsonObject = {}): JsonObject => ({
  name: 'get',
  description: 'Gets',
  input_schema: schema,
  ...fields,
});

function only(fields: JsonObject, quirks: Partial<Quirks> = {}): PlainTool {
  const [first] = reduce({ tools: [fields] }, quirks).plain.tools;
  if (!first) throw new Error('no tool left');
  return first;
}

describe('functions', () => {
  it.each([
    { name: 'P63 without a type', type: undefined },
    { name: 'P63 with a null type', type: null },
    { name: 'P63 of type custom', type: 'custom' },
  ])('$name are read', ({ type }) => {
    const given = type === undefined ? tool() : tool({ type });
    expect(only(given)).toEqual({
      kind: 'function',
      name: 'get',
      description: 'Gets',
      parameters: schema,
      strict: undefined,
    });
  });

  it('P68 keep their schema as it was written', () => {
    const wild: JsonObject = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: { a: { anyOf: [{ $ref: '#/$defs/x' }, { type: 'null' }], default: null } },
      additionalProperties: { type: 'string' },
      patternProperties: { '^x': {} },
      $defs: { x: { type: 'string', 'x-vendor': 1 } },
    };
    const plain = only(tool({ input_schema: wild }));
    expect(plain).toHaveProperty('parameters', wild);
    expect(JSON.stringify(plain.kind === 'function' && plain.parameters)).toBe(JSON.stringify(wild));
  });

  it.each<{ name: string; given: JsonObject; expected: JsonObject }>([
    { name: 'P31 nothing', given: {}, expected: { type: 'object', properties: {} } },
    { name: 'P31 only that it is an object', given: { type: 'object' }, expected: { type: 'object', properties: {} } },
    { name: 'P31 no type', given: { properties: { a: {} } }, expected: { properties: { a: {} }, type: 'object' } },
  ])('whose schema says $name are given what OpenAI demands', ({ given, expected }) => {
    expect(only(tool({ input_schema: given }))).toHaveProperty('parameters', expected);
  });

  it.each<{ name: string; fields: JsonObject; quirks: Partial<Quirks>; strict: boolean | undefined; losses: string[] }>(
    [
      { name: 'P96 not said', fields: {}, quirks: {}, strict: undefined, losses: [] },
      { name: 'P96 null', fields: { strict: null }, quirks: {}, strict: undefined, losses: [] },
      { name: 'P124 false', fields: { strict: false }, quirks: {}, strict: false, losses: [] },
      {
        name: 'P96 true and possible',
        fields: { strict: true, input_schema: { ...schema, additionalProperties: false } },
        quirks: {},
        strict: true,
        losses: [],
      },
      {
        name: 'P96 true and not possible',
        fields: { strict: true },
        quirks: {},
        strict: false,
        losses: ['tool_strict_dropped tools.0.strict'],
      },
      {
        name: 'P96 unknown to the target',
        fields: { strict: true },
        quirks: { strictTools: false },
        strict: undefined,
        losses: ['tool_strict_dropped tools.0.strict'],
      },
      {
        name: 'P96 false and unknown to the target',
        fields: { strict: false },
        quirks: { strictTools: false },
        strict: undefined,
        losses: [],
      },
    ],
  )('strict: $name', ({ fields, quirks, strict, losses }) => {
    const reduced = reduce({ tools: [tool(fields)] }, quirks);
    expect(reduced.plain.tools[0]).toHaveProperty('strict', strict);
    expect(lossesOf(reduced)).toEqual(losses);
  });

  it.each<{ name: string; fields: JsonObject; loss: string }>([
    {
      name: 'eager_input_streaming',
      fields: { eager_input_streaming: true },
      loss: 'tool_loading_dropped tools.0.eager_input_streaming',
    },
    {
      name: 'input_examples',
      fields: { input_examples: [{ city: 'Oslo' }] },
      loss: 'tool_examples_dropped tools.0.input_examples',
    },
    {
      name: 'cache_control',
      fields: { cache_control: { type: 'ephemeral' } },
      loss: 'cache_hint_dropped tools.0.cache_control',
    },
    {
      name: 'callers beside the direct one',
      fields: { allowed_callers: ['direct', 'code_execution_20260120'] },
      loss: 'tool_settings_dropped tools.0.allowed_callers',
    },
    {
      name: 'an output schema',
      fields: { extra: { output_schema: {} } },
      loss: 'tool_output_schema_dropped tools.0.output_schema',
    },
    { name: 'an unknown field', fields: { new_field: 1 }, loss: 'unknown_field tools.0.new_field' },
  ])('lose $name, and it is said', ({ fields, loss }) => {
    const reduced = reduce({ tools: [tool(fields)] });
    expect(lossesOf(reduced)).toEqual([loss]);
    expect(reduced.plain.tools).toEqual(reduce({ tools: [tool()] }).plain.tools);
  });

  it('P71 keep the whole cache_control where the target takes it', () => {
    const cacheControl = { type: 'ephemeral', ttl: '1h' };
    expect(only(tool({ cache_control: cacheControl }), { cacheControl: true })).toHaveProperty(
      'cacheControl',
      cacheControl,
    );
  });

  it('P36 stay in their order', () => {
    const tools = ['z', 'a', 'm'].map((name) => tool({ name }));
    expect(reduce({ tools }).plain.tools.map((each) => each.kind === 'function' && each.name)).toEqual(['z', 'a', 'm']);
  });
});

describe('tools that are no functions', () => {
  it('free-form tools are themselves where the target has such', () => {
    const format = { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: "x"' } };
    expect(only(tool({ extra: { custom: { format } } }))).toEqual({
      kind: 'free_form',
      name: 'get',
      description: 'Gets',
      format,
    });
  });

  it('free-form tools are functions elsewhere', () => {
    const reduced = reduce({ tools: [tool({ extra: { custom: {} } })] }, { customTools: false });
    expect(reduced.plain.tools[0]?.kind).toBe('function');
    expect(lossesOf(reduced)).toEqual(['tool_format_dropped tools.0']);
  });

  it.each([
    ['bash_20250124', 'bash', 'command'],
    ['text_editor_20250728', 'str_replace_based_edit_tool', 'insert_text'],
    ['text_editor_20250124', 'str_replace_editor', 'insert_line'],
    ['memory_20250818', 'memory', 'old_path'],
  ])('P50 the client tool %s is written out as a function', (type, name, argument) => {
    const reduced = reduce({ tools: [{ type, name }] });
    expect(reduced.plain.tools[0]).toMatchObject({ kind: 'function', name, parameters: { type: 'object' } });
    expect(JSON.stringify(reduced.plain.tools[0])).toContain(`"${argument}"`);
    expect(lossesOf(reduced)).toEqual(['tool_expanded tools.0']);
  });

  it('P42 the server tool web_search stays one, with the settings that both vendors know', () => {
    const location = { type: 'approximate', city: 'Oslo' };
    const reduced = reduce({
      tools: [
        {
          type: 'web_search_20260318',
          name: 'web_search',
          max_uses: 5,
          allowed_domains: ['a.example'],
          user_location: location,
          blocked_domains: null,
        },
      ],
    });
    expect(reduced.plain.tools).toEqual([
      { kind: 'web_search', settings: { allowed_domains: ['a.example'], user_location: location } },
    ]);
    expect(lossesOf(reduced)).toEqual(['tool_settings_dropped tools.0.max_uses']);
  });

  it.each<{ name: string; fields: JsonObject; field: string }>([
    { name: 'P50 web_fetch', fields: { type: 'web_fetch_20260318', name: 'web_fetch' }, field: 'tools.0.type' },
    {
      name: 'P50 code_execution',
      fields: { type: 'code_execution_20260521', name: 'code_execution' },
      field: 'tools.0.type',
    },
    { name: 'P50 the computer', fields: { type: 'computer_20251124', name: 'computer' }, field: 'tools.0.type' },
    { name: 'P50 a toolset', fields: { type: 'browser_toolset_20260801' }, field: 'tools.0.type' },
    { name: 'P50 an MCP server', fields: { type: 'mcp_toolset', mcp_server_name: 'x' }, field: 'tools.0.type' },
    { name: 'P50 an advisor', fields: { type: 'advisor_20260301', name: 'advisor' }, field: 'tools.0.type' },
    { name: 'P50 a tool of a type to come', fields: { type: 'teleport_20270101', name: 't' }, field: 'tools.0.type' },
    {
      name: 'P50 a tool that only programs call',
      fields: tool({ allowed_callers: ['code_execution_20260120'] }),
      field: 'tools.0.allowed_callers',
    },
    { name: 'a tool without a name', fields: { input_schema: schema }, field: 'tools.0.name' },
  ])('$name is refused by name', ({ fields, field }) => {
    expect(refusedField(() => reduce({ tools: [fields] }))).toBe(field);
  });

  it('two tools of one name are refused', () => {
    expect(refusedField(() => reduce({ tools: [tool(), tool()] }))).toBe('tools.1.name');
  });

  it('any tool is refused by a target that takes none', () => {
    expect(refusedField(() => reduce({ tools: [tool()] }, { tools: false }))).toBe('tools');
  });
});

describe('loading of tools', () => {
  const deferred = tool({ name: 'deferred', defer_loading: true });
  const search = tool({ name: 'ToolSearch' });
  const reference = { type: 'tool_reference', tool_name: 'deferred' };
  const toolNames = (fields: JsonObject): (string | undefined)[] =>
    reduce(fields).plain.tools.map((each) => (each.kind === 'web_search' ? undefined : each.name));

  it.each<{ name: string; fields: JsonObject; expected: string[] }>([
    { name: 'P127 leaves out what the conversation has not loaded', fields: {}, expected: ['ToolSearch'] },
    {
      name: 'P34 sends what a result refers to',
      fields: { messages: toolRound({}, { content: [reference] }) },
      expected: ['ToolSearch', 'deferred'],
    },
    {
      name: 'P34 sends what has been called',
      fields: { messages: toolRound({ name: 'deferred' }) },
      expected: ['ToolSearch', 'deferred'],
    },
    {
      name: 'sends what must be called',
      fields: { tool_choice: { type: 'tool', name: 'deferred' } },
      expected: ['ToolSearch', 'deferred'],
    },
  ])('$name', ({ fields, expected }) => {
    expect(toolNames({ tools: [search, deferred], ...fields })).toEqual(expected);
  });

  it('P127 leaves out the placeholder of Claude Code', () => {
    const reduced = reduce({ tools: [search, tool({ name: 'DeferredToolPlaceholder' })] });
    expect(reduced.plain.tools).toHaveLength(1);
    expect(lossesOf(reduced)).toEqual(['tool_loading_dropped tools.1']);
  });

  it('sends all when the server was to search for them', () => {
    const serverSearch = { type: 'tool_search_tool_regex_20251119', name: 'tool_search_tool_regex' };
    expect(toolNames({ tools: [serverSearch, deferred] })).toEqual(['deferred']);
  });

  it('merges tools that were added and removed in mid-conversation', () => {
    const change = (block: JsonObject): JsonObject => ({ role: 'system', content: [block] });
    const messages = [
      { role: 'user', content: 'hi' },
      change({ type: 'tool_addition', tool: { type: 'tool_definition', definition: tool({ name: 'inline' }) } }),
      change({ type: 'tool_addition', tool: { type: 'tool_reference', name: 'deferred' } }),
      change({ type: 'tool_removal', tool: { type: 'tool_reference', name: 'get' } }),
    ];
    const reduced = reduce({ tools: [tool(), deferred], messages });
    expect(reduced.plain.tools.map((each) => each.kind === 'function' && each.name)).toEqual(['deferred', 'inline']);
    expect(reduced.plain.turns).toHaveLength(1);
    expect(lossesOf(reduced)).toContain('tool_changes_merged messages.1.content.0');
  });

  it('refuses a change that names an MCP server', () => {
    const tools = { type: 'mcp_toolset_reference', server_name: 'x' };
    const messages = [
      { role: 'user', content: 'hi' },
      { role: 'system', content: [{ type: 'tool_addition', tool: tools }] },
    ];
    expect(refusedField(() => reduce({ messages }))).toBe('messages.1.content.0.tool');
  });
});

describe('tool choice', () => {
  const choose = (choice: JsonObject, quirks: Partial<Quirks> = {}, tools: JsonObject[] = [tool()]) => {
    const reduced = reduce({ tools, tool_choice: choice }, quirks);
    const { toolChoice, parallelToolCalls } = reduced.plain;
    return { toolChoice, parallelToolCalls, losses: lossesOf(reduced) };
  };

  it.each<{ name: string; choice: JsonObject; expected: JsonObject }>([
    { name: 'auto', choice: { type: 'auto' }, expected: { type: 'auto' } },
    { name: 'any', choice: { type: 'any' }, expected: { type: 'any' } },
    { name: 'P77 none', choice: { type: 'none' }, expected: { type: 'none' } },
    { name: 'one tool', choice: { type: 'tool', name: 'get' }, expected: { type: 'tool', name: 'get' } },
  ])('$name', ({ choice, expected }) => {
    expect(choose(choice)).toEqual({ toolChoice: expected, parallelToolCalls: undefined, losses: [] });
  });

  it('P88 names the tool as it is sent, and so do calls in the history', () => {
    const name = 'a.b';
    const reduced = reduce({
      tools: [tool({ name })],
      tool_choice: { type: 'tool', name },
      messages: toolRound({ name }),
    });
    const sent = [...reduced.toolNames.keys()];
    expect(sent).toHaveLength(1);
    expect(reduced.plain.tools).toMatchObject([{ name: sent[0] }]);
    expect(reduced.plain.toolChoice).toEqual({ type: 'tool', name: sent[0] });
    expect(reduced.plain.turns[1]).toMatchObject({ content: [{ name: sent[0] }] });
    expect(lossesOf(reduced)).toEqual(['tool_renamed tools.0.name']);
  });

  it.each<{
    name: string;
    fields: JsonObject;
    quirks: Partial<Quirks>;
    expected: boolean | undefined;
    losses: string[];
  }>([
    {
      name: 'P32 one call at a time',
      fields: { disable_parallel_tool_use: true },
      quirks: {},
      expected: false,
      losses: [],
    },
    {
      name: 'P32 several calls at a time',
      fields: { disable_parallel_tool_use: false },
      quirks: {},
      expected: true,
      losses: [],
    },
    {
      name: 'P32 a switch that the target lacks',
      fields: { disable_parallel_tool_use: true },
      quirks: { parallelToolCalls: false },
      expected: undefined,
      losses: ['parallel_switch_dropped tool_choice.disable_parallel_tool_use'],
    },
    {
      name: 'P32 a switch that asks for nothing',
      fields: { disable_parallel_tool_use: false },
      quirks: { parallelToolCalls: false },
      expected: undefined,
      losses: [],
    },
  ])('$name', ({ fields, quirks, expected, losses }) => {
    expect(choose({ type: 'auto', ...fields }, quirks)).toMatchObject({ parallelToolCalls: expected, losses });
  });

  it('is free where the target takes no force', () => {
    expect(choose({ type: 'any' }, { forcedTools: false })).toMatchObject({
      toolChoice: { type: 'auto' },
      losses: ['tool_choice_degraded tool_choice'],
    });
  });

  const webSearch = { type: 'web_search_20250305', name: 'web_search' };
  it.each<{ name: string; tools: JsonObject[]; expected: JsonObject }>([
    { name: 'the only tool must be called', tools: [webSearch], expected: { type: 'any' } },
    { name: 'among others it is only offered', tools: [webSearch, tool()], expected: { type: 'auto' } },
  ])('of the server tool web_search: $name', ({ tools, expected }) => {
    expect(choose({ type: 'tool', name: 'web_search' }, {}, tools).toolChoice).toEqual(expected);
  });

  it.each<{ name: string; choice: JsonObject }>([
    { name: 'auto', choice: { type: 'auto', disable_parallel_tool_use: true } },
    { name: 'P77 none', choice: { type: 'none' } },
  ])('P77 $name is left out with an empty list of tools', ({ choice }) => {
    const { plain } = reduce({ tools: [], tool_choice: choice });
    expect(plain).toMatchObject({ tools: [], toolChoice: undefined, parallelToolCalls: undefined });
  });

  it.each<{ name: string; fields: JsonObject; field: string }>([
    { name: 'any without tools', fields: { tools: [], tool_choice: { type: 'any' } }, field: 'tool_choice' },
    {
      name: 'a tool that is not there',
      fields: { tools: [tool()], tool_choice: { type: 'tool', name: 'x' } },
      field: 'tool_choice.name',
    },
    { name: 'an unknown type', fields: { tools: [tool()], tool_choice: { type: 'maybe' } }, field: 'tool_choice.type' },
  ])('is refused: $name', ({ fields, field }) => {
    expect(refusedField(() => reduce(fields))).toBe(field);
  });
});
