import { describe, expect, test } from 'vitest';
import { lossesOf, PROVIDER, readingOf, targetOf } from '../../../test/support/messages-codec.ts';
import { refusalOf, SIGNATURE_KEY } from '../../../test/support/real-api.ts';
import type { TargetContext } from '../../core/dialect.ts';
import { GatewayError } from '../../core/error.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { MessageParam, MessagesRequest } from '../../core/message.ts';
import { ANTHROPIC_MODELS } from '../../providers/anthropic-models.ts';
import { signThinking } from '../../simulator/signature.ts';
import { formatRequest, MESSAGES_HEADERS } from './format-request.ts';
import { sealRedacted, sealThinking } from './thinking-state.ts';

const MODERN = 'claude-opus-5';
const FREE = 'claude-3-5-sonnet-20241022';
const EXCLUSIVE = 'claude-sonnet-4-5';
const UNFORCED = 'claude-opus-5-5';

const user = (content: MessageParam['content']): MessageParam => ({ role: 'user', content });
const assistant = (...content: { type: string; [key: string]: Json }[]): MessageParam => ({
  role: 'assistant',
  content,
});
const TEXT = { type: 'text', text: 'said' };
const call = (id = 'call_1', more: JsonObject = {}) => ({ type: 'tool_use', id, name: 'run', input: {}, ...more });
const result = (id = 'call_1', more: JsonObject = {}) => ({
  type: 'tool_result',
  tool_use_id: id,
  content: 'done',
  ...more,
});
const TOOL = { name: 'run', input_schema: { type: 'object', properties: {} } };

const requestWith = (fields: Partial<MessagesRequest> = {}): MessagesRequest => ({
  model: 'm',
  messages: [user('hi')],
  ...fields,
});

/** The body that goes out, the losses, and the reading. */
function format(fields: Partial<MessagesRequest>, model = MODERN, changes: Partial<TargetContext> = {}) {
  const { body, losses, reading } = formatRequest(requestWith(fields), targetOf(model, changes));
  const text = Buffer.from(body).toString();
  const json: JsonObject = JSON.parse(text);
  const refusal = changes.facts === undefined && 'facts' in changes ? undefined : refusalOf(body, changes.operation);
  return { json, text, losses: lossesOf(losses), reading, refusal };
}

/** A body that the real API takes, and its losses. */
function accepted(fields: Partial<MessagesRequest>, model = MODERN) {
  const formatted = format(fields, model);
  expect(formatted.refusal).toBeUndefined();
  return formatted;
}

/** The field that a refusal blames, and its words. */
function refused(fields: Partial<MessagesRequest>, model = MODERN): string {
  try {
    formatRequest(requestWith(fields), targetOf(model));
  } catch (thrown) {
    if (thrown instanceof GatewayError && thrown.kind === 'invalid_request')
      return `${thrown.field} | ${thrown.message}`;
    throw thrown;
  }
  return 'nothing';
}

describe('every model takes', () => {
  const models = ANTHROPIC_MODELS.map(({ id }) => id);
  const requests: Record<string, Partial<MessagesRequest>> = {
    'the least there is': {},
    'sampling of every kind': { temperature: 1.7, top_p: 0.5, top_k: 3 },
    'no thinking': { thinking: { type: 'disabled' }, extra: { reasoning_effort: 'none' }, temperature: 0 },
    'an effort beyond its own, and sampling': {
      output_config: { effort: 'xhigh' },
      temperature: 0.2,
      top_p: 0.1,
      top_k: 1,
    },
    'an effort and a small limit': { output_config: { effort: 'max' }, max_tokens: 1500 },
    'an effort and a tiny limit': { output_config: { effort: 'high' }, max_tokens: 10 },
    'a huge limit': { max_tokens: 10_000_000 },
    'an effort and a forced tool': { output_config: { effort: 'high' }, tools: [TOOL], tool_choice: { type: 'any' } },
    'a forced tool': { tools: [TOOL], tool_choice: { type: 'tool', name: 'run', disable_parallel_tool_use: true } },
    'a tool loop without thinking, and an effort': {
      tools: [TOOL],
      output_config: { effort: 'medium' },
      messages: [user('go'), assistant(TEXT, call()), user([result()])],
    },
    'system messages everywhere': {
      system: 'top',
      tools: [TOOL],
      messages: [
        { role: 'system', content: 'one' },
        user('a'),
        { role: 'system', content: 'two' },
        assistant(TEXT, call()),
        { role: 'system', content: 'three' },
        user([result()]),
        { role: 'system', content: 'four' },
      ],
    },
    'a conversation that the model begins, with holes': {
      messages: [assistant(TEXT), user(''), assistant({ type: 'text', text: ' ' }), user([])],
    },
    'instructions only': { messages: [{ role: 'system', content: 'Say hello.' }] },
    'odd tool names, ids and schemas': {
      tools: [
        { name: 'a.b/c', input_schema: { anyOf: [{ type: 'object', properties: { x: {} } }] } },
        { name: 'a'.repeat(90), input_schema: {} },
      ],
      messages: [user('a'), assistant(call('fc|1', { name: 'a.b/c' })), user([result('fc|1')])],
    },
    'many cache breakpoints': {
      system: [1, 2, 3].map((n) => ({ type: 'text', text: `${n}`, cache_control: { type: 'ephemeral' } })),
      tools: [{ ...TOOL, cache_control: { type: 'ephemeral', ttl: '1h' } }],
      messages: [
        user([{ ...TEXT, cache_control: { type: 'ephemeral', ttl: '1h' } }]),
        assistant(TEXT),
        user([{ ...TEXT, cache_control: { type: 'ephemeral', ttl: '30m' } }]),
      ],
    },
    'a budget of thinking': { thinking: { type: 'enabled', budget_tokens: 31_999 }, max_tokens: 32_000 },
    'JSON mode': { extra: { json_object: true } },
  };
  const cases = Object.entries(requests).map(([name, fields]) => ({ name, fields }));

  test.each(cases)('P101 P12 P53 P37 P87 P62 $name', ({ fields }) => {
    for (const model of models) {
      const { refusal } = format(fields, model);
      expect({ model, refusal }).toEqual({ model, refusal: undefined });
    }
  });

  test.each(cases)(
    'P36 $name, in the same bytes every time; counting goes without what it does not take',
    ({ fields }) => {
      for (const model of models) {
        expect(format(fields, model).text).toBe(format(fields, model).text);
        const { refusal } = format(fields, model, { operation: 'count_tokens' });
        expect({ model, refusal }).toEqual({ model, refusal: undefined });
      }
    },
  );
});

