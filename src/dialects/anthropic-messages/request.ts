import type { Loss, Operation, RequestPeek } from '../../core/dialect.ts';
import { GatewayError } from '../../core/error.ts';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { MessagesRequest } from '../../core/message.ts';

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
 * upstream's to judge (`anthropic-surface.md` §4, §13). The request is the body itself: nothing is rebuilt.
 * @throws GatewayError `invalid_request` naming the field.
 */
export function parseRequest(body: JsonObject, operation: Operation): { request: MessagesRequest; losses: Loss[] } {
  peekRequest(body);
  if (operation === 'generate') checkMaxTokens(body['max_tokens']);
  checkMessages(body['messages']);
  for (const [field, check] of Object.entries(OPTIONAL_FIELDS)) {
    const value = body[field];
    if (value !== undefined && value !== null) check(value, field);
  }
  assertRequest(body);
  return { request: body, losses: [] };
}

/** Every field of the type has been looked at by `parseRequest`; `count_tokens` goes without `max_tokens`. */
function assertRequest(_body: JsonObject): asserts _body is MessagesRequest {}

type Check = (value: Json, path: string) => void;

const OPTIONAL_FIELDS: Readonly<Record<string, Check>> = {
  system: checkText,
  temperature: checkUnitRange,
  top_p: checkUnitRange,
  top_k: (value, path) => {
    if (!isCount(value)) refuse(path, 'Input should be a valid integer greater than or equal to 0');
  },
  stop_sequences: (value, path) => {
    if (!Array.isArray(value)) refuse(path, 'Input should be a valid list');
    value.forEach((entry, index) => {
      if (typeof entry !== 'string') refuse(`${path}.${index}`, 'Input should be a valid string');
    });
  },
  tools: (value, path) => {
    if (!Array.isArray(value)) refuse(path, 'Input should be a valid list');
    value.forEach((tool, index) => {
      checkObject(tool, `${path}.${index}`);
    });
  },
  tool_choice: checkTyped,
  thinking: checkTyped,
  metadata: (value, path) => {
    const { user_id } = checkObject(value, path);
    if (user_id !== undefined && user_id !== null && typeof user_id !== 'string') {
      refuse(`${path}.user_id`, 'Input should be a valid string');
    }
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
  value.forEach((block, index) => {
    checkTyped(block, `${path}.${index}`);
  });
}

function checkTyped(value: Json, path: string): void {
  const { type } = checkObject(value, path);
  if (type === undefined) refuse(`${path}.type`, 'Field required');
  if (typeof type !== 'string') refuse(`${path}.type`, 'Input should be a valid string');
}

function checkObject(value: Json, path: string): JsonObject {
  if (!isJsonObject(value)) refuse(path, 'Input should be a valid dictionary');
  return value;
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

function isCount(value: Json): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function refuse(path: string, problem: string): never {
  throw new GatewayError('invalid_request', `${path}: ${problem}`);
}
