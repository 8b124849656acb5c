import { describe, expect, test } from 'vitest';
import { GatewayError, type GatewayErrorDetails } from '../core/error.ts';
import type { JsonObject } from '../core/json.ts';
import { pathsToRemove, refusedFeatures } from './optional-features.ts';

const MARK = { type: 'ephemeral', ttl: '1h', scope: 'global' };
const BODY: JsonObject = {
  model: 'm',
  max_tokens: 1,
  metadata: { user_id: 'a' },
  thread: { type: 'create' },
  store: false,
  service_tier: 'auto',
  parallel_tool_calls: true,
  context_management: { edits: [{ type: 'clear_thinking_20251015' }] },
  output_config: { effort: 'high' },
  reasoning: { effort: 'high', encrypted: true },
  thinking: { type: 'adaptive', display: 'omitted' },
  system: [{ type: 'text', text: 'a', cache_control: MARK }],
  tools: [{ name: 't', input_examples: [], input_schema: { properties: { metadata: {}, store: {} } } }],
  messages: [{ role: 'user', content: [{ type: 'text', text: 'a', cache_control: MARK }] }],
};
const BETAS = ['context-1m-2025-08-07', 'effort-2025-11-24', 'context-management-2025-06-27'];

const refusedBy = (message: string, details: GatewayErrorDetails = {}) =>
  refusedFeatures(new GatewayError('invalid_request', message, details), { body: BODY, betas: BETAS });

describe('P51 P127 what an upstream has refused', () => {
  test.each<[string, string[]]>([
    [
      'Unexpected value(s) `effort-2025-11-24` for the `anthropic-beta` header. Please consult our docs.',
      [BETAS[1] ?? ''],
    ],
    [
      'Unexpected value(s) `context-1m-2025-08-07`, `effort-2025-11-24` for the `anthropic-beta` header.',
      BETAS.slice(0, 2),
    ],
    ['The model returned the following errors: invalid beta flag', BETAS],
    ['invalid beta flag', BETAS],
    ['anthropic_beta: invalid beta flag: context-1m-2025-08-07', BETAS.slice(0, 1)],
    ['The long context beta header `context-1m-2025-08-07` is not available for this subscription', BETAS.slice(0, 1)],
    ['Unexpected value(s) `never-sent-2020-01-01` for the `anthropic-beta` header.', []],
  ])('betas: %s', (message, betas) => {
    expect(refusedBy(message)).toEqual(betas.map((beta) => `beta:${beta}`));
  });

  test.each<[string, string[]]>([
    ['context_management: Extra inputs are not permitted', ['context_management']],
    ['***.***.context_management: Extra inputs are not permitted', ['context_management']],
    ['context_management.edits: Extra inputs are not permitted', ['context_management']],
    ['system.0.cache_control.ephemeral.scope: Extra inputs are not permitted', ['cache_control.scope']],
    ['messages.0.content.0.text.cache_control.ephemeral.ttl: Extra inputs are not permitted', ['cache_control.ttl']],
    ['messages.0.content.0.text.cache_control: Extra inputs are not permitted', ['cache_control']],
    ['tools.0.custom.input_examples: Extra inputs are not permitted', ['tools.input_examples']],
    ['output_config: Extra inputs are not permitted', ['output_config.effort']],
    ['This model does not support the effort parameter.', ['output_config.effort']],
    ['thinking.adaptive.display: Extra inputs are not permitted', ['thinking.display']],
    ["Unsupported parameter: 'parallel_tool_calls' is not supported with this model.", ['parallel_tool_calls']],
    ['Unrecognized request argument supplied: store', ['store']],
    ['unknown field `service_tier`, expected one of `model`, `messages`', ['service_tier']],
    ['json: unknown field "store"', ['store']],
    [`[{"type":"extra_forbidden","loc":["body","store"],"msg":"Extra inputs are not permitted"}]`, ['store']],
    [
      `[{'type': 'extra_forbidden', 'loc': ('body', 'metadata'), 'msg': 'Extra inputs are not permitted'}]`,
      ['metadata'],
    ],
    ['store: Extra inputs are not permitted; metadata: Extra inputs are not permitted', ['store', 'metadata']],
  ])('fields: %s', (message, fields) => {
    expect(refusedBy(message)).toEqual(fields.map((field) => `field:${field}`));
  });

  test('a field that only the error itself names', () => {
    const details = { code: 'unsupported_parameter', field: 'store' };
    expect(refusedBy('Not here.', details)).toEqual(['field:store']);
  });

  test.each([
    'thread: Extra inputs are not permitted',
    'thinking: Extra inputs are not permitted',
    'reasoning: Extra inputs are not permitted',
    'messages.0.content.0.text.citations: Extra inputs are not permitted',
    'tools.0.custom.input_schema.properties.metadata: Extra inputs are not permitted',
    'diagnostics: Extra inputs are not permitted',
    'max_tokens: Extra inputs are not permitted',
    'metadata.user_id: should have at most 256 characters',
    'Unknown parameter: messages',
  ])('%s: nothing that can be left out', (message) => {
    expect(refusedBy(message)).toEqual([]);
  });

  test('the value alone may be unwelcome', () => {
    expect(refusedBy("Unsupported value: 'store'", { code: 'unsupported_value', field: 'store' })).toEqual([]);
  });
});

test('an object whose last members go, goes as a whole', () => {
  const body = {
    output_config: { effort: 'low', task_budget: {} },
    thinking: { type: 'adaptive', display: 'omitted' },
  };
  const both = ['output_config.effort', 'output_config.task_budget'];
  expect(pathsToRemove([...both, 'thinking.display'], body)).toEqual([['output_config'], ['thinking', 'display']]);
  expect(pathsToRemove(both.slice(1), body)).toEqual([['output_config', 'task_budget']]);
});
