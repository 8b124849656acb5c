import type { WireResponse } from '../../core/dialect.ts';
import { type ErrorKind, GatewayError, type GatewayErrorDetails } from '../../core/error.ts';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '../../core/json.ts';
import { encodeFrame } from '../../framing/sse-frames.ts';
import { spliceJson } from '../json-splice.ts';
import { retryAfterSeconds } from '../retry-after.ts';
import { ERROR_TYPES, STATUS_OF_ERROR_TYPE } from './wire.ts';

/** Kinds that no retry can cure: the SDKs are told so (`clients.md` §4). */
const FINAL_KINDS: ReadonlySet<ErrorKind> = new Set(['authentication', 'billing', 'permission', 'not_found']);

/** The error as a whole answer: an upstream's own body keeps its bytes but for the request id (law Relay). */
export function formatError(error: GatewayError, requestId: string): WireResponse {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (error.retryAfter !== undefined) headers['retry-after'] = String(error.retryAfter);
  const shouldRetry = error.shouldRetry ?? (FINAL_KINDS.has(error.kind) ? false : undefined);
  if (shouldRetry !== undefined) headers['x-should-retry'] = String(shouldRetry);
  const body = error.upstream?.body
    ? spliceJson(error.upstream.body, [{ path: ['request_id'], value: requestId }])
    : Buffer.from(JSON.stringify(errorObject(error, requestId)));
  return { status: error.status, headers, body };
}

/** The error as the last event of a stream. */
export function formatStreamError(error: GatewayError, requestId: string): Uint8Array {
  return encodeFrame({ event: 'error', data: JSON.stringify(errorObject(error, requestId)) });
}

function errorObject(error: GatewayError, requestId: string): JsonObject {
  const type = ERROR_TYPES[error.status] ?? 'api_error';
  const details = error.code === undefined ? {} : { details: { error_code: error.code } };
  return { type: 'error', error: { type, message: error.message, ...details }, request_id: requestId };
}

/** Which kind an upstream's status is; others are told apart by hundreds. */
const KIND_OF_STATUS: Readonly<Record<number, ErrorKind>> = {
  400: 'invalid_request',
  401: 'upstream_auth',
  402: 'billing',
  403: 'upstream_auth',
  404: 'not_found',
  408: 'timeout',
  413: 'too_large',
  429: 'rate_limited',
  503: 'overloaded',
  504: 'timeout',
  529: 'overloaded',
};

/** What an upstream's refusal means. `headers` have lower-case names. */
export function parseError(
  status: number,
  headers: Record<string, string>,
  body: Uint8Array,
  now: number,
): GatewayError {
  const kind = KIND_OF_STATUS[status] ?? (status >= 400 && status < 500 ? 'invalid_request' : 'upstream_error');
  const requestId = headers['request-id'];
  if (kind === 'upstream_auth') {
    // Its text can quote the credential, and a 401 would send the client to log in again (U14, P113).
    const message = 'The upstream did not accept the credential of this gateway';
    return new GatewayError(kind, message, { upstream: { status, requestId } });
  }
  if (status < 400) {
    const message = `The upstream answered with HTTP ${status} instead of a message`;
    return new GatewayError('bad_upstream', message, { upstream: { status, requestId } });
  }
  const details: GatewayErrorDetails = {
    retryAfter: kind === 'rate_limited' || kind === 'overloaded' ? retryAfterSeconds(headers, now) : undefined,
    shouldRetry: SHOULD_RETRY.get(headers['x-should-retry'] ?? ''),
  };
  const error = errorIn(body);
  if (!error) {
    const message = `The upstream answered with HTTP ${status} and no readable error`;
    const own = kind === 'overloaded' ? { status } : {};
    return new GatewayError(kind, message, { ...details, ...own, upstream: { status, requestId } });
  }
  return new GatewayError(kind, stringAt(error, 'message') ?? '', {
    ...details,
    status,
    upstream: { status, requestId, body },
  });
}

const SHOULD_RETRY = new Map([
  ['true', true],
  ['false', false],
]);

const DECODER = new TextDecoder('utf-8', { fatal: true });

/** The `error` object of a body in Anthropic's shape; undefined for HTML, plain text, or another vendor's shape. */
function errorIn(body: Uint8Array): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(DECODER.decode(body));
    if (!isJsonObject(value) || value['type'] !== 'error') return undefined;
    const error = objectAt(value, 'error');
    return error && typeof error['type'] === 'string' ? error : undefined;
  } catch {
    return undefined;
  }
}

/** The error that an `error` event or a body under a 200 carries, under the status it should have had (U9). */
export function streamErrorOf(data: JsonObject): GatewayError {
  const error = objectAt(data, 'error') ?? {};
  const status = STATUS_OF_ERROR_TYPE.get(stringAt(error, 'type') ?? '') ?? 500;
  const body = Buffer.from(JSON.stringify(data));
  return parseError(status, {}, body, 0);
}
