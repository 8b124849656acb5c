import { describe, expect, it } from 'vitest';
import { testTools } from '../../../../test/support/codec-tools.ts';
import { lossesOf, PROVIDER, reduce, refusedField, toolRound } from '../../../../test/support/reduce.ts';
import type { Json, JsonObject } from '../../../core/json.ts';
import { parseLosslessly } from '../../../core/lossless-json.ts';
import type { PlainTurn } from '../../../core/plain-request.ts';
import type { Quirks } from '../../../core/quirks.ts';

const user = (...content: Json[]): JsonObject => ({ role: 'user', content });
const assistant = (...content: Json[]): JsonObject => ({ role: 'assistant', content });
const text = (value: string, fields: JsonObject = {}): JsonObject => ({ type: 'text', text: value, ...fields });
const use = (id: string, fields: JsonObject = {}): JsonObject => ({
  type: 'tool_use',
  id,
  name: 'run',
  input: {},
  ...fields,
});
const result = (id: string, fields: JsonObject = {}): JsonObject => ({
  type: 'tool_result',
  tool_use_id: id,
  content: id,
  ...fields,
});

const turnsOf = (messages: Json[], quirks: Partial<Quirks> = {}): PlainTurn[] =>
  reduce({ messages }, quirks).plain.turns;
const lossesIn = (messages: Json[], quirks: Partial<Quirks> = {}): string[] => lossesOf(reduce({ messages }, quirks));

describe('text', () => {
  it('keeps its blocks', () => {
    expect(turnsOf([user(text('reminder'), text('prompt'))])).toEqual([user(text('reminder'), text('prompt'))]);
  });

  it('P37 P58 that is empty is left out, and so is a turn with nothing left', () => {
    const messages = [
      user(text(''), text('hi')),
      assistant(text('')),
      { role: 'assistant', content: '' },
      user(text('go')),
    ];
    expect(turnsOf(messages)).toEqual([user(text('hi')), user(text('go'))]);
    expect(lossesIn(messages)).toEqual([
      'empty_content_dropped messages.0.content.0',
      'empty_content_dropped messages.1.content.0',
      'empty_content_dropped messages.2.content',
    ]);
  });

  it('P37 must be left somewhere', () => {
    expect(refusedField(() => reduce({ messages: [{ role: 'user', content: '' }] }))).toBe('messages');
  });

  it('has lone surrogates and NUL replaced, and whole pairs kept', () => {
    const messages = [user(text('a\ud800b\0c😀'))];
    expect(turnsOf(messages)).toEqual([user(text('a\ufffdb\ufffdc😀'))]);
    expect(lossesIn(messages)).toEqual(['surrogate_replaced messages.0.content.0']);
  });

  it('loses its citations, and it is said', () => {
    const messages = [
      user(text('q')),
      assistant(text('a', { citations: [{ type: 'char_location' }] })),
      user(text('q')),
    ];
    expect(lossesIn(messages)).toEqual(['citations_dropped messages.1.content.0.citations']);
    expect(lossesIn([user(text('q', { citations: null }))])).toEqual([]);
  });

  it.each([true, false])('P71 keeps its whole cache_control where the target takes it: %s', (isTaken) => {
    const cacheControl = { type: 'ephemeral', ttl: '1h' };
    const messages = [user(text('q', { cache_control: cacheControl }))];
    const block = isTaken ? { ...text('q'), cacheControl } : text('q');
    expect(turnsOf(messages, { cacheControl: isTaken })).toEqual([user(block)]);
    const loss = 'cache_hint_dropped messages.0.content.0.cache_control';
    expect(lossesIn(messages, { cacheControl: isTaken })).toEqual(isTaken ? [] : [loss]);
  });
});

describe('system messages in mid-conversation', () => {
  const messages = [
    { role: 'user', content: 'hi' },
    { role: 'system', content: 'be brief', output_config: { effort: 'low' }, clear_at: { type: 'next_user' } },
    assistant(text('ok')),
    { role: 'system', content: [text('be long')] },
  ];

  it('P45 stay where they stand', () => {
    expect(turnsOf(messages).map(({ role }) => role)).toEqual(['user', 'system', 'assistant', 'system']);
    expect(lossesIn(messages)).toEqual([
      'message_setting_dropped messages.1.output_config',
      'message_setting_dropped messages.1.clear_at',
    ]);
  });

  it('P52 are marked user texts in their place where the target takes them only in front', () => {
    const turns = turnsOf(messages, { systemMidConversation: false });
    expect(turns.map(({ role }) => role)).toEqual(['user', 'user', 'assistant', 'user']);
    expect(turns[1]).toEqual(user(text('<system-note>\nbe brief\n</system-note>')));
    expect(lossesIn(messages, { systemMidConversation: false })).toContain('system_moved_into_user messages.3');
  });
});

