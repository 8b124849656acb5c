import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { testTools } from '../../test/support/codec-tools.ts';
import { GatewayError } from '../core/error.ts';
import { isJsonObject, type Json, type JsonObject } from '../core/json.ts';
import { parseRequest as parseChat } from './openai-chat/parse-request.ts';
import { parseRequest as parseResponses } from './openai-responses/parse-request.ts';

/** Bodies in which most fields stand, to be spoiled one place at a time. */
const CHAT: JsonObject = {
  model: 'm',
  stream: true,
  stream_options: { include_usage: true },
  max_completion_tokens: 9,
  temperature: 1,
  stop: ['a'],
  reasoning: { effort: 'high', max_tokens: 5 },
  response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object' }, strict: true } },
  tools: [
    { type: 'function', function: { name: 'f', description: 'd', parameters: { type: 'object' }, strict: true } },
    { type: 'custom', custom: { name: 'c', format: { type: 'grammar', grammar: { syntax: 'lark' } } } },
  ],
  tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [{ function: { name: 'f' } }] } },
  web_search_options: { user_location: { approximate: { city: 'x' } } },
  messages: [
    { role: 'developer', content: [{ type: 'text', text: 's', prompt_cache_breakpoint: { ttl: '12h' } }] },
    {
      role: 'user',
      name: 'ann',
      content: [
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'low' } },
        { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' } },
      ],
    },
    {
      role: 'assistant',
      content: null,
      reasoning_content: 'x',
      reasoning_details: [{ data: 'ezm1.x' }],
      tool_calls: [
        { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } },
        { id: 'b', type: 'custom', custom: { name: 'c', input: 'x' } },
      ],
    },
    { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: 'A' }] },
    { role: 'tool', tool_call_id: 'b', content: 'B' },
    { role: 'assistant', function_call: { name: 'f', arguments: '{}' } },
    { role: 'function', name: 'f', content: 'F' },
  ],
};
const RESPONSES: JsonObject = {
  model: 'm',
  instructions: 'i',
  reasoning: { effort: 'low', summary: 'auto' },
  text: { format: { type: 'json_schema', name: 'n', schema: {} }, verbosity: 'low' },
  include: ['reasoning.encrypted_content'],
  max_tool_calls: 2,
  tools: [
    { type: 'web_search', filters: { allowed_domains: ['a'] } },
    { type: 'function', name: 'f', parameters: {} },
  ],
  tool_choice: { type: 'function', name: 'f' },
  input: [
    { type: 'additional_tools', tools: [{ type: 'namespace', name: 'n', tools: [{ type: 'custom', name: 'c' }] }] },
    {
      role: 'user',
      content: [
        { type: 'input_image', image_url: 'https://a.test/b' },
        { type: 'input_file', file_url: 'https://a.test/c' },
      ],
    },
    { type: 'reasoning', summary: [{ type: 'summary_text', text: 'x' }], encrypted_content: 'ezm1.x' },
    { type: 'message', role: 'assistant', phase: 'commentary', content: [{ type: 'output_text', text: 'x' }] },
    { type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' },
    { type: 'custom_tool_call', call_id: 'b', namespace: 'n', name: 'c', input: 'x' },
    { type: 'function_call_output', call_id: 'a', output: 'A' },
    { type: 'custom_tool_call_output', call_id: 'b', output: [{ type: 'input_text', text: 'B' }] },
  ],
};

const FORMATS = [
  { name: 'Chat', parse: parseChat, good: CHAT },
  { name: 'Responses', parse: parseResponses, good: RESPONSES },
];

/** The paths of all values inside a value. */
function pathsOf(value: Json, path: string[] = []): string[][] {
  const inner = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return [path, ...inner.flatMap(([key, entry]) => pathsOf(entry, [...path, key]))];
}

function replaceAt(value: Json, [key, ...rest]: string[], by: Json): Json {
  if (key === undefined) return by;
  if (Array.isArray(value))
    return value.map((entry, index) => (String(index) === key ? replaceAt(entry, rest, by) : entry));
  if (!isJsonObject(value)) return value;
  return { ...value, [key]: replaceAt(value[key] ?? null, rest, by) };
}

/** What a value is spoiled with: anything, and texts and numbers that mean something somewhere. */
const anyJson: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(
    '',
    'user',
    'system',
    'tool',
    'text',
    'function',
    'none',
    'data:,',
    '__proto__',
    'constructor',
    -1,
    0,
    1e99,
  ),
  fc.jsonValue({ maxDepth: 3 }).map((value): Json => JSON.parse(JSON.stringify(value))),
);

/** Whether a body is taken; anything but a refusal with status 400 goes on as thrown. */
function isTaken(parse: typeof parseChat, body: JsonObject): boolean {
  try {
    parse(body, 'generate', testTools());
    return true;
  } catch (thrown) {
    if (!(thrown instanceof GatewayError) || thrown.kind !== 'invalid_request' || thrown.status !== 400) throw thrown;
    expect(thrown.field).toBeTruthy();
    expect(thrown.message.startsWith(`${thrown.field}: `)).toBe(true);
    return false;
  }
}

describe.each(FORMATS)('a request of $name', ({ parse, good }) => {
  test('is taken when it is right', () => {
    expect(isTaken(parse, good)).toBe(true);
  });

  test('P74 is taken or refused with 400, whatever stands in any one place', () => {
    const spoiled = fc
      .tuple(fc.constantFrom(...pathsOf(good)), anyJson)
      .map(([path, value]) => replaceAt(good, path, value))
      .filter(isJsonObject);
    fc.assert(
      fc.property(spoiled, (body) => void isTaken(parse, body)),
      { numRuns: 3000 },
    );
  });

  test('is taken or refused with 400, whatever it holds', () => {
    const body = fc.dictionary(fc.oneof(fc.constantFrom(...Object.keys(good)), fc.string()), anyJson);
    fc.assert(
      fc.property(body, (fields) => void isTaken(parse, { model: 'm', ...fields })),
      { numRuns: 1000 },
    );
  });

  test('always becomes the same, and keeps the body as it was', () => {
    const before = JSON.stringify(good);
    expect(parse(good, 'generate', testTools())).toEqual(parse(good, 'generate', testTools()));
    expect(JSON.stringify(good)).toBe(before);
  });
});
