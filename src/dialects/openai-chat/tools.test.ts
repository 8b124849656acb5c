import { describe, expect, test } from 'vitest';
import { testTools } from '../../../test/support/codec-tools.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { parseRequest } from './parse-request.ts';

const parse = (fields: JsonObject) =>
  parseRequest({ model: 'm', messages: [{ role: 'user', content: 'hi' }], ...fields }, 'generate', testTools());
const F: JsonObject = { type: 'function', function: { name: 'f', parameters: { type: 'object' } } };
const G: JsonObject = { type: 'function', function: { name: 'g', parameters: { type: 'object' } } };
const CANONICAL_F: JsonObject = { name: 'f', input_schema: { type: 'object' } };
const CANONICAL_G: JsonObject = { name: 'g', input_schema: { type: 'object' } };
const FREE_FORM: JsonObject = {
  type: 'object',
  properties: { input: { type: 'string' } },
  required: ['input'],
  additionalProperties: false,
};

describe('tools', () => {
  const schema: JsonObject = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    anyOf: [{ $ref: '#/$defs/a' }],
    $defs: { a: { type: 'object', additionalProperties: false } },
  };
  test.each<{ title: string; tools: JsonObject[]; gives: JsonObject[] }>([
    {
      title: 'P68 a function, its schema as it was written',
      tools: [{ type: 'function', function: { name: 'f', description: 'd', parameters: schema, strict: true } }],
      gives: [{ name: 'f', description: 'd', input_schema: schema, strict: true }],
    },
    {
      title: 'P31 P96 a function without arguments, and strict null as not said',
      tools: [{ type: 'function', function: { name: 'f', description: null, parameters: null, strict: null } }],
      gives: [{ name: 'f', input_schema: { type: 'object', properties: {} } }],
    },
    {
      title: 'P63 a tool without a type',
      tools: [{ function: { name: 'f' } }],
      gives: [{ name: 'f', input_schema: { type: 'object', properties: {} } }],
    },
    {
      title: 'a free-form tool',
      tools: [
        { type: 'custom', custom: { name: 'c', description: 'd' } },
        {
          type: 'custom',
          custom: { name: 'e', format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'x' } } },
        },
      ],
      gives: [
        { name: 'c', description: 'd', input_schema: FREE_FORM, extra: { custom: {} } },
        {
          name: 'e',
          input_schema: FREE_FORM,
          extra: { custom: { format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'x' } } } },
        },
      ],
    },
    {
      title: 'P25 cache marks, on the tool or inside it',
      tools: [
        { ...F, cache_control: { type: 'ephemeral', ttl: '1h' } },
        { type: 'function', function: { name: 'g', cache_control: { type: 'ephemeral' } } },
      ],
      gives: [
        { ...CANONICAL_F, cache_control: { type: 'ephemeral', ttl: '1h' } },
        { name: 'g', input_schema: { type: 'object', properties: {} }, cache_control: { type: 'ephemeral' } },
      ],
    },
    { title: 'P36 several, in their order', tools: [G, F], gives: [CANONICAL_G, CANONICAL_F] },
  ])('takes $title', ({ tools, gives }) => {
    expect(parse({ tools })).toMatchObject({ request: { tools: gives }, losses: [] });
    expect(parse({ tools }).request.tools).toEqual(gives);
  });

  test('takes the old functions, and the choice of one', () => {
    const { request, losses } = parse({
      functions: [{ name: 'f', parameters: { type: 'object' } }],
      function_call: { name: 'f' },
    });
    expect(request.tools).toEqual([CANONICAL_F]);
    expect(request.tool_choice).toEqual({ type: 'tool', name: 'f' });
    expect(losses).toEqual([]);
  });

  test('P42 takes a web search, the place one level up', () => {
    const { request, losses } = parse({
      web_search_options: {
        search_context_size: 'high',
        user_location: { type: 'approximate', approximate: { city: 'Bern', country: 'CH' } },
      },
    });
    expect(request.tools).toEqual([
      {
        type: 'web_search_20250305',
        name: 'web_search',
        user_location: { type: 'approximate', city: 'Bern', country: 'CH' },
      },
    ]);
    expect(losses).toEqual([{ code: 'tool_settings_dropped', field: 'web_search_options.search_context_size' }]);
  });

  test.each<{ title: string; tool: JsonObject; losses: JsonObject[] }>([
    {
      title: 'deferred loading',
      tool: { name: 'f', defer_loading: true },
      losses: [{ code: 'tool_loading_dropped', field: 'tools[0].function.defer_loading' }],
    },
    {
      title: 'callers beside the model',
      tool: { name: 'f', allowed_callers: ['direct', 'programmatic'] },
      losses: [{ code: 'tool_settings_dropped', field: 'tools[0].function.allowed_callers' }],
    },
    {
      title: 'an unknown field',
      tool: { name: 'f', async: true },
      losses: [{ code: 'unknown_field', field: 'tools[0].function.async' }],
    },
  ])('reports $title', ({ tool, losses }) => {
    expect(parse({ tools: [{ type: 'function', function: tool }] }).losses).toEqual(losses);
  });

  test.each<[string, JsonObject]>([
    ['tools[0].type', { tools: [{ type: 'teleport' }] }],
    ['tools[0].function', { tools: [{ type: 'function', name: 'f' }] }],
    ['tools[0].function.name', { tools: [{ type: 'function', function: { description: 'd' } }] }],
    ['tools[0].function.parameters', { tools: [{ type: 'function', function: { name: 'f', parameters: 'x' } }] }],
    ['tools[0].function.allowed_callers', { tools: [{ function: { name: 'f', allowed_callers: ['programmatic'] } }] }],
    ['tools[1].function.name', { tools: [F, F] }],
    ['tools', { tools: {} }],
    ['tools[0]', { tools: ['f'] }],
  ])('P50 refuses and names %s', (field, fields) => {
    expect(() => parse(fields)).toThrow(expect.objectContaining({ status: 400, field }));
  });
});

