import type { DialectId } from '../../../core/dialect.ts';
import type { ErrorKind, GatewayError } from '../../../core/error.ts';
import { isJsonObject, type Json, type JsonObject, numberAt, objectAt, stringAt } from '../../../core/json.ts';
import { CONTEXT_LENGTH_CODE, isContextLengthError, promptTooLong } from './context-length.ts';
import { rateLimitReset, retryDelay } from './rate-limit-reset.ts';
import { type RefusalReason, type RefusedAnswer, refusalError } from './refusal.ts';

/** Words of `error.code` and `error.type`, OpenAI's and its compatibles', that say more than an HTTP status. */
const KIND_OF_WORD: Readonly<Record<string, ErrorKind>> = {
  insufficient_quota: 'billing',
  billing_hard_limit_reached: 'billing',
  billing_not_active: 'billing',
  exceeded_current_quota_error: 'billing',
  invalid_api_key: 'upstream_auth',
  authentication_error: 'upstream_auth',
  permission_error: 'upstream_auth',
  rate_limit_exceeded: 'rate_limited',
  rate_limit_error: 'rate_limited',
  overloaded: 'overloaded',
  overloaded_error: 'overloaded',
  server_is_overloaded: 'overloaded',
  slow_down: 'overloaded',
  engine_overloaded_error: 'overloaded',
  model_not_found: 'not_found',
  not_found_error: 'not_found',
  invalid_prompt: 'invalid_request',
  invalid_request_error: 'invalid_request',
};

/** Words that count whatever the status is; the others only where there is no status (U9). */
const OUTRANK_STATUS: ReadonlySet<ErrorKind> = new Set(['billing']);

/** Statuses under which a prompt can be too long. */
const CONTEXT_STATUSES: ReadonlySet<number> = new Set([400, 413, 422, 500]);

/**
 * What the refusal of an upstream that speaks one of OpenAI's formats means: OpenAI's own body, the vendors' variants of it,
 * lists and bare strings (`translation.md` §12).
 */
export function parseOpenAiError(answer: Omit<RefusedAnswer, 'requestId'>): GatewayError {
  const { status, headers, now } = answer;
  const requestId = headers['x-request-id'];
  return refusalError({ ...answer, requestId }, (body) => {
    const error = errorIn(parsed(body));
    if (!error) return undefined;
    const reason = reasonOf(error, status);
    return { ...reason, retryAfter: retryDelay(error.fields) ?? rateLimitReset(headers, now) };
  });
}

/**
 * The error that an event of a stream or a body under a 200 carries, under the status it should have had (U9). It is told anew:
 * such errors lack the fields that clients look for in a body of its own.
 */
export function openAiStreamError(dialect: DialectId, data: JsonObject): GatewayError {
  const error = errorIn(data);
  const status = statusOf(error?.fields ?? {});
  return refusalError(
    { dialect, status, headers: {}, requestId: undefined, body: NO_BODY, now: 0 },
    () => error && { ...reasonOf(error, status), isShowable: false },
  );
}

const NO_BODY = new Uint8Array(0);

/** An error has words, even where the upstream found none. */
const NO_MESSAGE = 'The upstream reported an error';

/** An error as far as vendors agree on one. */
type WireError = { message: string; fields: JsonObject; isShowable: boolean };

function errorIn(body: Json | undefined): WireError | undefined {
  if (typeof body === 'string') return { message: body || NO_MESSAGE, fields: {}, isShowable: false };
  if (Array.isArray(body)) {
    const first = errorIn(body[0]);
    return first && { ...first, isShowable: false };
  }
  if (!isJsonObject(body)) return undefined;
  const { error, detail } = body;
  if (isJsonObject(error)) {
    const message = stringAt(error, 'message');
    return { message: message || NO_MESSAGE, fields: error, isShowable: message !== undefined };
  }
  const message = [error, body['message'], detail].find((value) => typeof value === 'string');
  if (typeof message === 'string') return { message: message || NO_MESSAGE, fields: body, isShowable: false };
  return Array.isArray(detail) ? { message: JSON.stringify(detail), fields: {}, isShowable: false } : undefined;
}

function reasonOf({ message, fields, isShowable }: WireError, status: number): RefusalReason {
  const words = wordsOf(fields);
  // A router puts what its own upstream said beside its own message.
  const raw = objectAt(fields, 'metadata')?.['raw'];
  const text = typeof raw === 'string' ? `${message} ${raw}` : message;
  if (CONTEXT_STATUSES.has(status) && isContextLengthError(words, text)) {
    return { message: promptTooLong(message), kind: 'invalid_request', code: CONTEXT_LENGTH_CODE, isShowable };
  }
  const kind = kindOfWords(words);
  return {
    message,
    kind: kind && OUTRANK_STATUS.has(kind) ? kind : undefined,
    code: stringAt(fields, 'code'),
    field: stringAt(fields, 'param'),
    isShowable,
  };
}

function wordsOf(fields: JsonObject): string[] {
  return [stringAt(fields, 'code'), stringAt(fields, 'type')].flatMap((word) => word ?? []);
}

function kindOfWords(words: readonly string[]): ErrorKind | undefined {
  const word = words.find((each) => Object.hasOwn(KIND_OF_WORD, each));
  return word === undefined ? undefined : KIND_OF_WORD[word];
}

/** The HTTP status under which OpenAI answers each kind that words can say. */
const STATUS_OF_KIND: Partial<Record<ErrorKind, number>> = {
  billing: 429,
  upstream_auth: 401,
  rate_limited: 429,
  overloaded: 503,
  not_found: 404,
  invalid_request: 400,
};

/** Routers and vLLM give the status as a number; the others say it in words. */
function statusOf(fields: JsonObject): number {
  const given = numberAt(fields, 'code') ?? numberAt(fields, 'status');
  if (given !== undefined && Number.isInteger(given) && given >= 400 && given <= 599) return given;
  const words = wordsOf(fields);
  if (isContextLengthError(words, '')) return 400;
  const kind = kindOfWords(words);
  return (kind && STATUS_OF_KIND[kind]) ?? 500;
}

const DECODER = new TextDecoder('utf-8', { fatal: true });

function parsed(body: Uint8Array): Json | undefined {
  try {
    return JSON.parse(DECODER.decode(body));
  } catch {
    return undefined;
  }
}
