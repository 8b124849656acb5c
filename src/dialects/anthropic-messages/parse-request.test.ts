import { describe, expect, test } from 'vitest';
import { testTools } from '../../../test/support/codec-tools.ts';
import { requestFixtures } from '../../../test/support/fixtures.ts';
import { lossesOf } from '../../../test/support/messages-codec.ts';
import { GatewayError } from '../../core/error.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { parseRequest } from './parse-request.ts';

const GOOD: JsonObject = { model: 'm', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] };
const parse = (body: JsonObject) => parseRequest(body, 'generate', testTools());

/** The field and message of the refusal. */
function refusal(body: JsonObject): { field: string | undefined; message: string } | undefined {
  try {
    parse(body);
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof GatewayError) || thrown.kind !== 'invalid_request') throw thrown;
    return { field: thrown.field, message: thrown.message };
  }
}

const withBlocks = (...content: Json[]): JsonObject => ({ ...GOOD, messages: [{ role: 'user', content }] });
const withTools = (...tools: Json[]): JsonObject => ({ ...GOOD, tools });

describe('parseRequest', () => {
  test('what is there stays, what is null counts as absent', () => {
    const { request, losses } = parse({ ...GOOD, system: null, tools: null, temperature: 0.5 });
    expect(request).toEqual({ ...GOOD, temperature: 0.5 });
    expect(losses).toEqual([]);
  });

  test.each(requestFixtures())('P127 takes the request $name', ({ bytes }) => {
    expect(refusal(JSON.parse(bytes.toString()))).toBeUndefined();
  });

  test('fields that nobody knows are reported', () => {
    const { request, losses } = parse({
      ...GOOD,
      some_new_field: {},
      extra: { n: 2 },
      context_management: { edits: [] },
    });
    expect(lossesOf(losses)).toEqual(['unknown_field some_new_field', 'unknown_field extra']);
    expect(request).toEqual({ ...GOOD, context_management: { edits: [] } });
  });

  test("a client's own extra means nothing, wherever it stands", () => {
    const image = { type: 'image', source: { type: 'url', url: 'https://a/b' } };
    const extra = { custom: true };
    const { request, losses } = parse({
      ...GOOD,
      system: [{ type: 'text', text: 'a', extra }],
      tools: [{ name: 'n', input_schema: { properties: { extra: {} } }, extra }],
      messages: [
        { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'n', input: { extra: 1 }, extra }], extra },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: [{ ...image, extra }] }] },
      ],
    });
    expect(lossesOf(losses).sort()).toEqual([
      'unknown_field messages.0.content.0.extra',
      'unknown_field messages.0.extra',
      'unknown_field messages.1.content.0.content.0.extra',
      'unknown_field system.0.extra',
      'unknown_field tools.0.extra',
    ]);
    expect(request).toEqual({
      ...GOOD,
      system: [{ type: 'text', text: 'a' }],
      tools: [{ name: 'n', input_schema: { properties: { extra: {} } } }],
      messages: [
        { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'n', input: { extra: 1 } }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: [image] }] },
      ],
    });
  });

  test.each<[string, JsonObject]>([
    ['messages.0.content.1.text', withBlocks({ type: 'text', text: 'a' }, { type: 'text' })],
    ['messages.0.content.0.text', withBlocks({ type: 'text', text: 1 })],
    ['messages.0.content.0.source', withBlocks({ type: 'image' })],
    [
      'messages.0.content.0.source.data',
      withBlocks({ type: 'image', source: { type: 'base64', media_type: 'image/png' } }),
    ],
    ['messages.0.content.0.source.url', withBlocks({ type: 'document', source: { type: 'url', url: [] } })],
    ['messages.0.content.0.title', withBlocks({ type: 'document', source: { type: 'url', url: 'u' }, title: 1 })],
    ['messages.0.content.0.signature', withBlocks({ type: 'thinking', thinking: '' })],
    ['messages.0.content.0.data', withBlocks({ type: 'redacted_thinking' })],
    ['messages.0.content.0.id', withBlocks({ type: 'tool_use', name: 'n', input: {} })],
    ['messages.0.content.0.input', withBlocks({ type: 'tool_use', id: 't', name: 'n', input: '{}' })],
    ['messages.0.content.0.tool_use_id', withBlocks({ type: 'tool_result' })],
    ['messages.0.content.0.content', withBlocks({ type: 'tool_result', tool_use_id: 't', content: 7 })],
    [
      'messages.0.content.0.content.0.text',
      withBlocks({ type: 'tool_result', tool_use_id: 't', content: [{ type: 'text' }] }),
    ],
    ['messages.0.content.0.is_error', withBlocks({ type: 'tool_result', tool_use_id: 't', is_error: 'yes' })],
    ['system.0.text', { ...GOOD, system: [{ type: 'text' }] }],
    ['tools.0.name', withTools({ input_schema: {} })],
    [
      'tools.1.input_schema',
      withTools({ type: 'web_search_20250305', name: 'web_search' }, { type: 'custom', name: 'n' }),
    ],
    ['tools.0.strict', withTools({ name: 'n', input_schema: {}, strict: 'yes' })],
    ['tool_choice.name', { ...GOOD, tool_choice: { type: 'tool' } }],
    ['thinking.budget_tokens', { ...GOOD, thinking: { type: 'enabled' } }],
    ['output_config.format.schema', { ...GOOD, output_config: { format: { type: 'json_schema' } } }],
    ['output_config.effort', { ...GOOD, output_config: { effort: 3 } }],
  ])('P90 C13 names the place: %s', (field, body) => {
    expect(refusal(body)?.field).toBe(field);
    expect(refusal(body)?.message).toMatch(new RegExp(`^${field}: (Field required|Input should be)`));
  });

  test('P63 a tool without a type, and one that is null, are custom tools', () => {
    const tools = [
      { name: 'a', input_schema: {} },
      { type: null, name: 'b', input_schema: {} },
    ];
    expect(parse({ ...GOOD, tools }).request.tools).toEqual(tools);
  });

  test('U22 a block of tomorrow is data', () => {
    const block = { type: 'constructor', anything: [1] };
    expect(parse(withBlocks(block)).request.messages[0]?.content).toEqual([block]);
  });

  test('output_format is the older name of output_config.format', () => {
    const format = { type: 'json_schema', schema: { type: 'object' } };
    expect(parse({ ...GOOD, output_format: format, output_config: { effort: 'low' } }).request).toEqual({
      ...GOOD,
      output_config: { effort: 'low', format },
    });
    expect(refusal({ ...GOOD, output_format: format, output_config: { format } })?.field).toBe('output_format');
  });

  test('C6 a key named __proto__ is reported, not obeyed', () => {
    const body: JsonObject = JSON.parse('{"__proto__":{"stream":true},"model":"m","max_tokens":1,"messages":[]}');
    const { request, losses } = parse(body);
    expect(lossesOf(losses)).toEqual(['unknown_field __proto__']);
    expect(request.stream).toBeUndefined();
  });
});