describe('tool_choice', () => {
  const tools = [F, G];
  test.each<{ title: string; fields: JsonObject; gives: Json | undefined }>([
    { title: 'nothing said', fields: {}, gives: undefined },
    { title: 'auto', fields: { tool_choice: 'auto' }, gives: { type: 'auto' } },
    { title: 'required', fields: { tool_choice: 'required' }, gives: { type: 'any' } },
    { title: 'P77 none', fields: { tool_choice: 'none' }, gives: { type: 'none' } },
    {
      title: 'one function',
      fields: { tool_choice: { type: 'function', function: { name: 'g' } } },
      gives: { type: 'tool', name: 'g' },
    },
    {
      title: 'P32 one call at a time',
      fields: { parallel_tool_calls: false },
      gives: { type: 'auto', disable_parallel_tool_use: true },
    },
    {
      title: 'P32 one call at a time of a forced tool',
      fields: { parallel_tool_calls: false, tool_choice: 'required' },
      gives: { type: 'any', disable_parallel_tool_use: true },
    },
    {
      title: 'P77 one call at a time where none may be made',
      fields: { parallel_tool_calls: false, tool_choice: 'none' },
      gives: { type: 'none' },
    },
    {
      title: 'the tool choice before the old one',
      fields: { tool_choice: 'none', function_call: 'auto' },
      gives: { type: 'none' },
    },
  ])('takes $title', ({ fields, gives }) => {
    const { request, losses } = parse({ tools, ...fields });
    expect(request.tool_choice).toEqual(gives);
    expect(request.tools).toEqual([CANONICAL_F, CANONICAL_G]);
    expect(losses).toEqual([]);
  });

  test('P32 allowed tools leave the others out', () => {
    const allowed = { mode: 'required', tools: [{ type: 'function', function: { name: 'g' } }] };
    const { request, losses } = parse({ tools, tool_choice: { type: 'allowed_tools', allowed_tools: allowed } });
    expect(request.tools).toEqual([CANONICAL_G]);
    expect(request.tool_choice).toEqual({ type: 'any' });
    expect(losses).toEqual([{ code: 'tools_filtered', field: 'tool_choice' }]);
  });

  test('all tools allowed filters nothing', () => {
    const names = ['f', 'g'].map((name) => ({ type: 'function', function: { name } }));
    const { losses } = parse({
      tools,
      tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: names } },
    });
    expect(losses).toEqual([]);
  });

  test.each<[string, Json]>([
    ['tool_choice', 'perhaps'],
    ['tool_choice.function', { type: 'function', function: { name: 'h' } }],
    ['tool_choice.function.name', { type: 'function', function: {} }],
    ['tool_choice.type', { type: 'teleport' }],
    ['tool_choice.allowed_tools.tools', { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [] } }],
    ['tool_choice.allowed_tools.mode', { type: 'allowed_tools', allowed_tools: { mode: 'x', tools: [F] } }],
  ])('refuses and names %s', (field, toolChoice) => {
    expect(() => parse({ tools, tool_choice: toolChoice })).toThrow(expect.objectContaining({ status: 400, field }));
  });

  test('P77 P83 no tools, no choice, no switch', () => {
    const { request, losses } = parse({ tools: [], tool_choice: 'none', parallel_tool_calls: false });
    expect(Object.keys(request)).toEqual(['model', 'messages']);
    expect(losses).toEqual([]);
  });
});
