/** What went wrong, as the gateway sees it; every failure that can reach a client is one of these. */
export type ErrorKind =
  | 'invalid_request'
  | 'authentication'
  | 'billing'
  | 'permission'
  | 'not_found'
  | 'method_not_allowed'
  | 'request_timeout'
  | 'too_large'
  | 'unsupported_media'
  | 'uri_too_long'
  | 'upgrade_required'
  | 'headers_too_large'
  | 'rate_limited'
  | 'overloaded'
  | 'unavailable'
  | 'timeout'
  | 'unreachable'
  | 'bad_upstream'
  | 'upstream_auth'
  | 'upstream_error'
  | 'aborted'
  | 'hedged_out'
  | 'shutting_down'
  | 'internal';

/** How each kind is answered: HTTP status, and whether another attempt elsewhere may succeed. */
export const ERROR_KINDS: Record<ErrorKind, { status: number; retryable: boolean }> = {
  invalid_request: { status: 400, retryable: false },
  authentication: { status: 401, retryable: false },
  billing: { status: 402, retryable: false },
  permission: { status: 403, retryable: false },
  not_found: { status: 404, retryable: false },
  method_not_allowed: { status: 405, retryable: false },
  request_timeout: { status: 408, retryable: false },
  too_large: { status: 413, retryable: false },
  unsupported_media: { status: 415, retryable: false },
  uri_too_long: { status: 414, retryable: false },
  upgrade_required: { status: 426, retryable: false },
  headers_too_large: { status: 431, retryable: false },
  rate_limited: { status: 429, retryable: true },
  overloaded: { status: 529, retryable: true },
  unavailable: { status: 503, retryable: true },
  timeout: { status: 504, retryable: true },
  unreachable: { status: 502, retryable: true },
  bad_upstream: { status: 502, retryable: true },
  upstream_auth: { status: 502, retryable: true },
  upstream_error: { status: 502, retryable: true },
  aborted: { status: 499, retryable: false },
  // Another attempt of the same request had its content first; no client is ever told.
  hedged_out: { status: 499, retryable: false },
  shutting_down: { status: 503, retryable: true },
  internal: { status: 500, retryable: false },
};

/** What an upstream answered when it refused: kept whole so that relay can pass it on unchanged. */
export type UpstreamFailure = {
  status: number;
  /** The upstream's own request id; for the ledger, never for the client. */
  requestId?: string | undefined;
  /** The body as received, when it is in the error shape of `dialect` and may be shown to its clients. */
  body?: Uint8Array | undefined;
  dialect?: string | undefined;
};

/** The details of a `GatewayError` beside its kind and message. */
export type GatewayErrorDetails = {
  /** HTTP status, where it differs from the kind's own. */
  status?: number | undefined;
  /** Whether another target may be tried; the kind's own default otherwise. */
  retryable?: boolean | undefined;
  /** Seconds after which a retry makes sense. */
  retryAfter?: number | undefined;
  /** Whether the client should retry at all; sent as `x-should-retry`. */
  shouldRetry?: boolean | undefined;
  /** A code that programs can act on; `error.details.error_code` in Anthropic's shape (`anthropic-surface.md` §10). */
  code?: string | undefined;
  /** The field of the request that is to blame; OpenAI's `error.param`. */
  field?: string | undefined;
  upstream?: UpstreamFailure | undefined;
  cause?: unknown;
};

/**
 * The one error class of the data plane. `message` is safe to show to a client; `cause` is not. It has no stack, which costs more
 * than all else of a refusal: most are answers to a client, and of a fault of our own the cause has one.
 */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly kind: ErrorKind;
  readonly status: number;
  readonly retryable: boolean;
  readonly retryAfter: number | undefined;
  readonly shouldRetry: boolean | undefined;
  readonly code: string | undefined;
  readonly field: string | undefined;
  readonly upstream: UpstreamFailure | undefined;

  constructor(kind: ErrorKind, message: string, details: GatewayErrorDetails = {}) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message, { cause: details.cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.kind = kind;
    this.status = details.status ?? ERROR_KINDS[kind].status;
    this.retryable = details.retryable ?? ERROR_KINDS[kind].retryable;
    this.retryAfter = details.retryAfter;
    this.shouldRetry = details.shouldRetry;
    this.code = details.code;
    this.field = details.field;
    this.upstream = details.upstream;
  }
}

/** Any thrown value as a `GatewayError`; what we did not throw ourselves becomes `internal` with a text that says nothing. */
export function toGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  return new GatewayError('internal', 'Internal server error', { cause: thrown });
}