test('a model that no table knows is asked for all of it, with a safe limit', () => {
  const fields = { temperature: 0.5, output_config: { effort: 'max' }, messages: [user('a'), assistant(TEXT)] };
  const { json, losses } = format({ ...fields, output_config: {} }, 'new', { facts: undefined });
  expect(json).toMatchObject({ model: 'new', max_tokens: 8192, temperature: 0.5 });
  expect(losses).toEqual([]);
  expect(format(fields, 'new', { facts: undefined }).json).toMatchObject({
    thinking: { type: 'adaptive' },
    output_config: { effort: 'max' },
  });
});

test('calls carry the API version whose models take sampling', () => {
  expect(MESSAGES_HEADERS).toEqual({ 'anthropic-version': '2023-06-01' });
});

describe('the output limit', () => {
  test('without one the model may give all it can; too much is lowered', () => {
    expect(accepted({}).json['max_tokens']).toBe(128_000);
    const { json, losses } = accepted({ max_tokens: 200_000 });
    expect(json['max_tokens']).toBe(128_000);
    expect(losses).toEqual(['max_tokens_lowered max_tokens']);
    expect(accepted({ max_tokens: 7 }).json['max_tokens']).toBe(7);
  });
});

describe('sampling', () => {
  test.each<[string, Partial<MessagesRequest>, string, JsonObject, string[]]>([
    [
      'free',
      { temperature: 1.5, top_p: 0.5, top_k: 4 },
      FREE,
      { temperature: 1, top_p: 0.5, top_k: 4 },
      ['temperature_capped temperature'],
    ],
    ['not both', { temperature: 0.5, top_p: 0.5 }, EXCLUSIVE, { temperature: 0.5 }, ['top_p_dropped top_p']],
    ['one of them', { top_p: 0.5 }, EXCLUSIVE, { top_p: 0.5 }, []],
    [
      'none',
      { temperature: 0.5, top_p: 0.5, top_k: 4 },
      MODERN,
      {},
      ['temperature_dropped temperature', 'top_p_dropped top_p', 'top_k_dropped top_k'],
    ],
    ['the defaults', { temperature: 1, top_p: 1 }, MODERN, { top_p: 1 }, []],
    [
      'none while thinking',
      { temperature: 0.5, output_config: { effort: 'low' } },
      EXCLUSIVE,
      {},
      ['temperature_dropped temperature'],
    ],
  ])('%s', (_name, fields, model, expected, expectedLosses) => {
    const { json, losses } = accepted(fields, model);
    const { temperature, top_p, top_k } = json;
    expect(JSON.parse(JSON.stringify({ temperature, top_p, top_k }))).toEqual(expected);
    expect(losses).toEqual(expectedLosses);
  });

  test('P73 stop sequences go; those of white space do not', () => {
    const { json, losses } = accepted({ stop_sequences: ['END', ' \n'] });
    expect(json['stop_sequences']).toEqual(['END']);
    expect(losses).toEqual(['stop_dropped stop.1']);
  });
});

