import { isJsonObject, type Json } from '../../core/json.ts';
import type { LossCode } from '../../core/loss.ts';
import type { MessagesRequest } from '../../core/message.ts';
import { refuse } from '../shared/fields.ts';
import type { Formatting } from './formatting.ts';

/** What becomes of one field that only the OpenAI formats have. @throws GatewayError `invalid_request`. */
type Rule = (value: Json, field: string, formatting: Formatting) => void;

/** What another part of the formatter says, or what says nothing more. */
const heard: Rule = () => {};

const dropped =
  (code: LossCode, means: (value: Json) => boolean = () => true): Rule =>
  (value, field, { losses }) => {
    if (means(value)) losses.add(code, field);
  };

const refused =
  (problem: string, means: (value: Json) => boolean): Rule =>
  (value, field) => {
    if (means(value)) refuse(field, problem);
  };

const NO_LOGPROBS = 'This model gives no token probabilities';

/** Every key that `Extra` lists for a request, and its rule (`translation.md` §1). */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['reasoning_effort', heard],
  ['reasoning_summary', heard],
  ['json_object', heard],
  ['safety_identifier', heard],
  ['user', heard],
  ['service_tier', heard],
  ['n', refused('This model gives one answer at a time', (value) => value !== 1)],
  ['logprobs', refused(NO_LOGPROBS, (value) => value !== false)],
  ['top_logprobs', refused(NO_LOGPROBS, (value) => value !== 0)],
  ['logit_bias', refused('This model takes no bias', (value) => !isJsonObject(value) || Object.keys(value).length > 0)],
  ['audio', refused('This model gives no audio', () => true)],
  ['modalities', refused('This model gives no audio', (value) => Array.isArray(value) && value.includes('audio'))],
  ['seed', dropped('seed_dropped')],
  ['frequency_penalty', dropped('penalty_dropped', (value) => value !== 0)],
  ['presence_penalty', dropped('penalty_dropped', (value) => value !== 0)],
  ['verbosity', dropped('verbosity_dropped', (value) => value !== 'medium')],
  ['prediction', dropped('prediction_dropped')],
  ['store', dropped('store_dropped', (value) => value === true)],
  ['metadata', dropped('metadata_dropped', (value) => !isJsonObject(value) || Object.keys(value).length > 0)],
  ['prompt_cache_key', dropped('prompt_cache_key_dropped')],
  ['prompt_cache_retention', dropped('cache_hint_dropped')],
  ['truncation', dropped('truncation_dropped', (value) => value !== 'disabled')],
  ['max_tool_calls', dropped('tool_settings_dropped')],
  ['schema_name', dropped('schema_name_dropped')],
  ['schema_description', dropped('schema_name_dropped')],
  // The schema is always enforced: that is what `true` asks for.
  ['schema_strict', dropped('schema_name_dropped', (value) => value !== true)],
  ['include', reportIncluded],
]);

/** What `include` asks for beyond the opaque state of reasoning, which the gateway always carries. */
function reportIncluded(value: Json, field: string, { losses }: Formatting): void {
  if (!Array.isArray(value)) return;
  value.forEach((entry, index) => {
    if (entry !== 'reasoning.encrypted_content') losses.add('include_dropped', `${field}.${index}`);
  });
}

/**
 * Judges what only the OpenAI formats have: none of it goes out, and none goes in silence (law Loss).
 * @throws GatewayError `invalid_request` for what changes the shape of the answer.
 */
export function judgeExtra({ extra = {} }: MessagesRequest, formatting: Formatting): void {
  for (const [field, value] of Object.entries(extra)) {
    if (value === null) continue;
    const rule = RULES.get(field);
    if (rule) rule(value, field, formatting);
    else formatting.losses.add('unknown_field', field);
  }
}
