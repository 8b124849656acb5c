import { describe, expect, it } from 'vitest';
import { lossesOf, reduce, refusedField, requestWith, targetOf } from '../../../../test/support/reduce.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { Quirks } from '../../../core/quirks.ts';
import { ANTHROPIC_MODELS } from '../../../providers/anthropic-models.ts';
import { toPlainRequest } from './plain-request.ts';

type Row = { name: string; fields: JsonObject; quirks?: Partial<Quirks>; plain: object; losses?: string[] };

const EFFORTS = ['low', 'medium', 'high'];
const USER_ID = JSON.stringify({ device_id: '0'.repeat(64), account_uuid: 'a', session_id: 's'.repeat(36) });

const ROWS: Row[] = [
  // Output limit, sampling, stops
  { name: 'the output limit', fields: { max_tokens: 5 }, plain: { maxTokens: 5 } },
  {
    name: 'an output limit above what the target takes',
    fields: { max_tokens: 128_000 },
    quirks: { maxOutputTokens: 16_384 },
    plain: { maxTokens: 16_384 },
    losses: ['max_tokens_lowered max_tokens'],
  },
  {
    name: 'sampling',
    fields: { temperature: 0.5, top_p: 0.9, top_k: 5 },
    plain: { temperature: 0.5, topP: 0.9, topK: undefined },
    losses: ['top_k_dropped top_k'],
  },
  { name: 'top_k where the vendor has it', fields: { top_k: 5 }, quirks: { topK: true }, plain: { topK: 5 } },
  {
    name: 'sampling of a model that takes none',
    fields: { temperature: 0, top_p: 0.9 },
    quirks: { sampling: false },
    plain: { temperature: undefined, topP: undefined },
    losses: ['temperature_dropped temperature', 'top_p_dropped top_p'],
  },
  {
    name: 'P121 four stop sequences',
    fields: { stop_sequences: ['a', 'b', 'c', 'd'] },
    plain: { stopSequences: ['a', 'b', 'c', 'd'] },
  },
  {
    name: 'P121 any number of stop sequences where the gateway looks for them itself',
    fields: { stop_sequences: ['a', 'b', 'c', 'd', 'e'] },
    quirks: { stopSequences: 0 },
    plain: { stopSequences: ['a', 'b', 'c', 'd', 'e'] },
  },
  { name: 'streaming', fields: { stream: true }, plain: { stream: true } },
  // Who and how
  { name: 'a short user id', fields: { metadata: { user_id: 'u1' } }, plain: { userId: 'u1' } },
  { name: 'a null user id', fields: { metadata: { user_id: null } }, plain: { userId: undefined } },
  {
    name: "P127 Claude Code's user id is hashed",
    fields: { metadata: { user_id: USER_ID } },
    plain: { userId: targetOf().tools.hash(USER_ID) },
    losses: ['user_hashed metadata.user_id'],
  },
  {
    name: 'a user id that the target does not take',
    fields: { metadata: { user_id: 'u1' } },
    quirks: { userField: undefined },
    plain: { userId: undefined },
    losses: ['user_dropped metadata.user_id'],
  },
  { name: 'tier auto', fields: { service_tier: 'auto' }, plain: { serviceTier: 'auto' } },
  { name: 'tier standard_only', fields: { service_tier: 'standard_only' }, plain: { serviceTier: 'default' } },
  { name: "OpenAI's own tier", fields: { extra: { service_tier: 'flex' } }, plain: { serviceTier: 'flex' } },
  {
    name: 'a tier that the target does not know',
    fields: { service_tier: 'standard_only' },
    quirks: { serviceTier: false },
    plain: { serviceTier: undefined },
    losses: ['service_tier_dropped service_tier'],
  },
  {
    name: 'tier auto to a target without',
    fields: { service_tier: 'auto' },
    quirks: { serviceTier: false },
    plain: { serviceTier: undefined },
  },
  // Effort
  {
    name: 'effort',
    fields: { output_config: { effort: 'medium' } },
    quirks: { efforts: EFFORTS },
    plain: { effort: 'medium' },
  },
  ...(['xhigh', 'max'] as const).map((effort) => ({
    name: `effort ${effort} is the strongest there is`,
    fields: { output_config: { effort } },
    quirks: { efforts: EFFORTS },
    plain: { effort: 'high' },
    losses: ['effort_changed output_config.effort'],
  })),
  {
    name: 'effort max is xhigh where there is one',
    fields: { output_config: { effort: 'max' } },
    quirks: { efforts: ['none', 'low', 'xhigh'] },
    plain: { effort: 'xhigh' },
    losses: ['effort_changed output_config.effort'],
  },
  {
    name: 'effort below the weakest does not switch thinking off',
    fields: { extra: { reasoning_effort: 'minimal' } },
    quirks: { efforts: ['none', ...EFFORTS] },
    plain: { effort: 'low' },
    losses: ['effort_changed reasoning_effort'],
  },
  {
    name: "OpenAI's own word counts more than the canonical one",
    fields: { extra: { reasoning_effort: 'minimal' }, output_config: { effort: 'low' } },
    quirks: { efforts: ['minimal', ...EFFORTS] },
    plain: { effort: 'minimal' },
  },
  {
    name: 'P62 effort to a model that takes none',
    fields: { output_config: { effort: 'high' } },
    plain: { effort: undefined },
    losses: ['effort_dropped output_config.effort'],
  },
  {
    name: 'P62 P127 adaptive thinking without effort is left to the model',
    fields: { thinking: { type: 'adaptive', display: 'omitted' } },
    quirks: { efforts: EFFORTS },
    plain: { effort: undefined, extra: {} },
  },
  {
    name: 'thinking switched off',
    fields: { thinking: { type: 'disabled' }, output_config: { effort: 'high' } },
    quirks: { efforts: ['none', ...EFFORTS] },
    plain: { effort: 'none' },
  },
  {
    name: 'thinking that cannot be switched off',
    fields: { thinking: { type: 'disabled' } },
    quirks: { efforts: EFFORTS },
    plain: { effort: undefined },
    losses: ['thinking_changed thinking'],
  },
  {
    name: 'thinking switched off where there is none',
    fields: { thinking: { type: 'disabled' } },
    plain: { effort: undefined },
  },
  ...(
    [
      [1024, 'low'],
      [2048, 'low'],
      [2049, 'medium'],
      [8192, 'medium'],
      [24_576, 'high'],
      [31_999, 'xhigh'],
    ] as const
  ).map(([budget, effort]) => ({
    name: `P101 a budget of ${budget} tokens is effort ${effort}`,
    fields: { thinking: { type: 'enabled', budget_tokens: budget } },
    quirks: { efforts: [...EFFORTS, 'xhigh'] },
    plain: { effort },
    losses: ['thinking_changed thinking.budget_tokens'],
  })),
  {
    name: 'thinking that is to be seen is summarised',
    fields: { thinking: { type: 'adaptive', display: 'summarized' } },
    plain: { extra: { reasoning_summary: 'auto' } },
  },
  {
    name: 'thinking with a budget is shown when nothing else is said',
    fields: { thinking: { type: 'enabled' } },
    plain: { extra: { reasoning_summary: 'auto' } },
  },
  // The form of the answer
  {
    name: 'P31 a schema without a name',
    fields: { output_config: { format: { type: 'json_schema', schema: { type: 'object' } } }, tools: [] },
    plain: {
      output: {
        type: 'json_schema',
        schema: { type: 'object' },
        name: 'output',
        description: undefined,
        strict: false,
      },
    },
  },
  {
    name: 'a schema that fits the strict subset, in its old place',
    fields: { output_format: { type: 'json_schema', schema: { type: 'object', additionalProperties: false } } },
    plain: {
      output: {
        type: 'json_schema',
        schema: { type: 'object', additionalProperties: false },
        name: 'output',
        description: undefined,
        strict: true,
      },
    },
  },
  {
    name: "a schema with OpenAI's name and strictness",
    fields: {
      output_config: { format: { type: 'json_schema', schema: {} } },
      extra: { schema_name: 'n', schema_description: 'd', schema_strict: true },
    },
    plain: { output: { type: 'json_schema', schema: {}, name: 'n', description: 'd', strict: true } },
  },
  { name: 'JSON of any form', fields: { extra: { json_object: true } }, plain: { output: { type: 'json_object' } } },
  // What only OpenAI has
  {
    name: "OpenAI's own fields",
    fields: {
      extra: { seed: 1, verbosity: 'low', n: 2, prompt_cache_key: 'k', metadata: { a: 'b' }, store: true, user: 'u' },
    },
    plain: { extra: { seed: 1, verbosity: 'low', n: 2, prompt_cache_key: 'k', metadata: { a: 'b' }, store: true } },
  },
  {
    name: "P97 OpenAI's own fields, to a target without them",
    fields: {
      extra: {
        seed: 1,
        frequency_penalty: 1,
        verbosity: 'low',
        prediction: {},
        prompt_cache_key: 'k',
        metadata: {},
        store: true,
        truncation: 'auto',
        odd: 1,
      },
    },
    quirks: {
      seedAndPenalties: false,
      verbosity: false,
      openAiExtras: false,
      promptCacheKey: false,
      storeAndMetadata: false,
    },
    plain: { extra: {} },
    losses: [
      'seed_dropped seed',
      'penalty_dropped frequency_penalty',
      'verbosity_dropped verbosity',
      'prediction_dropped prediction',
      'prompt_cache_key_dropped prompt_cache_key',
      'metadata_dropped metadata',
      'store_dropped store',
      'truncation_dropped truncation',
      'unknown_field odd',
    ],
  },
  {
    name: 'P97 fields that ask for nothing',
    fields: {
      extra: { n: 1, logprobs: false, top_logprobs: 0, logit_bias: {}, presence_penalty: 0, truncation: 'disabled' },
    },
    quirks: { openAiExtras: false, seedAndPenalties: false },
    plain: { extra: {} },
  },
];