describe('effort', () => {
  const effort = (word: string, more: Partial<MessagesRequest> = {}): Partial<MessagesRequest> =>
    word === 'none'
      ? { thinking: { type: 'disabled' }, extra: { reasoning_effort: word }, ...more }
      : { output_config: { effort: word === 'minimal' ? 'low' : word }, extra: { reasoning_effort: word }, ...more };

  test.each<[string, string, JsonObject | undefined, JsonObject | undefined, string[]]>([
    ['high', MODERN, { type: 'adaptive' }, { effort: 'high' }, []],
    ['minimal', MODERN, { type: 'adaptive' }, { effort: 'low' }, ['effort_changed reasoning_effort']],
    ['xhigh', 'claude-opus-4-6', { type: 'adaptive' }, { effort: 'high' }, ['effort_changed reasoning_effort']],
    ['max', 'claude-opus-4-6', { type: 'adaptive' }, { effort: 'max' }, []],
    ['medium', EXCLUSIVE, { type: 'enabled', budget_tokens: 8192 }, undefined, []],
    [
      'max',
      'claude-opus-4-5',
      { type: 'enabled', budget_tokens: 32_000 },
      { effort: 'high' },
      ['effort_changed reasoning_effort'],
    ],
    ['none', EXCLUSIVE, { type: 'disabled' }, undefined, []],
    ['none', UNFORCED, undefined, { effort: 'low' }, ['thinking_changed reasoning_effort']],
  ])('P62 %s on %s', (word, model, thinking, config, expectedLosses) => {
    const { json, losses } = accepted(effort(word), model);
    if (thinking) expect(json['thinking']).toMatchObject(thinking);
    else expect(json['thinking']).toBeUndefined();
    expect(json['output_config']).toEqual(config);
    expect(losses).toEqual(expectedLosses);
  });

  test('P101 a budget is less than the limit, and a limit too small for any goes without', () => {
    expect(accepted(effort('high', { max_tokens: 5000 }), EXCLUSIVE).json['thinking']).toMatchObject({
      budget_tokens: 3976,
    });
    expect(accepted(effort('high', { max_tokens: 1100 }), EXCLUSIVE).json['thinking']).toMatchObject({
      budget_tokens: 1024,
    });
    const { json, losses } = accepted(effort('high', { max_tokens: 1024 }), EXCLUSIVE);
    expect(json['thinking']).toBeUndefined();
    expect(losses).toEqual(['thinking_changed reasoning_effort']);
  });

  test('P18 a tool loop whose thinking is gone goes on without, where a budget would demand it', () => {
    const messages = [user('go'), assistant(call()), user([result()])];
    const { json, losses } = accepted(effort('high', { messages, tools: [TOOL] }), EXCLUSIVE);
    expect(json['thinking']).toEqual({ type: 'disabled' });
    expect(losses).toContain('thinking_disabled reasoning_effort');
    expect(accepted(effort('high', { messages, tools: [TOOL] })).json['thinking']).toMatchObject({ type: 'adaptive' });
  });

  test('a budget becomes an effort where the model knows no budgets', () => {
    const { json, losses } = accepted({ thinking: { type: 'enabled', budget_tokens: 9000 } });
    expect(json).toMatchObject({ thinking: { type: 'adaptive' }, output_config: { effort: 'high' } });
    expect(losses).toEqual(['thinking_changed thinking']);
  });

  test('a summary is shown where the model thinks, its style cannot be chosen', () => {
    const asked = (summary: string) => ({ extra: { reasoning_summary: summary } });
    expect(accepted(asked('auto'), UNFORCED)).toMatchObject({
      json: { thinking: { display: 'summarized' } },
      losses: [],
    });
    expect(accepted(asked('auto'), EXCLUSIVE).losses).toEqual(['reasoning_summary_dropped reasoning.summary']);
    expect(accepted({ ...effort('low'), extra: { reasoning_summary: 'detailed' } }).losses).toEqual([
      'reasoning_summary_dropped reasoning.summary',
    ]);
  });
});

