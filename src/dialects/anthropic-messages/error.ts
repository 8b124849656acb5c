import type { DialectId, WireResponse } from '../../core/dialect.ts';
import type { GatewayError } from '../../core/error.ts';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '../../core/json.ts';
import { encodeFrame } from '../../framing/sse-frames.ts';
import { spliceJson } from '../json-splice.ts';
import { errorHeaders, refusalError } from '../shared/errors/refusal.ts';
import { ERROR_TYPES, STATUS_OF_ERROR_TYPE } from './wire.ts';

/** Whose bodies may be shown to our clients as they are. */
const DIALECT = 'anthropic-messages' satisfies DialectId;

/** The error as a whole answer: an upstream's own body keeps its bytes but for the request id (law Relay). */
export function formatError(error: GatewayError, requestId: string): WireResponse {
  const { upstream } = error;
  const body =
    upstream?.body && upstream.dialect === DIALECT
      ? spliceJson(upstream.body, [{ path: ['request_id'], value: requestId }])
      : Buffer.from(JSON.stringify(errorObject(error, requestId)));
  return { status: error.status, headers: errorHeaders(error), body };
}

/** The error as the last event of a stream. */
export function formatStreamError(error: GatewayError, requestId: string): Uint8Array {
  return encodeFrame({ event: 'error', data: JSON.stringify(errorObject(error, requestId)) });
}

function errorObject(error: GatewayError, requestId: string): JsonObject {
  const type = ERROR_TYPES[error.status] ?? 'api_error';
  const details = error.code === undefined ? {} : { details: detailsOf(error.code, error.field) };
  return { type: 'error', error: { type, message: error.message, ...details }, request_id: requestId };
}

/** What a program acts on; a refused feature is also listed, since the SDK's thread runner looks for it there (`clients.md` §5.2). */
function detailsOf(code: string, field: string | undefined): JsonObject {
  const isUnsupported = code.endsWith('_unsupported_request') && field !== undefined;
  return { error_code: code, ...(isUnsupported && { unsupported: [field] }) };
}

/** What an upstream's refusal means. `headers` have lower-case names. */
export function parseError(
  status: number,
  headers: Record<string, string>,
  body: Uint8Array,
  now: number,
): GatewayError {
  const requestId = headers['request-id'];
  return refusalError({ dialect: DIALECT, status, headers, requestId, body, now }, (bytes) => {
    const error = errorIn(bytes);
    if (!error) return undefined;
    const message = stringAt(error, 'message') ?? '';
    const code = stringAt(objectAt(error, 'details') ?? {}, 'error_code');
    return { message, status, code, field: status === 404 ? modelField(message) : undefined, isShowable: true };
  });
}

/** A model that the upstream does not know is named so: `model: claude-nowhere`; OpenAI's clients have a code for it. */
function modelField(message: string): string | undefined {
  return message.startsWith('model:') ? 'model' : undefined;
}

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
