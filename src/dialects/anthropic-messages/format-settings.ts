import type { Operation } from '../../core/dialect.ts';
import { type JsonObject, numberAt, objectAt, stringAt } from '../../core/json.ts';
import type { MessagesRequest } from '../../core/message.ts';
import { refuse } from '../shared/fields.ts';
import type { ThinkingPlan } from './format-thinking.ts';
import type { Formatting } from './formatting.ts';
import { toSubset } from './schema-subset.ts';

/** Temperature 1 is the default everywhere, and the highest that the API takes. */
const HIGHEST_TEMPERATURE = 1;

/** Least `top_p` that models without sampling, and models that think, take (`anthropic-surface.md` §1). */
const LEAST_TOP_P = { fixed: 0.99, thinking: 0.95, free: 0 } as const;

/** Longest `metadata.user_id` (`anthropic-surface.md` §4). */
const LONGEST_USER_ID = 256;

/** Sampling as far as the model takes it (`anthropic-surface.md` §1, §4.3). */
export function formatSampling(request: MessagesRequest, isThinking: boolean, formatting: Formatting): JsonObject {
  const { losses, rules } = formatting;
  const isFixed = rules.sampling === 'defaults-only';
  const temperature = formatTemperature(request, isFixed || isThinking, formatting);
  const topP = numberAt(request, 'top_p');
  const leastTopP = LEAST_TOP_P[isFixed ? 'fixed' : isThinking ? 'thinking' : 'free'];
  const isSecond = rules.sampling === 'exclusive' && temperature !== undefined;
  const takesTopP = topP !== undefined && topP >= leastTopP && !isSecond;
  if (topP !== undefined && !takesTopP) losses.add('top_p_dropped', 'top_p');
  const topK = numberAt(request, 'top_k');
  const takesTopK = topK !== undefined && !isFixed && !isThinking;
  if (topK !== undefined && !takesTopK) losses.add('top_k_dropped', 'top_k');
  return {
    ...(temperature !== undefined && { temperature }),
    ...(takesTopP && { top_p: topP }),
    ...(takesTopK && { top_k: topK }),
  };
}

/** The temperature to send; the default need not be said where nothing else is taken. */
function formatTemperature(request: MessagesRequest, isFixed: boolean, { losses }: Formatting): number | undefined {
  const temperature = numberAt(request, 'temperature');
  if (temperature === undefined) return undefined;
  if (isFixed) {
    if (temperature !== HIGHEST_TEMPERATURE) losses.add('temperature_dropped', 'temperature');
    return undefined;
  }
  if (temperature > HIGHEST_TEMPERATURE) losses.add('temperature_capped', 'temperature');
  return Math.min(temperature, HIGHEST_TEMPERATURE);
}

/** Stop sequences; those of white space only are refused by the API. */
export function formatStops({ stop_sequences: stops = [] }: MessagesRequest, { losses }: Formatting): JsonObject {
  const kept = stops.filter((stop, index) => {
    if (stop.trim() !== '') return true;
    losses.add('stop_dropped', `stop.${index}`);
    return false;
  });
  return kept.length > 0 ? { stop_sequences: kept } : {};
}

/** The end user, by whichever name the caller has told it. */
export function formatUser(request: MessagesRequest, { losses, target }: Formatting): JsonObject {
  const { safety_identifier, user } = request.extra ?? {};
  const id = stringAt(objectAt(request, 'metadata') ?? {}, 'user_id') ?? safety_identifier ?? user ?? '';
  if (typeof id !== 'string' || id === '') return {};
  if (typeof user === 'string' && user !== id) losses.add('user_dropped', 'user');
  if (id.length <= LONGEST_USER_ID) return { metadata: { user_id: id } };
  losses.add('user_hashed', safety_identifier === undefined ? 'user' : 'safety_identifier');
  return { metadata: { user_id: target.tools.hash(id) } };
}

/** OpenAI's tiers and their counterparts (`translation.md` §1); a tier without one is dropped. */
const TIERS: ReadonlyMap<string, { tier: string; isExact: boolean }> = new Map([
  ['auto', { tier: 'auto', isExact: true }],
  ['default', { tier: 'standard_only', isExact: true }],
  ['standard_only', { tier: 'standard_only', isExact: true }],
  ['priority', { tier: 'auto', isExact: false }],
]);

/** The service tier. */
export function formatTier(request: MessagesRequest, { losses }: Formatting): JsonObject {
  const asked = stringAt(request.extra ?? {}, 'service_tier') ?? stringAt(request, 'service_tier');
  if (asked === undefined) return {};
  const row = TIERS.get(asked);
  if (!row) losses.add('service_tier_dropped', 'service_tier');
  else if (!row.isExact) losses.add('service_tier_changed', 'service_tier');
  return row ? { service_tier: row.tier } : {};
}

/**
 * Effort and the form of the answer.
 * @throws GatewayError `invalid_request` for a schema on a model that enforces none.
 */
export function formatOutput(request: MessagesRequest, plan: ThinkingPlan, { losses, rules }: Formatting): JsonObject {
  const format = objectAt(objectAt(request, 'output_config') ?? {}, 'format');
  const config: JsonObject = plan.effort === undefined ? {} : { effort: plan.effort };
  const schema = format && objectAt(format, 'schema');
  if (schema) {
    if (!rules.structuredOutputs) refuse('response_format', 'json_schema is not supported by this model');
    const subset = toSubset(schema);
    if (subset.isChanged) losses.add('schema_keywords_moved', 'response_format');
    config['format'] = { type: 'json_schema', schema: subset.schema };
  }
  return Object.keys(config).length > 0 ? { output_config: config } : {};
}

/** There is no JSON mode: the model is asked for JSON, and never made to call a tool for it (P17). */
const JSON_INSTRUCTION =
  'Answer with one valid JSON object and nothing else: no text before or after it, and no code fence around it.';

/** The instruction that stands for OpenAI's JSON mode; it stands last, behind all that the caller says. */
export function jsonInstruction({ extra }: MessagesRequest, { losses }: Formatting): string | undefined {
  if (extra?.['json_object'] !== true) return undefined;
  losses.add('json_object_emulated', 'response_format');
  return JSON_INSTRUCTION;
}

/** Fields that `count_tokens` does not take (`anthropic-surface.md` §3). */
const ONLY_TO_GENERATE: ReadonlySet<string> = new Set([
  'max_tokens',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
  'stream',
  'metadata',
  'service_tier',
]);

/** The fields that go out for an operation. */
export function fieldsFor(operation: Operation, body: JsonObject): JsonObject {
  if (operation === 'generate') return body;
  return Object.fromEntries(Object.entries(body).filter(([field]) => !ONLY_TO_GENERATE.has(field)));
}
