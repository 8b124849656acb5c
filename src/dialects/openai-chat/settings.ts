import type { Json } from '../../core/json.ts';
import {
  asBoolean,
  asInteger,
  asList,
  asNumber,
  asObject,
  asString,
  pathOf,
  readBoolean,
  readString,
  refuse,
  reportUnknown,
} from '../shared/fields.ts';
import { readEffort } from '../shared/read-request/read-effort.ts';
import { readOutputFormat } from '../shared/read-request/read-output-format.ts';
import {
  COMMON_SETTINGS,
  readElsewhere,
  readExtraString,
  readTokenLimit,
} from '../shared/read-request/read-settings.ts';
import type { FieldReader, RequestDraft } from '../shared/read-request/request-draft.ts';

/** Every field of a Chat Completions body beside those of both formats: one row each (`translation.md` §1). */
export const SETTINGS: ReadonlyMap<string, FieldReader> = new Map([
  ...COMMON_SETTINGS,
  ['messages', readElsewhere],
  ['functions', readElsewhere],
  ['function_call', readElsewhere],
  ['web_search_options', readElsewhere],
  ['max_completion_tokens', readTokenLimit],
  ['max_tokens', readOldTokenLimit],
  ['stop', readStop],
  ['reasoning_effort', readEffort],
  ['reasoning', readReasoning],
  ['response_format', readOutputFormat],
  ['verbosity', readExtraString],
  [
    'seed',
    (value, draft, field) => {
      draft.extra[field] = asInteger(value, field, Number.MIN_SAFE_INTEGER);
    },
  ],
  ['frequency_penalty', readPenalty],
  ['presence_penalty', readPenalty],
  ['logit_bias', readNonEmptyObject],
  ['prediction', readNonEmptyObject],
  ['logprobs', readLogprobs],
  ['n', readChoiceCount],
  ['modalities', readModalities],
  [
    'audio',
    (_value, _draft, field) => {
      refuse(field, 'Spoken answers cannot be converted');
    },
  ],
]);

/** The older name of the limit: it counts only without the newer one. */
function readOldTokenLimit(value: Json, draft: RequestDraft, field: string): void {
  draft.request.max_tokens ??= asInteger(value, field, 1);
}

/** One text or a list of them (P73). */
function readStop(value: Json, draft: RequestDraft, field: string): void {
  const stops = typeof value === 'string' ? [value] : asList(value, field);
  const texts = stops.map((stop, index) => asString(stop, pathOf(field, index))).filter((stop) => stop !== '');
  if (texts.length > 0) draft.request.stop_sequences = texts;
}

const REASONING_KEYS = new Set(['effort', 'enabled', 'max_tokens']);

/** The reasoning object of aggregators (`clients.md` §2): an effort, a budget, or only on and off. */
function readReasoning(value: Json, draft: RequestDraft, field: string): void {
  const reasoning = asObject(value, field);
  reportUnknown(reasoning, REASONING_KEYS, field, draft.report);
  const isEnabled = readBoolean(reasoning, 'enabled', field);
  const budget = reasoning['max_tokens'] ?? undefined;
  if (isEnabled === false) {
    readEffort('none', draft, field);
  } else if (readString(reasoning, 'effort', field) !== undefined) {
    readEffort(reasoning['effort'] ?? null, draft, pathOf(field, 'effort'));
  } else if (budget !== undefined) {
    const tokens = asInteger(budget, pathOf(field, 'max_tokens'), 1);
    draft.request.thinking ??= { type: 'enabled', budget_tokens: tokens };
  } else if (isEnabled === true) {
    draft.request.thinking ??= { type: 'adaptive' };
  }
}

/** A penalty of 0 is none. */
function readPenalty(value: Json, draft: RequestDraft, field: string): void {
  const penalty = asNumber(value, field, -2, 2);
  if (penalty !== 0) draft.extra[field] = penalty;
}

function readNonEmptyObject(value: Json, draft: RequestDraft, field: string): void {
  const object = asObject(value, field);
  if (Object.keys(object).length > 0) draft.extra[field] = object;
}

function readLogprobs(value: Json, draft: RequestDraft, field: string): void {
  if (asBoolean(value, field)) draft.extra[field] = true;
}

function readChoiceCount(value: Json, draft: RequestDraft, field: string): void {
  const count = asInteger(value, field, 1);
  if (count > 1) draft.extra[field] = count;
}

/** Text is what every model gives. */
function readModalities(value: Json, _draft: RequestDraft, field: string): void {
  asList(value, field).forEach((modality, index) => {
    if (modality !== 'text') refuse(pathOf(field, index), 'Only text answers can be converted');
  });
}
