import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ask, call, makeSimulator, pngBase64 } from '../../test/support/simulator-harness.ts';
import type { Json } from '../core/json.ts';

/** A body with something of everything, so that a mutation has much to break. */
const RICH: Json = ask('simulator', {
  system: [{ type: 'text', text: 's', cache_control: { type: 'ephemeral', ttl: '1h' } }],
  tools: [
    {
      name: 'look',
      description: 'Looks',
      input_schema: {
        type: 'object',
        properties: { q: { anyOf: [{ type: 'string', pattern: 'a' }] } },
        required: ['q'],
      },
    },
  ],
  tool_choice: { type: 'auto' },
  thinking: { type: 'adaptive', display: 'summarized' },
  output_config: { effort: 'high' },
  stop_sequences: ['END'],
  metadata: { user_id: 'u' },
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'look' },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pngBase64(2, 3) } },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'redacted_thinking', data: 'x' },
        { type: 'tool_use', id: 't1', name: 'look', input: { q: 'a' } },
      ],
    },
    {
      role: 'user',
      content: [
        {
          type: 'tool_result',
          tool_use_id: 't1',
          content: [{ type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'd' } }],
        },
      ],
    },
    { role: 'system', content: 'env', output_config: { effort: 'low' } },
  ],
});

/** Every path into a value, its own included. */
function pathsOf(value: Json): string[][] {
  if (typeof value !== 'object' || value === null) return [[]];
  return [[], ...Object.entries(value).flatMap(([key, item]) => pathsOf(item).map((path) => [key, ...path]))];
}

function replaced(value: Json, [key, ...rest]: readonly string[], by: Json): Json {
  if (key === undefined) return by;
  if (Array.isArray(value))
    return value.map((item, index) => (String(index) === key ? replaced(item, rest, by) : item));
  if (typeof value !== 'object' || value === null) return value;
  return { ...value, [key]: replaced(value[key] ?? null, rest, by) };
}

const json = fc.jsonValue().map((value): Json => JSON.parse(JSON.stringify(value)));

test('whatever stands in place of any part of a request, the answer is a message or a refusal in shape', async () => {
  const simulator = makeSimulator();
  expect((await call(simulator, RICH)).status).toBe(200);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...pathsOf(RICH)), json, async (path, by) => {
      const { status, json: answer } = await call(simulator, JSON.stringify(replaced(RICH, path, by)));
      expect([200, 400, 404]).toContain(status);
      expect(answer['type']).toBe(status === 200 ? 'message' : 'error');
    }),
    { numRuns: 2000 },
  );
});