describe('tools', () => {
  test('P68 P31 a schema goes as it is; a missing one takes no arguments', () => {
    const schema = {
      $schema: 'x',
      type: 'object',
      properties: { a: { anyOf: [{ $ref: '#/$defs/A' }], additionalProperties: false } },
      $defs: { A: { type: 'string', pattern: '^a' } },
    };
    const { json, losses } = accepted({
      tools: [{ name: 'a', description: 'd', input_schema: schema }, { name: 'b' }],
    });
    expect(json['tools']).toEqual([
      { name: 'a', description: 'd', input_schema: schema },
      { name: 'b', input_schema: { type: 'object', properties: {} } },
    ]);
    expect(losses).toEqual([]);
  });

  test('P87 a union at the top becomes one object that holds all its properties', () => {
    const input_schema = {
      $defs: { Move: { type: 'object', properties: { op: { const: 'move' }, to: {} }, required: ['op', 'to'] } },
      description: 'd',
      properties: { id: { type: 'string' } },
      required: ['id'],
      oneOf: [{ $ref: '#/$defs/Move' }, { type: 'object', properties: { op: { const: 'stop' } }, required: ['op'] }],
      allOf: [{ properties: { x: { type: 'number' } }, required: ['x'] }],
    };
    const { json, losses } = accepted({ tools: [{ name: 'a', input_schema }] });
    expect(json['tools']).toEqual([
      {
        name: 'a',
        input_schema: {
          $defs: input_schema.$defs,
          description: 'd',
          type: 'object',
          properties: {
            id: { type: 'string' },
            x: { type: 'number' },
            op: { anyOf: [{ const: 'move' }, { const: 'stop' }] },
            to: {},
          },
          required: ['id', 'x', 'op'],
        },
      },
    ]);
    expect(losses).toEqual(['tool_schema_changed tools.0.input_schema']);
  });

  test('P87 a union that refers to itself ends', () => {
    const input_schema = { anyOf: [{ $ref: '#/$defs/A' }], $defs: { A: { anyOf: [{ $ref: '#/$defs/A' }] } } };
    expect(accepted({ tools: [{ name: 'a', input_schema }] }).json['tools']).toBeDefined();
  });

  test('P87 a union of many, each of which refers to all, is no more than they are', () => {
    const names = Array.from({ length: 60 }, (_, index) => `D${index}`);
    const anyOf = names.map((name) => ({ $ref: `#/$defs/${name}` }));
    const $defs = Object.fromEntries(names.map((name) => [name, { anyOf, properties: { op: { const: name } } }]));
    const { json } = accepted({ tools: [{ name: 'a', input_schema: { anyOf, $defs } }] });
    expect(JSON.parse(JSON.stringify(json['tools']))[0].input_schema.properties.op.anyOf).toHaveLength(60);
  });

  test('a thousand messages of one side are one turn', () => {
    const { json } = accepted({ messages: Array.from({ length: 1000 }, (_, index) => user(`${index}`)) });
    expect(json['messages']).toMatchObject([{ role: 'user', content: { length: 1000 } }]);
  });

  test('a schema of something other than an object is refused', () => {
    expect(refused({ tools: [{ name: 'a', input_schema: { type: 'string' } }] })).toMatch(/^tools\.0\.input_schema \|/);
  });

  test('P88 P89 names that do not fit are changed in tools, history and choice alike, and changed back', () => {
    const [long, other] = [`${'n'.repeat(70)}a`, `${'n'.repeat(70)}b`];
    const { json, reading, losses } = accepted(
      {
        tools: [{ name: long }, { name: other }, { name: 'run' }],
        tool_choice: { type: 'tool', name: other },
        messages: [user('a'), assistant(call('c', { name: long })), user([result('c')])],
      },
      FREE,
    );
    const tools = Array.isArray(json['tools']) ? json['tools'].filter(isJsonObject) : [];
    const [sent, sentOther] = tools.map((tool) => String(tool['name']));
    expect(sent).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(sent).not.toBe(sentOther);
    expect(json).toMatchObject({ tool_choice: { name: sentOther }, messages: [{}, { content: [{ name: sent }] }, {}] });
    expect([...reading.toolNames]).toEqual([
      [sent, long],
      [sentOther, other],
    ]);
    expect(losses).toEqual(['tool_renamed tools.0.name', 'tool_renamed tools.1.name']);
  });

  test('P98 ids that do not fit become the same in call and result, from request to request', () => {
    const messages = [user('a'), assistant(call('call|fc_1', {})), user([result('call|fc_1')])];
    const { json, losses } = accepted({ messages, tools: [TOOL] });
    const [, use, answer] = Array.isArray(json['messages']) ? json['messages'].filter(isJsonObject) : [];
    const id = JSON.parse(JSON.stringify(use?.['content']))[0].id;
    expect(id).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(answer).toMatchObject({ content: [{ tool_use_id: id }] });
    expect(losses).toEqual(['tool_id_changed messages.1.content.0.id']);
  });

  test('an id that is used twice goes out as two, the same in every later request', () => {
    const messages = [1, 2, 3].flatMap((round) => [
      user(`${round}`),
      assistant(call('call_0')),
      user([result('call_0', { content: `${round}` })]),
    ]);
    const sent = accepted({ messages, tools: [TOOL] });
    expect(sent.losses).toEqual(['tool_id_changed messages.4.content.0.id', 'tool_id_changed messages.7.content.0.id']);
    const ids = [...sent.text.matchAll(/"id":"([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(3);
    expect([...sent.text.matchAll(/"tool_use_id":"([^"]+)"/g)].map(([, id]) => id)).toEqual(ids);
    const shorter = accepted({ messages: messages.slice(0, 6), tools: [TOOL] }).text;
    expect([...shorter.matchAll(/"id":"([^"]+)"/g)].map(([, id]) => id)).toEqual(ids.slice(0, 2));
  });

  test('P77 choices, the parallel switch, and no choice without tools', () => {
    const choice = (tool_choice: JsonObject, tools: JsonObject[] = [TOOL]) =>
      accepted({ tools, tool_choice }, FREE).json['tool_choice'];
    expect(choice({ type: 'auto', disable_parallel_tool_use: true })).toEqual({
      type: 'auto',
      disable_parallel_tool_use: true,
    });
    expect(choice({ type: 'none', disable_parallel_tool_use: true })).toEqual({ type: 'none' });
    expect(choice({ type: 'any' })).toEqual({ type: 'any' });
    expect(choice({ type: 'tool', name: 'run' })).toEqual({ type: 'tool', name: 'run' });
    expect(choice({ type: 'any' }, [])).toBeUndefined();
    expect(accepted({ tools: [] }).json['tools']).toBeUndefined();
  });

  test('a model that cannot be forced may choose', () => {
    const forced = { tools: [TOOL], tool_choice: { type: 'any', disable_parallel_tool_use: true } };
    const degraded = { type: 'auto', disable_parallel_tool_use: true };
    expect(accepted(forced, UNFORCED)).toMatchObject({
      json: { tool_choice: degraded },
      losses: ['tool_choice_degraded tool_choice'],
    });
    expect(accepted({ ...forced, output_config: { effort: 'low' } }).json).toMatchObject({ tool_choice: degraded });
  });

  test('P96 strict goes where the schema is within the subset, and only so often', () => {
    const closed = {
      type: 'object',
      properties: { a: { type: 'string' } },
      required: ['a'],
      additionalProperties: false,
    };
    const open = { type: 'object', properties: { a: { type: 'string', minLength: 1 } }, additionalProperties: false };
    const tools = [
      { name: 'a', input_schema: closed, strict: true },
      { name: 'b', input_schema: open, strict: true },
      { name: 'c', input_schema: closed, strict: false },
    ];
    const { json, losses } = accepted({ tools });
    expect(json['tools']).toEqual([
      { name: 'a', input_schema: closed, strict: true },
      { name: 'b', input_schema: open },
      { name: 'c', input_schema: closed },
    ]);
    expect(losses).toEqual(['tool_strict_dropped tools.1.strict']);
    const many = Array.from({ length: 22 }, (_, index) => ({ name: `t${index}`, input_schema: closed, strict: true }));
    expect(accepted({ tools: many }).losses).toEqual([
      'tool_strict_dropped tools.20.strict',
      'tool_strict_dropped tools.21.strict',
    ]);
  });

  test('free-form tools and tools in namespaces are functions', () => {
    const input_schema = { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] };
    const tools = [
      { name: 'exec', input_schema, extra: { custom: { format: { type: 'grammar' } } } },
      { name: 'ns__run', input_schema, extra: { namespace: 'ns', name: 'run', output_schema: {} } },
    ];
    const { json, losses, text } = accepted({ tools });
    expect(json['tools']).toEqual([
      { name: 'exec', input_schema },
      { name: 'ns__run', input_schema },
    ]);
    expect(losses).toEqual(['tool_format_dropped tools.0.format', 'tool_output_schema_dropped tools.1.output_schema']);
    expect(text).not.toContain('extra');
  });

  test("P42 the API's own web search goes as it is", () => {
    const search = { type: 'web_search_20250305', name: 'web_search', allowed_domains: ['a.b'] };
    expect(accepted({ tools: [search] })).toMatchObject({ json: { tools: [search] }, losses: [] });
  });
});

describe('structured output', () => {
  test('a schema is enforced: objects are closed, what is not enforced is said in descriptions', () => {
    const schema = {
      type: 'object',
      properties: {
        n: { type: 'integer', description: 'count', minimum: 1, maximum: 9 },
        when: { type: 'string', format: 'date' },
        list: { type: 'array', items: { type: 'object', properties: { a: {} } }, minItems: 2 },
      },
      required: ['n'],
      additionalProperties: { type: 'string' },
    };
    const extra = { schema_name: 'x', schema_strict: true };
    const { json, losses } = accepted({ output_config: { format: { type: 'json_schema', schema } }, extra });
    expect(json['output_config']).toEqual({
      format: {
        type: 'json_schema',
        schema: {
          type: 'object',
          properties: {
            n: { type: 'integer', description: 'count\n\n{minimum: 1, maximum: 9}' },
            when: { type: 'string', format: 'date' },
            list: {
              type: 'array',
              items: { type: 'object', properties: { a: {} }, additionalProperties: false },
              description: '{minItems: 2}',
            },
          },
          required: ['n'],
          description: '{additionalProperties: {"type":"string"}}',
          additionalProperties: false,
        },
      },
    });
    expect(losses).toEqual(['schema_name_dropped schema_name', 'schema_keywords_moved response_format']);
  });

  test('a schema on a model that enforces none is refused', () => {
    const format = { type: 'json_schema', schema: { type: 'object' } };
    expect(refused({ output_config: { format } }, FREE)).toBe(
      'response_format | response_format: json_schema is not supported by this model',
    );
  });

  test('P17 JSON mode is an instruction at the end of the system text, and no tool', () => {
    const { json, losses } = accepted({ system: 'Be brief.', extra: { json_object: true } });
    expect(json['system']).toEqual([
      { type: 'text', text: 'Be brief.' },
      { type: 'text', text: expect.stringContaining('JSON') },
    ]);
    expect(json['tools']).toBeUndefined();
    expect(losses).toEqual(['json_object_emulated response_format']);
  });
});

describe('turns', () => {
  const turns = (messages: MessageParam[], model = MODERN) => {
    const { json, losses } = accepted({ messages, tools: [TOOL] }, model);
    return { messages: json['messages'], system: json['system'], losses };
  };
  const block = (text: string) => ({ type: 'text', text });

  test('P53 P14 messages in a row become one turn, tool results first', () => {
    const { messages, losses } = turns([
      user('go'),
      assistant(TEXT),
      assistant(call('a')),
      assistant(call('b')),
      user([result('a')]),
      user([block('and'), result('b')]),
    ]);
    expect(messages).toEqual([
      { role: 'user', content: [block('go')] },
      { role: 'assistant', content: [TEXT, call('a'), call('b')] },
      {
        role: 'user',
        content: [result('a', { content: [block('done')] }), result('b', { content: [block('done')] }), block('and')],
      },
    ]);
    expect(losses).toEqual(['order_changed messages.4']);
  });

  test('P37 P58 empty text goes; an empty user message keeps its place', () => {
    const { messages, losses } = turns([
      user('a'),
      assistant(block(''), call()),
      user([result()]),
      assistant(TEXT),
      user(' '),
    ]);
    expect(messages).toMatchObject([
      {},
      { content: [call()] },
      {},
      {},
      { role: 'user', content: [block('(no content)')] },
    ]);
    expect(losses).toEqual([
      'empty_content_dropped messages.1.content.0',
      'empty_content_dropped messages.4.content',
      'empty_content_dropped messages.4',
    ]);
  });

  test('P52 system messages in front join the system text, blocks and breakpoints kept', () => {
    const cache_control = { type: 'ephemeral' };
    const { json } = accepted({
      system: [{ ...block('top'), cache_control }],
      messages: [{ role: 'system', content: [{ ...block('dev'), cache_control }] }, user('hi')],
    });
    expect(json['system']).toEqual([
      { ...block('top'), cache_control },
      { ...block('dev'), cache_control },
    ]);
  });

  test('P45 a system message in mid-conversation keeps its role where the model takes it there', () => {
    const note: MessageParam = { role: 'system', content: 'note' };
    expect(turns([user('a'), note, assistant(TEXT), user('b')])).toMatchObject({
      messages: [{}, { role: 'system', content: [block('note')] }, {}, {}],
      losses: [],
    });
    const wrapped = block('<system-note>\nnote\n</system-note>');
    expect(turns([user('a'), note, assistant(TEXT), user('b')], FREE)).toMatchObject({
      messages: [{ role: 'user', content: [block('a'), wrapped] }, {}, {}],
      losses: ['system_moved_into_user messages.1'],
    });
    expect(turns([user('a'), assistant(TEXT), note, user('b')])).toMatchObject({
      messages: [{}, {}, { role: 'user', content: [wrapped, block('b')] }],
      losses: ['system_moved_into_user messages.2'],
    });
  });

  test('a prefill goes to models that take one, without white space at its end; others refuse it in their own words', () => {
    const messages = [user('a'), assistant(block('Sure: '))];
    expect(turns(messages, FREE)).toMatchObject({
      messages: [{}, { content: [block('Sure:')] }],
      losses: ['empty_content_dropped messages.1'],
    });
    expect(refused({ messages })).toMatch(/^messages \| This model does not support assistant message prefill\./);
  });

  test('P112 calls without results, and results without calls, are refused by id', () => {
    expect(refused({ messages: [user('a'), assistant(call('lost')), user('b')] })).toMatch(/messages\.1 .*lost/);
    expect(refused({ messages: [user('a'), assistant(TEXT), user([result('odd')])] })).toMatch(/messages\.2 .*odd/);
  });

  test('a failed tool result says so; an empty one is legal without content', () => {
    const messages = [user('a'), assistant(call()), user([result('call_1', { content: '', is_error: true })])];
    expect(turns(messages).messages).toMatchObject([
      {},
      {},
      { content: [{ type: 'tool_result', tool_use_id: 'call_1', is_error: true }] },
    ]);
  });

  test('P22 P72 images stay in place, in tool results too', () => {
    const png = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } };
    const { text, losses } = format({
      messages: [
        user([{ ...png, extra: { detail: 'high' } }]),
        assistant(call()),
        user([result('call_1', { content: [png] })]),
      ],
      tools: [TOOL],
    });
    expect(text.split('iVBORw0KGgo=')).toHaveLength(3);
    expect(losses).toEqual(['image_detail_dropped messages.0.content.0.detail']);
  });

  test.each<[string, JsonObject, string]>([
    ['P35 a file that is not on the web', { type: 'url', url: 'gs://a/b.png' }, 'source.url'],
    ['an image of another type', { type: 'base64', media_type: 'image/tiff', data: 'x' }, 'source.media_type'],
  ])('%s is refused', (_name, source, field) => {
    expect(refused({ messages: [user([{ type: 'image', source }])] })).toMatch(
      new RegExp(`^messages.0.content.0.${field} `),
    );
  });

  test('names, phases and citations are reported', () => {
    const messages: MessageParam[] = [
      { ...user('a'), extra: { name: 'Ann' } },
      { ...assistant({ ...TEXT, citations: [{ type: 'web_search_result_location' }] }), extra: { phase: 'final' } },
      user('b'),
    ];
    expect(turns(messages).losses).toEqual([
      'name_dropped messages.0.name',
      'phase_dropped messages.1.phase',
      'citations_dropped messages.1.content.0.citations',
    ]);
  });

  test('half a character and NUL become U+FFFD', () => {
    const messages = [user('a\ud800b\0'), assistant(call('call_1', { input: { t: '\udfff' } })), user([result()])];
    const { text, losses } = accepted({ messages, tools: [TOOL] });
    expect(text).toContain('a\ufffdb\ufffd');
    expect(text).not.toMatch(/\\u(d8|df|0000)/);
    expect(losses).toEqual(['surrogate_replaced messages.0.content', 'surrogate_replaced messages.1.content.0.input']);
  });

  test('P115 P90 arguments go out as they were written', () => {
    const written = '{"n":1.0,"big":12345678901234567890}';
    const use = call('call_1', { input: JSON.parse(written), extra: { input_text: written } });
    const { text } = accepted({ messages: [user('a'), assistant(use), user([result()])], tools: [TOOL] });
    expect(text).toContain(`"input":${written}`);
    expect(text).not.toContain('input_text');
  });

  test('a longer conversation begins with the bytes of the shorter one', () => {
    const messages = [user('a'), assistant(call()), user([result()]), assistant(TEXT), user('b')];
    const prefix = format({ messages: messages.slice(0, 3), tools: [TOOL], system: 's' }).text;
    const longer = format({ messages, tools: [TOOL], system: 's' }).text;
    expect(longer.startsWith(prefix.slice(0, prefix.lastIndexOf(']')))).toBe(true);
  });
});

describe('thinking that comes back', () => {
  const facts = targetOf(MODERN).facts;
  const signature = facts ? signThinking(SIGNATURE_KEY, facts, 'seed', 'thought') : '';
  const sealed = (provider = PROVIDER) => ({
    type: 'thinking',
    thinking: 'as the client shows it',
    signature: sealThinking('thought', signature, readingOf({ provider })),
  });
  const round = (...blocks: { type: string; [key: string]: Json }[]) =>
    accepted({ tools: [TOOL], messages: [user('a'), assistant(...blocks, call()), user([result()])] });

  test('P5 P18 P66 P95 the provider gets its own state back, byte for byte', () => {
    const redacted = { type: 'redacted_thinking', data: sealRedacted('blob', readingOf()) };
    const { json, losses } = round(sealed(), redacted);
    expect(json['messages']).toMatchObject([
      {},
      {
        content: [
          { type: 'thinking', thinking: 'thought', signature },
          { type: 'redacted_thinking', data: 'blob' },
          call(),
        ],
      },
      {},
    ]);
    expect(losses).toEqual([]);
  });

  test.each<[string, { type: string; [key: string]: Json }]>([
    ["P7 another provider's", sealed('second')],
    ['P85 P86 unsigned', { type: 'thinking', thinking: 'x', signature: '' }],
    ['P7 foreign, unsealed', { type: 'thinking', thinking: 'x', signature: 'abc' }],
    ['P7 tampered', { type: 'thinking', thinking: 'x', signature: 'ezm1.%%' }],
    ['P86 without a proof', { ...sealed(), signature: sealThinking('thought', '', readingOf()) }],
  ])('P105 %s thinking is dropped, text and all', (_name, block) => {
    const { text, losses } = round(block);
    expect(text).not.toMatch(/thinking|thought|ezm1/);
    expect(losses).toEqual(['thinking_dropped messages.1.content.0']);
  });
});

describe('cache breakpoints', () => {
  const cached = (text: string, ttl?: string) => ({
    type: 'text',
    text,
    cache_control: { type: 'ephemeral', ...(ttl !== undefined && { ttl }) },
  });

  test('P25 P71 they stay where they are, lifetime and all', () => {
    const search = { ...TOOL, cache_control: { type: 'ephemeral', ttl: '1h' } };
    const { json, losses } = accepted({ tools: [search], messages: [user([cached('a')])] });
    expect(json).toMatchObject({ tools: [search], messages: [{ content: [cached('a')] }] });
    expect(losses).toEqual([]);
  });

  test('P12 of more than four the last four stay', () => {
    const { json, losses } = accepted({
      system: [cached('1'), cached('2')],
      messages: [user(['3', '4', '5'].map((n) => cached(n)))],
    });
    expect(json).toMatchObject({ system: [{ type: 'text', text: '1' }, cached('2')] });
    expect(JSON.stringify(json).match(/cache_control/g)).toHaveLength(4);
    expect(losses).toEqual(['cache_hint_dropped system.0.cache_control']);
  });

  test('one that would outlive an earlier one, or has a lifetime of its own, gets the usual', () => {
    const { json, losses } = accepted({
      system: [cached('1')],
      messages: [user([cached('2', '1h'), cached('3', '30m')])],
    });
    expect(json).toMatchObject({ messages: [{ content: [cached('2'), cached('3')] }] });
    expect(losses.sort()).toEqual([
      'cache_ttl_changed messages.0.content.0.cache_control',
      'cache_ttl_changed messages.0.content.1.cache_control',
    ]);
  });
});

test('a field that nobody forms is reported', () => {
  expect(accepted({ container: 'c' }).losses).toEqual(['unknown_field container']);
});

describe('what only the OpenAI formats have', () => {
  test.each<[string, Json]>([
    ['n', 2],
    ['logprobs', true],
    ['top_logprobs', 3],
    ['logit_bias', { 1: 5 }],
    ['modalities', ['text', 'audio']],
    ['audio', { voice: 'x' }],
  ])('%s: %j is refused', (field, value) => {
    expect(refused({ extra: { [field]: value } })).toMatch(new RegExp(`^${field} \\| ${field}: `));
  });

  test.each<[string, Json]>([
    ['n', 1],
    ['logprobs', false],
    ['top_logprobs', 0],
    ['logit_bias', {}],
    ['seed', null],
    ['frequency_penalty', 0],
    ['store', false],
    ['metadata', {}],
    ['truncation', 'disabled'],
    ['include', ['reasoning.encrypted_content']],
    ['service_tier', 'auto'],
    ['verbosity', 'medium'],
  ])('%s: %j says nothing and costs nothing', (field, value) => {
    expect(accepted({ extra: { [field]: value } }).losses).toEqual([]);
  });

  test.each<[string, Json, string]>([
    ['seed', 7, 'seed_dropped seed'],
    ['frequency_penalty', 0.5, 'penalty_dropped frequency_penalty'],
    ['presence_penalty', -1, 'penalty_dropped presence_penalty'],
    ['verbosity', 'low', 'verbosity_dropped verbosity'],
    ['prediction', {}, 'prediction_dropped prediction'],
    ['store', true, 'store_dropped store'],
    ['metadata', { a: 'b' }, 'metadata_dropped metadata'],
    ['prompt_cache_key', 'k', 'prompt_cache_key_dropped prompt_cache_key'],
    ['prompt_cache_retention', '24h', 'cache_hint_dropped prompt_cache_retention'],
    ['truncation', 'auto', 'truncation_dropped truncation'],
    ['include', ['file_search_call.results'], 'include_dropped include.0'],
    ['max_tool_calls', 3, 'tool_settings_dropped max_tool_calls'],
    ['service_tier', 'flex', 'service_tier_dropped service_tier'],
    ['service_tier', 'priority', 'service_tier_changed service_tier'],
    ['of_tomorrow', 1, 'unknown_field of_tomorrow'],
  ])('%s: %j is reported', (field, value, loss) => {
    const { losses, text } = accepted({ extra: { [field]: value } });
    expect(losses).toEqual([loss]);
    if (field !== 'service_tier') expect(text).not.toContain(field);
  });

  test('tiers have counterparts', () => {
    expect(accepted({ extra: { service_tier: 'default' } }).json['service_tier']).toBe('standard_only');
    expect(accepted({ extra: { service_tier: 'priority' } }).json['service_tier']).toBe('auto');
  });

  test('the end user goes as metadata.user_id, hashed when the name is too long', () => {
    expect(accepted({ metadata: { user_id: 'u' }, extra: { user: 'u' } }).json['metadata']).toEqual({ user_id: 'u' });
    const both = accepted({ extra: { user: 'u', safety_identifier: 's' } });
    expect(both).toMatchObject({ json: { metadata: { user_id: 's' } }, losses: ['user_dropped user'] });
    const { json, losses } = accepted({ extra: { user: 'x'.repeat(300) } });
    expect(json['metadata']).toEqual({ user_id: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(losses).toEqual(['user_hashed user']);
  });
});
