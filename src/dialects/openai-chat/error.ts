import type { WireResponse } from '../../core/dialect.ts';
import type { GatewayError } from '../../core/error.ts';

/** `error.type` and `error.code` by HTTP status; a status without a row is a `server_error` (`translation.md` §12). */
const TYPES: Readonly<Record<number, { type: string; code: string | null }>> = {
  400: { type: 'invalid_request_error', code: null },
  401: { type: 'invalid_request_error', code: 'invalid_api_key' },
  403: { type: 'invalid_request_error', code: null },
  404: { type: 'invalid_request_error', code: null },
  405: { type: 'invalid_request_error', code: null },
  413: { type: 'invalid_request_error', code: null },
  414: { type: 'invalid_request_error', code: null },
  429: { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
};

/** An error as OpenAI's clients read it. */
export function formatError(error: GatewayError): WireResponse {
  const { type, code } = TYPES[error.status] ?? { type: 'server_error', code: null };
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (error.retryAfter !== undefined) headers['retry-after'] = String(error.retryAfter);
  if (error.shouldRetry !== undefined) headers['x-should-retry'] = String(error.shouldRetry);
  const body = Buffer.from(JSON.stringify({ error: { message: error.message, type, param: null, code } }));
  return { status: error.status, headers, body };
}
