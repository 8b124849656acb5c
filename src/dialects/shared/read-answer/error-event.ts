import type { ErrorKind, GatewayError } from '../../../core/error.ts';
import type { StreamEvent } from '../../../core/event.ts';

/** Canonical names of what an upstream can fail with (`anthropic-surface.md` §10); any other kind is an `api_error`. */
const TYPES: Partial<Record<ErrorKind, string>> = {
  invalid_request: 'invalid_request_error',
  // Of the gateway's own credential: the reader of canonical events knows it by this type (P113).
  upstream_auth: 'authentication_error',
  permission: 'permission_error',
  billing: 'billing_error',
  not_found: 'not_found_error',
  too_large: 'request_too_large',
  rate_limited: 'rate_limit_error',
  timeout: 'timeout_error',
  overloaded: 'overloaded_error',
};

/** An upstream's failure as the last event of a canonical stream. */
export function errorEvent({ kind, message, code }: GatewayError): StreamEvent {
  const details = code === undefined ? {} : { details: { error_code: code } };
  return { type: 'error', error: { type: TYPES[kind] ?? 'api_error', message, ...details } };
}
