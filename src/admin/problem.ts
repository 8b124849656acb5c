/** A field that is wrong, and how. */
export type FieldProblem = { field: string; message: string };

/** The codes of failures that the admin API answers, with status and title (RFC 9457). */
export const PROBLEMS = {
  invalid_request: [400, 'The request is not valid'],
  not_signed_in: [401, 'Sign in first'],
  setup_needed: [401, 'The first owner is still to be made'],
  sign_in_failed: [401, 'E-mail address or password is wrong'],
  code_needed: [401, 'A code of your authenticator is needed'],
  forbidden: [403, 'Your role does not allow this'],
  forged_request: [403, 'The request does not come from the console'],
  not_found: [404, 'Not found'],
  method_not_allowed: [405, 'Method not allowed'],
  conflict: [409, 'This conflicts with what is there'],
  gone: [410, 'This has been used up'],
  precondition_failed: [412, 'This has been changed since you looked at it'],
  too_large: [413, 'The request is too large'],
  unsupported_media: [415, 'The request must be JSON'],
  key_reused: [422, 'This idempotency key came with another request'],
  too_many_tries: [429, 'Too many tries'],
  internal: [500, 'Something went wrong here'],
  busy: [503, 'Too many sign in at this moment'],
  unavailable: [503, 'The store does not answer'],
} as const satisfies Record<string, readonly [number, string]>;

/** One of the codes. */
export type ProblemCode = keyof typeof PROBLEMS;

/** A failure that the caller is told of; `message` is safe to show. */
export class AdminError extends Error {
  override readonly name = 'AdminError';
  readonly code: ProblemCode;
  readonly errors: readonly FieldProblem[];
  /** In seconds. */
  readonly retryAfter: number | undefined;

  constructor(
    code: ProblemCode,
    message?: string,
    { errors = [], retryAfter }: { errors?: readonly FieldProblem[]; retryAfter?: number } = {},
  ) {
    super(message ?? PROBLEMS[code][1]);
    this.code = code;
    this.errors = errors;
    this.retryAfter = retryAfter;
  }
}

/** A failure as problem details (`application/problem+json`). */
export function problemResponse(error: AdminError, requestId: string): Response {
  const [status, title] = PROBLEMS[error.code];
  const problem = {
    type: 'about:blank',
    title,
    status,
    code: error.code,
    detail: error.message,
    ...(error.errors.length > 0 && { errors: error.errors }),
    request_id: requestId,
  };
  const headers = new Headers({ 'content-type': 'application/problem+json' });
  if (error.retryAfter !== undefined) headers.set('retry-after', String(error.retryAfter));
  return Response.json(problem, { status, headers });
}
