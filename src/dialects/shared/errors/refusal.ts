import type { DialectId } from '../../../core/dialect.ts';
import { type ErrorKind, GatewayError } from '../../../core/error.ts';
import { retryAfterSeconds } from '../../retry-after.ts';

/** A kind of error by the HTTP status of an upstream; others are told apart by hundreds. */
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

/** Kinds after which a wait makes sense (P125). */
const WAITING_KINDS: ReadonlySet<ErrorKind> = new Set(['rate_limited', 'overloaded']);

const SHOULD_RETRY = new Map([
  ['true', true],
  ['false', false],
]);

/** An upstream's answer that is not the one we asked for. */
export type RefusedAnswer = {
  dialect: DialectId;
  status: number;
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>;
  /** The upstream's own id of the request. */
  requestId: string | undefined;
  body: Uint8Array;
  /** Unix ms. */
  now: number;
};

/** What the body of a refusal says, as its dialect reads it. */
export type RefusalReason = {
  message: string;
  /** Where the body knows better than the status. */
  kind?: ErrorKind | undefined;
  /** HTTP status to answer with, where it differs from the kind's own. */
  status?: number | undefined;
  code?: string | undefined;
  field?: string | undefined;
  /** Seconds, where the body and not a header says it. */
  retryAfter?: number | undefined;
  /** The body may be shown to clients of its dialect as it is. */
  isShowable: boolean;
};

/**
 * What an upstream's refusal means to us, whatever dialect it speaks.
 * @param readReason reads the body; undefined for HTML, plain text and the like, whose text is never passed on (U13).
 */
export function refusalError(
  answer: RefusedAnswer,
  readReason: (body: Uint8Array) => RefusalReason | undefined,
): GatewayError {
  const { dialect, status, headers, requestId, body, now } = answer;
  const upstream = { status, requestId };
  const ofStatus = KIND_OF_STATUS[status] ?? (status >= 400 && status < 500 ? 'invalid_request' : 'upstream_error');
  if (ofStatus === 'upstream_auth') return credentialRefused(status, requestId);
  if (status < 400) {
    const message = `The upstream answered with HTTP ${status} instead of a message`;
    return new GatewayError('bad_upstream', message, { upstream });
  }
  const reason = readReason(body);
  const kind = reason?.kind ?? ofStatus;
  if (kind === 'upstream_auth') return credentialRefused(status, requestId);
  const details = {
    retryAfter: WAITING_KINDS.has(kind) ? (retryAfterSeconds(headers, now) ?? reason?.retryAfter) : undefined,
    shouldRetry: SHOULD_RETRY.get(headers['x-should-retry'] ?? ''),
  };
  if (!reason) {
    const message = `The upstream answered with HTTP ${status} and no readable error`;
    const own = kind === 'overloaded' ? { status } : {};
    return new GatewayError(kind, message, { ...details, ...own, upstream });
  }
  const { message, code, field, isShowable } = reason;
  const shown = isShowable ? { body, dialect } : {};
  return new GatewayError(kind, message, {
    ...details,
    status: reason.status,
    code,
    field,
    upstream: { ...upstream, ...shown },
  });
}

/** Its text can quote the credential, and a 401 would send the client to log in again (U14, P113). */
function credentialRefused(status: number, requestId: string | undefined): GatewayError {
  const message = 'The upstream did not accept the credential of this gateway';
  return new GatewayError('upstream_auth', message, { upstream: { status, requestId } });
}

/** Kinds that no retry can cure: the SDKs are told so (`clients.md` §4). */
const FINAL_KINDS: ReadonlySet<ErrorKind> = new Set(['authentication', 'billing', 'permission', 'not_found']);

/** The headers of an error in any dialect. */
export function errorHeaders(error: GatewayError): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (error.retryAfter !== undefined) headers['retry-after'] = String(error.retryAfter);
  const shouldRetry = error.shouldRetry ?? (FINAL_KINDS.has(error.kind) ? false : undefined);
  if (shouldRetry !== undefined) headers['x-should-retry'] = String(shouldRetry);
  return headers;
}
