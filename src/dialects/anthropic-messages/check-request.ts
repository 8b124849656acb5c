import type { Operation, RequestPeek } from '../../core/dialect.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { refuse } from '../shared/fields.ts';
import { type Check, checkCount, checkObject, checkString, checkTyped, isCount, listOf } from './field-checks.ts';

/** Longest model name (`anthropic-surface.md` §4). */
const MAX_MODEL_LENGTH = 256;

/** Most turns in one request (`anthropic-surface.md` §3). */
const MAX_MESSAGES = 100_000;

const ROLES = new Set<Json | undefined>(['user', 'assistant', 'system']);

/**
 * What routing needs of a body.
 * @throws GatewayError `invalid_request` naming the field.
 */
export function peekRequest(body: JsonObject): RequestPeek {
  const { model, stream } = body;
  if (model === undefined) refuse('model', 'Field required');
  if (typeof model !== 'string') refuse('model', 'Input should be a valid string');
  if (model.length === 0) refuse('model', 'String should have at least 1 character');
  if (model.length > MAX_MODEL_LENGTH) refuse('model', `String should have at most ${MAX_MODEL_LENGTH} characters`);
  if (stream !== undefined && stream !== null && typeof stream !== 'boolean') {
    refuse('stream', 'Input should be a valid boolean');
  }
  return { model, stream: stream === true };
}

/**
 * Checks the types that every model and version of the API agree on; values, unknown fields, blocks and tools are the
 * upstream's to judge (`anthropic-surface.md` §4, §13).
 * @throws GatewayError `invalid_request` naming the field.
 */
export function checkRequest(body: JsonObject, operation: Operation): void {
  peekRequest(body);
  if (operation === 'generate') checkMaxTokens(body['max_tokens']);
  checkMessages(body['messages']);
  for (const [field, check] of Object.entries(OPTIONAL_FIELDS)) {
    const value = body[field];
    if (value !== undefined && value !== null) check(value, field);
  }
}

const OPTIONAL_FIELDS: Readonly<Record<string, Check>> = {
  system: checkText,
  temperature: checkUnitRange,
  top_p: checkUnitRange,
  top_k: checkCount,
  stop_sequences: listOf(checkString),
  tools: listOf(checkObject),
  tool_choice: checkTyped,
  thinking: checkTyped,
  metadata: (value, path) => {
    const { user_id } = checkObject(value, path);
    if (user_id !== undefined && user_id !== null) checkString(user_id, `${path}.user_id`);
  },
};

function checkMessages(value: Json | undefined): void {
  if (value === undefined) refuse('messages', 'Field required');
  if (!Array.isArray(value)) refuse('messages', 'Input should be a valid list');
  if (value.length === 0) refuse('messages', 'at least one message is required');
  if (value.length > MAX_MESSAGES) refuse('messages', `List should have at most ${MAX_MESSAGES} items`);
  value.forEach(checkMessage);
}

function checkMessage(value: Json, index: number): void {
  const path = `messages.${index}`;
  const { role, content } = checkObject(value, path);
  if (role === undefined) refuse(`${path}.role`, 'Field required');
  if (!ROLES.has(role)) refuse(`${path}.role`, "Input should be 'user', 'assistant' or 'system'");
  if (content === undefined) refuse(`${path}.content`, 'Field required');
  checkText(content, `${path}.content`);
}

/** Text as the API takes it everywhere: a string, or a list of typed blocks. */
function checkText(value: Json, path: string): void {
  if (typeof value === 'string') return;
  if (!Array.isArray(value)) refuse(path, 'Input should be a valid string or list');
  listOf(checkTyped)(value, path);
}

function checkUnitRange(value: Json, path: string): void {
  if (typeof value !== 'number') refuse(path, 'Input should be a valid number');
  if (!(value >= 0 && value <= 1)) refuse(path, 'Input should be between 0 and 1');
}

function checkMaxTokens(value: Json | undefined): void {
  if (value === undefined) refuse('max_tokens', 'Field required');
  if (!Number.isSafeInteger(value)) refuse('max_tokens', 'Input should be a valid integer');
  if (!isCount(value)) refuse('max_tokens', 'Input should be greater than or equal to 0');
}