describe('settings', () => {
  it.each(ROWS)('$name', ({ fields, quirks = {}, plain, losses = [] }) => {
    const reduced = reduce(fields, quirks);
    expect(reduced.plain).toMatchObject(plain);
    expect(lossesOf(reduced)).toEqual(losses);
  });

  const TARGET_WITHOUT: Partial<Quirks> = { openAiExtras: false, jsonSchema: false, jsonObject: false };

  it.each<{ name: string; fields: JsonObject; field: string }>([
    { name: 'max_tokens 0', fields: { max_tokens: 0 }, field: 'max_tokens' },
    {
      name: 'P121 five stop sequences',
      fields: { stop_sequences: ['a', 'b', 'c', 'd', 'e'] },
      field: 'stop_sequences',
    },
    {
      name: 'a schema',
      fields: { output_config: { format: { type: 'json_schema', schema: {} } } },
      field: 'output_config.format',
    },
    {
      name: 'a form to come',
      fields: { output_config: { format: { type: 'xml' } } },
      field: 'output_config.format.type',
    },
    { name: 'JSON of any form', fields: { extra: { json_object: true } }, field: 'response_format' },
    { name: 'several answers', fields: { extra: { n: 2 } }, field: 'n' },
    { name: 'probabilities', fields: { extra: { logprobs: true } }, field: 'logprobs' },
    { name: 'biases', fields: { extra: { logit_bias: { '1': 2 } } }, field: 'logit_bias' },
  ])('that cannot be had are refused: $name', ({ fields, field }) => {
    expect(refusedField(() => reduce(fields, TARGET_WITHOUT))).toBe(field);
  });

  it("keep to the known facts of the target's model", () => {
    const facts = ANTHROPIC_MODELS.find(({ rules }) => !rules.prefill && !rules.forcedToolChoice);
    if (!facts) throw new Error('no such model');
    const tools = [{ name: 'run', input_schema: { type: 'object' } }];
    const given = requestWith({ max_tokens: 10_000_000, tools, tool_choice: { type: 'any' } });
    const { plain } = toPlainRequest(given, targetOf({}, facts));
    expect(plain).toMatchObject({ maxTokens: facts.maxOutputTokens, toolChoice: { type: 'auto' } });
    const messages = [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: 'The answer is' },
    ];
    expect(refusedField(() => toPlainRequest(requestWith({ messages }), targetOf({}, facts)))).toBe('messages');
    expect(refusedField(() => toPlainRequest(requestWith({ messages }), targetOf()))).toBeUndefined();
  });
});