describe('thinking', () => {
  const { envelope } = testTools();
  const history = (block: JsonObject): Json[] => [user(text('q')), assistant(block, text('a')), user(text('q'))];
  const sealed = (origin: string, data: JsonObject): string => envelope.seal({ origin, data });

  it('P5 P38 of the same provider goes back, with its text from the sealed state', () => {
    const signature = sealed(PROVIDER, { text: 'real', id: 'rs_1', encrypted_content: 'x' });
    expect(turnsOf(history({ type: 'thinking', thinking: 'forged', signature }))[1]?.content[0]).toEqual({
      type: 'thinking',
      text: 'real',
      state: { id: 'rs_1', encrypted_content: 'x' },
    });
  });

  it('P95 that was redacted goes back too', () => {
    const data = sealed(PROVIDER, { text: '', encrypted_content: 'x' });
    expect(turnsOf(history({ type: 'redacted_thinking', data }))[1]?.content[0]).toMatchObject({
      type: 'thinking',
      text: '',
    });
  });

  it('without state has only its text', () => {
    const signature = sealed(PROVIDER, { text: 'real' });
    const block = turnsOf(history({ type: 'thinking', thinking: '', signature }))[1]?.content[0];
    expect(block).toEqual({ type: 'thinking', text: 'real' });
  });

  it.each<{ name: string; block: JsonObject }>([
    { name: 'P7 a foreign signature', block: { type: 'thinking', thinking: 'secret', signature: 'ErUBCkYIBB' } },
    {
      name: 'P7 of another provider',
      block: { type: 'thinking', thinking: 'secret', signature: sealed('other', { text: 'secret' }) },
    },
    { name: 'P7 a broken seal', block: { type: 'thinking', thinking: 'secret', signature: 'ezm1.AAAA' } },
    { name: 'P86 an empty signature', block: { type: 'thinking', thinking: 'secret', signature: '' } },
    { name: 'P85 no signature', block: { type: 'thinking', thinking: 'secret' } },
    { name: 'P95 redacted by another', block: { type: 'redacted_thinking', data: 'secret' } },
  ])('P6 P105 with $name is dropped whole, never shown as text', ({ block }) => {
    const reduced = reduce({ messages: history(block) });
    expect(reduced.plain.turns[1]).toEqual(assistant(text('a')));
    expect(JSON.stringify(reduced.plain)).not.toMatch(/secret|ezm1|ErUB/);
    expect(lossesOf(reduced)).toEqual(['thinking_dropped messages.1.content.0']);
  });
});

