import { type Json, objectAt } from '../../../core/json.ts';
import { asObject, pathOf, readBoolean, readObject, readString, refuse, reportUnknown } from '../fields.ts';
import type { RequestDraft } from './request-draft.ts';

const JSON_SCHEMA_KEYS = new Set(['type', 'name', 'description', 'schema', 'strict']);

/**
 * Takes the form that the answer must have: Chat's `response_format`, whose schema is wrapped once more, or `text.format` of
 * Responses (`translation.md` §4).
 * @throws GatewayError `invalid_request` for a form other than text, JSON, and JSON of a schema.
 */
export function readOutputFormat(value: Json, draft: RequestDraft, field: string): void {
  const format = asObject(value, field);
  const type = readString(format, 'type', field);
  if (type === 'text') return;
  if (type === 'json_object') {
    draft.extra['json_object'] = true;
    return;
  }
  if (type !== 'json_schema') refuse(pathOf(field, 'type'), 'Must be one of text, json_object, json_schema');
  const wrapped = objectAt(format, 'json_schema');
  const path = wrapped === undefined ? field : pathOf(field, 'json_schema');
  const definition = wrapped ?? format;
  reportUnknown(definition, JSON_SCHEMA_KEYS, path, draft.report);
  const schema = readObject(definition, 'schema', path);
  if (schema === undefined) refuse(pathOf(path, 'schema'), 'Missing required parameter');
  draft.request.output_config = { ...draft.request.output_config, format: { type: 'json_schema', schema } };
  const name = readString(definition, 'name', path);
  const description = readString(definition, 'description', path);
  const strict = readBoolean(definition, 'strict', path);
  if (name !== undefined) draft.extra['schema_name'] = name;
  if (description !== undefined) draft.extra['schema_description'] = description;
  if (strict !== undefined) draft.extra['schema_strict'] = strict;
}
