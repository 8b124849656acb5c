import type { Json } from '../../../core/json.ts';
import { asBoolean, asInteger, asNumber, asObject, asString, readBoolean, refuse } from '../fields.ts';
import type { FieldReader, RequestDraft } from './request-draft.ts';

/** A field that another part of the parser, or the encoder of the answer, reads. */
export const readElsewhere: FieldReader = () => {};

/** The tier names of OpenAI that have a Messages counterpart; the others stand only under `extra` (`translation.md` §1). */
const SERVICE_TIERS: ReadonlyMap<string, string> = new Map([
  ['auto', 'auto'],
  ['default', 'standard_only'],
]);

/** A text that only the OpenAI formats have. */
export const readExtraString: FieldReader = (value, draft, field) => {
  draft.extra[field] = asString(value, field);
};

/** @throws GatewayError `invalid_request` unless it is a whole number of at least 1. */
export const readTokenLimit: FieldReader = (value, draft, field) => {
  draft.request.max_tokens = asInteger(value, field, 1);
};

/** `top_logprobs`: 0 is what stands there without it. */
const readTopLogprobs: FieldReader = (value, draft, field) => {
  const count = asInteger(value, field, 0);
  if (count > 0) draft.extra[field] = count;
};

/** The settings that both OpenAI formats spell alike: one row each (`translation.md` §1). */
export const COMMON_SETTINGS: readonly (readonly [string, FieldReader])[] = [
  ['model', readElsewhere],
  ['stream', readElsewhere],
  ['stream_options', readElsewhere],
  ['tools', readElsewhere],
  ['tool_choice', readElsewhere],
  ['parallel_tool_calls', readElsewhere],
  [
    'temperature',
    (value, draft, field) => {
      draft.request.temperature = asNumber(value, field, 0, 2);
    },
  ],
  [
    'top_p',
    (value, draft, field) => {
      draft.request.top_p = asNumber(value, field, 0, 1);
    },
  ],
  ['top_k', readTopK],
  ['user', readUser],
  ['safety_identifier', readUser],
  ['metadata', readMetadata],
  ['service_tier', readServiceTier],
  ['prompt_cache_key', readExtraString],
  ['prompt_cache_retention', readExtraString],
  ['prompt_cache_options', readCacheOptions],
  ['store', readStore],
  ['top_logprobs', readTopLogprobs],
];

/** A vendor extension; 0 and -1 mean no limit. */
function readTopK(value: Json, draft: RequestDraft, field: string): void {
  const topK = asInteger(value, field, -1);
  if (topK > 0) draft.request.top_k = topK;
}

/** Both names of the end user; `safety_identifier`, the newer one, counts. */
function readUser(value: Json, draft: RequestDraft, field: string): void {
  draft.extra[field] = asString(value, field);
  const userId = draft.extra['safety_identifier'] ?? draft.extra['user'];
  if (userId !== undefined && userId !== '') draft.request.metadata = { user_id: userId };
}

function readMetadata(value: Json, draft: RequestDraft, field: string): void {
  const metadata = asObject(value, field);
  if (Object.keys(metadata).length > 0) draft.extra[field] = metadata;
}

function readServiceTier(value: Json, draft: RequestDraft, field: string): void {
  const tier = asString(value, field);
  const counterpart = SERVICE_TIERS.get(tier);
  if (counterpart !== undefined) draft.request['service_tier'] = counterpart;
  draft.extra[field] = tier;
}

/** Where breakpoints stand is said on the parts themselves; the rest has no counterpart. */
function readCacheOptions(value: Json, draft: RequestDraft, field: string): void {
  const options = asObject(value, field);
  if (readBoolean(options, 'prewarm', field) === true) refuse(`${field}.prewarm`, 'Not supported by this gateway');
  if (Object.keys(options).length > 0) draft.report({ code: 'cache_hint_dropped', field });
}

/** `false` asks for nothing: the gateway stores no answers. */
function readStore(value: Json, draft: RequestDraft, field: string): void {
  if (asBoolean(value, field)) draft.extra[field] = true;
}