describe('tool calls', () => {
  it.each<{ name: string; fields: JsonObject; expected: string }>([
    { name: 'an input', fields: { input: { a: [1, 'x'] } }, expected: '{"a":[1,"x"]}' },
    { name: 'P19 no input', fields: { input: {} }, expected: '{}' },
    { name: 'P19 empty arguments', fields: { input: {}, extra: { input_text: '' } }, expected: '{}' },
    {
      name: 'P115 arguments as they were written',
      fields: { input: { a: 1 }, extra: { input_text: '{ "a": 1.0 }' } },
      expected: '{ "a": 1.0 }',
    },
    {
      name: 'P74 arguments that are no JSON',
      fields: { input: { _raw: '{"a' }, extra: { input_text: '{"a' } },
      expected: '{"a',
    },
    { name: 'half a character inside', fields: { input: { a: 'x\ud800' } }, expected: '{"a":"x\ufffd"}' },
    {
      name: 'a free-form input, to a target without such tools',
      fields: { input: { input: 'ls' }, extra: { custom: true, input_text: 'ls' } },
      expected: '{"input":"ls"}',
    },
  ])('are JSON text of $name', ({ fields, expected }) => {
    expect(turnsOf(toolRound(fields), { customTools: false })[1]?.content[0]).toMatchObject({
      input: expected,
      isFreeForm: false,
    });
  });

  it('P115 keep the numbers of their input as they were written', () => {
    const input = '{"a":1.0,"b":12345678901234567890,"c":"\\ud800"}';
    const body = parseLosslessly(`{"type":"tool_use","id":"call_1","name":"run","input":${input}}`);
    const messages = [user(text('q')), assistant(body), user(result('call_1'))];
    expect(turnsOf(messages)[1]?.content[0]).toMatchObject({ input: input.replace('\\ud800', '\ufffd') });
  });

  it('that are free-form keep their text', () => {
    const extra = { custom: true };
    const turns = turnsOf(toolRound({ input: { input: 'ls "a b"' }, extra }, { extra }));
    expect(turns[1]?.content[0]).toMatchObject({ input: 'ls "a b"', isFreeForm: true });
    expect(turns[2]?.content[0]).toMatchObject({ isFreeForm: true });
  });

  it('P98 have the same id as their results', () => {
    const id = 'toolu_01ABC|fc_2';
    const [, call, answer] = turnsOf(toolRound({ id }, { tool_use_id: id }), { toolIds: 'nine_alphanumerics' });
    const sent = call?.role === 'assistant' && call.content[0]?.type === 'tool_use' ? call.content[0].id : undefined;
    expect(sent).toMatch(/^[a-zA-Z0-9]{9}$/);
    expect(answer?.content[0]).toMatchObject({ toolUseId: sent });
  });

  it('lose who called them unless it was the model', () => {
    expect(lossesIn(toolRound({ caller: { type: 'direct' } }))).toEqual([]);
    const caller = { type: 'code_execution_20260120', tool_id: 'x' };
    expect(lossesIn(toolRound({ caller }))).toEqual(['message_setting_dropped messages.1.content.0.caller']);
  });

  it.each<{ name: string; messages: Json[]; field: string; problem: RegExp }>([
    {
      name: 'P112 a call without result',
      messages: [user(text('q')), assistant(use('a'), use('b')), user(result('a'))],
      field: 'messages.1',
      problem: /: b$/,
    },
    {
      name: 'P112 a call before the next answer',
      messages: [user(text('q')), assistant(use('a')), user(text('stop')), assistant(text('ok'))],
      field: 'messages.1',
      problem: /: a$/,
    },
    {
      name: 'P112 a result without call',
      messages: [user(text('q')), assistant(use('a')), user(result('a'), result('z'))],
      field: 'messages.2',
      problem: /: z$/,
    },
    {
      name: 'P112 a result far from its call',
      messages: [user(text('q')), assistant(use('a')), user(result('a')), assistant(text('ok')), user(result('a'))],
      field: 'messages.4',
      problem: /: a$/,
    },
  ])('$name is refused by its id', ({ messages, field, problem }) => {
    expect(refusedField(() => reduce({ messages }))).toBe(field);
    expect(() => reduce({ messages })).toThrow(problem);
  });

  it.each<{ name: string; fields: JsonObject; field: string }>([
    { name: 'input that is no object', fields: { input: 'x' }, field: 'messages.1.content.0.input' },
    { name: 'no name', fields: { name: null }, field: 'messages.1.content.0.name' },
  ])('are refused with $name', ({ fields, field }) => {
    expect(refusedField(() => reduce({ messages: toolRound(fields) }))).toBe(field);
  });
});

