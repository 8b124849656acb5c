import { isJsonObject, type Json, type JsonObject, objectAt } from '../../../core/json.ts';
import type { LossCode } from '../../../core/loss.ts';
import type { MessagesRequest } from '../../../core/message.ts';
import type { Quirks } from '../../../core/quirks.ts';
import { refuse } from '../fields.ts';
import type { Reduction } from './reduction.ts';

/** What becomes of a field that only the OpenAI formats have. */
type Rule =
  /** Another part of the reduction reads it. */
  | 'read'
  /** The formatters know what to do with it. */
  | 'passed'
  /** Passed on where the quirk allows it, else a loss. */
  | { when: keyof Quirks; loss: LossCode }
  /** Passed on where the quirk allows it, else refused: the answer would lack what was asked for. */
  | { when: keyof Quirks; refused: string }
  /** No target of this path has it. */
  | { loss: LossCode };

const NOT_SUPPORTED = 'not supported by this model';

/** One row for each key of the table in `core/message.ts`. */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['reasoning_effort', 'read'],
  ['json_object', 'read'],
  ['schema_name', 'read'],
  ['schema_description', 'read'],
  ['schema_strict', 'read'],
  ['service_tier', 'read'],
  ['user', 'read'],
  ['safety_identifier', 'read'],
  ['reasoning_summary', 'passed'],
  ['include', 'passed'],
  ['verbosity', { when: 'verbosity', loss: 'verbosity_dropped' }],
  ['seed', { when: 'seedAndPenalties', loss: 'seed_dropped' }],
  ['frequency_penalty', { when: 'seedAndPenalties', loss: 'penalty_dropped' }],
  ['presence_penalty', { when: 'seedAndPenalties', loss: 'penalty_dropped' }],
  ['logit_bias', { when: 'openAiExtras', refused: NOT_SUPPORTED }],
  ['logprobs', { when: 'openAiExtras', refused: NOT_SUPPORTED }],
  ['top_logprobs', { when: 'openAiExtras', refused: NOT_SUPPORTED }],
  ['n', { when: 'openAiExtras', refused: 'this model gives one answer only' }],
  ['prediction', { when: 'openAiExtras', loss: 'prediction_dropped' }],
  ['prompt_cache_key', { when: 'promptCacheKey', loss: 'prompt_cache_key_dropped' }],
  ['prompt_cache_retention', { when: 'promptCacheKey', loss: 'prompt_cache_key_dropped' }],
  ['metadata', { when: 'storeAndMetadata', loss: 'metadata_dropped' }],
  ['store', { when: 'storeAndMetadata', loss: 'store_dropped' }],
  ['truncation', { loss: 'truncation_dropped' }],
  ['max_tool_calls', { loss: 'tool_settings_dropped' }],
]);

/**
 * What only the OpenAI formats have, as far as the target takes it.
 * @throws GatewayError `invalid_request` for what would change the answer's form and cannot be had.
 */
export function plainExtra(request: MessagesRequest, reduction: Reduction): JsonObject {
  const kept = Object.entries(objectAt(request, 'extra') ?? {}).filter(([field, value]) => {
    const rule = RULES.get(field) ?? { loss: 'unknown_field' };
    return rule !== 'read' && !saysNothing(field, value) && mayPass(rule, field, reduction);
  });
  return { ...summaryOf(request), ...Object.fromEntries(kept) };
}

function mayPass(rule: Exclude<Rule, 'read'>, field: string, { target, losses }: Reduction): boolean {
  if (rule === 'passed') return true;
  if ('when' in rule && target.quirks[rule.when] === true) return true;
  if ('refused' in rule) refuse(field, rule.refused);
  losses.add(rule.loss, field);
  return false;
}

/** Values that ask for what stands there without them; a target that does not know the field need not hear of them. */
const DEFAULTS: ReadonlyMap<string, Json> = new Map<string, Json>([
  ['frequency_penalty', 0],
  ['presence_penalty', 0],
  ['logprobs', false],
  ['top_logprobs', 0],
  ['n', 1],
  ['truncation', 'disabled'],
]);

function saysNothing(field: string, value: Json): boolean {
  if (value === null || (field === 'logit_bias' && isJsonObject(value) && Object.keys(value).length === 0)) return true;
  return DEFAULTS.get(field) === value;
}

/** How thinking is shown when nothing is said: the models that have `enabled` summarise it (`anthropic-surface.md` §4.3). */
const DEFAULT_DISPLAY: ReadonlyMap<Json | undefined, string> = new Map([['enabled', 'summarized']]);

const SHOWN: ReadonlySet<Json | undefined> = new Set<Json | undefined>(['summarized', 'updates']);

/** A caller who wants to see the thinking gets what comes nearest: OpenAI tells of it in summaries only. */
function summaryOf(request: MessagesRequest): JsonObject {
  const thinking = objectAt(request, 'thinking') ?? {};
  const display = thinking['display'] ?? DEFAULT_DISPLAY.get(thinking['type']);
  return SHOWN.has(display) ? { reasoning_summary: 'auto' } : {};
}
