import type { LossSink } from '../../../core/dialect.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../core/json.ts';
import { refuse } from '../fields.ts';

/** What a tool was called with: its canonical input, and the text as it was written (P115). */
export type Arguments = { input: JsonObject; extra?: JsonObject };

/**
 * The arguments of an earlier call. None at all is no input (P19); text that is no JSON object was spoiled by the model or
 * by a cut and goes on as text (P74, P90); some clients send the object itself (P119).
 * @throws GatewayError `invalid_request` when they are neither text nor an object.
 */
export function readArguments(value: Json | undefined, field: string, report: LossSink): Arguments {
  if (value === undefined || value === null) return { input: {} };
  if (isJsonObject(value)) return { input: value };
  if (typeof value !== 'string') refuse(field, 'Must be a string');
  if (value.trim() === '') return { input: {} };
  const input = parseOrUndefined(value);
  if (isJsonObject(input)) return { input, extra: { input_text: value } };
  report({ code: 'invalid_arguments_wrapped', field });
  return { input: { _raw: value } };
}

function parseOrUndefined(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
