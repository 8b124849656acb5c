import type { Json } from '../../core/json.ts';
import { asList, asObject, asString, pathOf, readString, refuse, reportUnknown, valueAt } from '../shared/fields.ts';
import { readEffort } from '../shared/read-request/read-effort.ts';
import { readOutputFormat } from '../shared/read-request/read-output-format.ts';
import { COMMON_SETTINGS, readElsewhere, readTokenLimit } from '../shared/read-request/read-settings.ts';
import type { FieldReader, RequestDraft } from '../shared/read-request/request-draft.ts';

/** Every field of a Responses body beside those of both formats: one row each (`translation.md` §1). */
export const SETTINGS: ReadonlyMap<string, FieldReader> = new Map([
  ...COMMON_SETTINGS,
  ['input', readElsewhere],
  ['instructions', readElsewhere],
  ['max_tool_calls', readElsewhere],
  // `checkRequest` let only those through that ask for nothing.
  ['background', readElsewhere],
  ['max_output_tokens', readTokenLimit],
  ['reasoning', readReasoning],
  ['text', readText],
  ['include', readInclude],
  ['truncation', readTruncation],
  ['context_management', readContextManagement],
  [
    'client_metadata',
    (_value, draft, field) => {
      draft.report({ code: 'metadata_dropped', field });
    },
  ],
]);

const REASONING_KEYS = new Set(['effort', 'summary', 'generate_summary', 'context', 'mode']);

/** What stands there without them, which says nothing. */
const REASONING_DEFAULTS = [
  ['context', 'auto'],
  ['mode', 'standard'],
] as const;

function readReasoning(value: Json, draft: RequestDraft, field: string): void {
  const reasoning = asObject(value, field);
  reportUnknown(reasoning, REASONING_KEYS, field, draft.report);
  const effort = valueAt(reasoning, 'effort');
  if (effort !== undefined) readEffort(effort, draft, pathOf(field, 'effort'));
  const summary = readString(reasoning, 'summary', field) ?? readString(reasoning, 'generate_summary', field);
  if (summary !== undefined) draft.extra['reasoning_summary'] = summary;
  for (const [key, usual] of REASONING_DEFAULTS) {
    if ((readString(reasoning, key, field) ?? usual) !== usual) {
      draft.report({ code: 'unknown_field', field: pathOf(field, key) });
    }
  }
}

const TEXT_KEYS = new Set(['format', 'verbosity']);

function readText(value: Json, draft: RequestDraft, field: string): void {
  const text = asObject(value, field);
  reportUnknown(text, TEXT_KEYS, field, draft.report);
  const format = valueAt(text, 'format');
  if (format !== undefined) readOutputFormat(format, draft, pathOf(field, 'format'));
  const verbosity = readString(text, 'verbosity', field);
  if (verbosity !== undefined) draft.extra['verbosity'] = verbosity;
}

/** What may be included in an answer: sealed reasoning is, token probabilities are asked for, the rest cannot be had. */
function readInclude(value: Json, draft: RequestDraft, field: string): void {
  asList(value, field).forEach((entry, index) => {
    const path = pathOf(field, index);
    const name = asString(entry, path);
    if (name === 'reasoning.encrypted_content') draft.extra[field] = [name];
    else if (name === 'message.output_text.logprobs') draft.extra['logprobs'] = true;
    else draft.report({ code: 'include_dropped', field: path });
  });
}

function readTruncation(value: Json, draft: RequestDraft, field: string): void {
  if (asString(value, field) !== 'disabled') draft.report({ code: 'truncation_dropped', field });
}

/** Compaction happens at the upstream, in a form that no other reads. */
function readContextManagement(value: Json, draft: RequestDraft, field: string): void {
  asList(value, field).forEach((entry, index) => {
    const path = pathOf(field, index);
    if (readString(asObject(entry, path), 'type', path) === 'compaction')
      refuse(path, 'Compaction cannot be converted');
    draft.report({ code: 'context_management_dropped', field: path });
  });
}