describe('tool results', () => {
  const contentOf = (fields: JsonObject, quirks: Partial<Quirks> = {}): unknown => {
    const block = turnsOf(toolRound({}, fields), quirks)[2]?.content[0];
    return block?.type === 'tool_result' ? block.content : undefined;
  };

  it.each<{ name: string; fields: JsonObject; expected: JsonObject[] }>([
    { name: 'text', fields: { content: 'done' }, expected: [text('done')] },
    { name: 'blocks', fields: { content: [text('a'), text(''), text('b')] }, expected: [text('a'), text('b')] },
    { name: 'nothing', fields: { content: null }, expected: [] },
    { name: 'an empty text', fields: { content: '' }, expected: [] },
    {
      name: 'a failure',
      fields: { content: 'no such file', is_error: true },
      expected: [text('[tool error] no such file')],
    },
    { name: 'a failure without text', fields: { content: [], is_error: true }, expected: [text('[tool error]')] },
    { name: 'no failure', fields: { content: 'done', is_error: false }, expected: [text('done')] },
    {
      name: 'a reference to a tool',
      fields: { content: [{ type: 'tool_reference', tool_name: 'get' }] },
      expected: [text('Tool get can be called now.')],
    },
    {
      name: 'the state of a browser',
      fields: { content: [{ type: 'browser_state', tabs: [] }] },
      expected: [text('{"tabs":[]}')],
    },
  ])('hold $name', ({ fields, expected }) => {
    expect(contentOf(fields)).toEqual(expected);
  });

  it('P22 keep their images', () => {
    const source = { type: 'base64', media_type: 'image/png', data: 'AAAA' };
    expect(contentOf({ content: [text('a'), { type: 'image', source }] })).toEqual([
      text('a'),
      { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' } },
    ]);
  });

  it.each<{ name: string; fields: JsonObject; loss: string }>([
    {
      name: 'that the tool failed',
      fields: { is_error: true },
      loss: 'tool_error_flattened messages.2.content.0.is_error',
    },
    {
      name: 'that a tool was referred to',
      fields: { content: [{ type: 'tool_reference', tool_name: 'x' }] },
      loss: 'tool_reference_flattened messages.2.content.0.content.0',
    },
    {
      name: 'the toolset',
      fields: { toolset_name: 'x' },
      loss: 'message_setting_dropped messages.2.content.0.toolset_name',
    },
    { name: 'an unknown field', fields: { new: 1 }, loss: 'unknown_field messages.2.content.0.new' },
    {
      name: 'a cache breakpoint',
      fields: { cache_control: { type: 'ephemeral' } },
      loss: 'cache_hint_dropped messages.2.content.0.cache_control',
    },
  ])('lose $name, and it is said', ({ fields, loss }) => {
    expect(lossesIn(toolRound({}, fields))).toEqual([loss]);
  });

  it('P25 carry their cache breakpoint on their last part', () => {
    const cacheControl = { type: 'ephemeral' };
    const fields = { content: [text('a'), text('b')], cache_control: cacheControl };
    expect(contentOf(fields, { cacheControl: true })).toEqual([text('a'), { ...text('b'), cacheControl }]);
  });

  it('P14 come first', () => {
    const messages = [user(text('q')), assistant(use('a')), user(text('and'), result('a'))];
    expect(turnsOf(messages)[2]?.content.map(({ type }) => type)).toEqual(['tool_result', 'text']);
    expect(lossesIn(messages)).toEqual(['order_changed messages.2.content']);
  });

  it('P53 of one round that came in several messages are one turn', () => {
    const messages = [
      user(text('q')),
      assistant(use('a')),
      assistant(use('b')),
      user(result('a')),
      user(result('b'), text('x')),
    ];
    const turns = turnsOf(messages);
    expect(turns.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    expect(turns[2]?.content.map(({ type }) => type)).toEqual(['tool_result', 'tool_result', 'text']);
    expect(lossesIn(messages)).toEqual([]);
  });
});

describe('what only one vendor has', () => {
  it('P2 P34 pairs of server tool call and result go, both halves', () => {
    const messages = [
      user(text('q')),
      assistant(
        { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} },
        { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
        { type: 'mcp_tool_use', id: 'mcptoolu_1', name: 't', server_name: 'm', input: {} },
        { type: 'mcp_tool_result', tool_use_id: 'mcptoolu_1', content: [] },
        text('found'),
      ),
      user(text('more')),
    ];
    expect(turnsOf(messages)[1]).toEqual(assistant(text('found')));
    expect(lossesIn(messages)).toEqual([0, 1, 2, 3].map((index) => `server_tool_dropped messages.1.content.${index}`));
  });

  it('a note on a fallback goes', () => {
    const messages = [user(text('q')), assistant({ type: 'fallback', from: {}, to: {} }, text('a')), user(text('q'))];
    expect(lossesIn(messages)).toEqual(['block_dropped messages.1.content.0']);
  });

  it.each<{ name: string; messages: Json[]; field: string }>([
    {
      name: 'a compaction',
      messages: [user(text('q')), assistant({ type: 'compaction', content: 's' })],
      field: 'messages.1.content.0.type',
    },
    {
      name: 'P50 an uploaded file',
      messages: [user({ type: 'container_upload', file_id: 'f' })],
      field: 'messages.0.content.0.type',
    },
    {
      name: 'P1 P50 a block of a type to come',
      messages: [user({ type: 'hologram' })],
      field: 'messages.0.content.0.type',
    },
    {
      name: 'a block in a result of a type to come',
      messages: toolRound({}, { content: [{ type: 'hologram' }] }),
      field: 'messages.2.content.0.content.0.type',
    },
    { name: 'an unknown role', messages: [{ role: 'tool', content: 'x' }], field: 'messages.0.role' },
    {
      name: 'an image of a system message',
      messages: [user(text('q')), { role: 'system', content: [{ type: 'image' }] }],
      field: 'messages.1.content.0.type',
    },
    { name: 'content of the wrong type', messages: [{ role: 'user', content: 1 }], field: 'messages.0.content' },
  ])('$name is refused by its place', ({ messages, field }) => {
    expect(refusedField(() => reduce({ messages }))).toBe(field);
  });

  it('a name of a user and the phase of an assistant stay (P100), the name of an assistant goes', () => {
    const messages = [
      { role: 'user', content: 'q', extra: { name: 'ann' } },
      { role: 'assistant', content: 'a', extra: { name: 'bob', phase: 'commentary' } },
    ];
    expect(turnsOf(messages)).toMatchObject([{ name: 'ann' }, { phase: 'commentary' }]);
    expect(lossesIn(messages)).toEqual(['name_dropped messages.1.name']);
  });
});
