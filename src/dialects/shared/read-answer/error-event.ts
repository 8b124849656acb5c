import { type ErrorKind, GatewayError } from '../../../core/error.ts';
import type { StreamEvent } from '../../../core/event.ts';
import { objectAt, stringAt } from '../../../core/json.ts';

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

/** What each canonical type stands for; a permission that is lacking is our credential's too. */
const KINDS: ReadonlyMap<string, ErrorKind> = new Map([
  ['invalid_request_error', 'invalid_request'],
  ['authentication_error', 'upstream_auth'],
  ['permission_error', 'upstream_auth'],
  ['billing_error', 'billing'],
  ['not_found_error', 'not_found'],
  ['request_too_large', 'too_large'],
  ['rate_limit_error', 'rate_limited'],
  ['timeout_error', 'timeout'],
  ['overloaded_error', 'overloaded'],
]);

/** The failure that ends a canonical stream; what the upstream says of our credential is not shown (U14). */
export function errorOfEvent({ error }: Extract<StreamEvent, { type: 'error' }>): GatewayError {
  const kind = KINDS.get(error.type) ?? 'upstream_error';
  if (kind === 'upstream_auth') {
    return new GatewayError(kind, 'The upstream did not accept the credential of this gateway');
  }
  return new GatewayError(kind, error.message, { code: stringAt(objectAt(error, 'details') ?? {}, 'error_code') });
}
