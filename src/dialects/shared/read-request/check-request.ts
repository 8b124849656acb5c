import type { RequestPeek } from '../../../core/dialect.ts';
import type { Json, JsonObject } from '../../../core/json.ts';
import { asBoolean, asInteger, asObject, asString, pathOf, readString, refuse, valueAt } from '../fields.ts';

/** Longest model name, as in the Messages API. */
const MAX_MODEL_LENGTH = 256;

/**
 * What routing needs of a body in either OpenAI format.
 * @throws GatewayError `invalid_request` naming the field.
 */
export function peekRequest(body: JsonObject): RequestPeek {
  const model = readString(body, 'model', '');
  if (model === undefined) refuse('model', 'Missing required parameter');
  if (model.length === 0 || model.length > MAX_MODEL_LENGTH) {
    refuse('model', `Must have 1 to ${MAX_MODEL_LENGTH} characters`);
  }
  const stream = valueAt(body, 'stream');
  return { model, stream: stream !== undefined && asBoolean(stream, 'stream') };
}

/**
 * Checks what every request of either format has beside its conversation: the rest is the upstream's to judge.
 * @throws GatewayError `invalid_request` naming the field.
 */
export function checkEnvelope(body: JsonObject, tokenLimits: readonly string[]): void {
  peekRequest(body);
  for (const key of tokenLimits) {
    const limit = valueAt(body, key);
    if (limit !== undefined) asInteger(limit, key, 0);
  }
  const streamOptions = valueAt(body, 'stream_options');
  if (streamOptions !== undefined) asObject(streamOptions, 'stream_options');
}

/**
 * Checks that a message has a role of the format and content in one of its forms: text, a list of typed parts, or none.
 * @throws GatewayError `invalid_request` naming the field.
 */
export function checkMessage(message: JsonObject, field: string, roles: ReadonlySet<string>): void {
  const role = readString(message, 'role', field);
  if (role === undefined) refuse(pathOf(field, 'role'), 'Missing required parameter');
  if (!roles.has(role)) refuse(pathOf(field, 'role'), `Must be one of ${[...roles].join(', ')}`);
  const content = valueAt(message, 'content');
  if (content !== undefined) checkContent(content, pathOf(field, 'content'));
}

function checkContent(content: Json, field: string): void {
  if (typeof content === 'string') return;
  if (!Array.isArray(content)) refuse(field, 'Must be a string or a list of parts');
  content.forEach((part, index) => {
    const path = pathOf(field, index);
    asString(asObject(part, path)['type'] ?? null, pathOf(path, 'type'));
  });
}
