import type { JsonObject } from '../core/json.ts';

/** A request that the API refuses, as the body and status of the answer say it (`anthropic-surface.md` §10). */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';
  readonly status: number;
  /** `error.type` of the body. */
  readonly type: string;
  readonly details: JsonObject | undefined;
  /** Seconds. */
  readonly retryAfter: number | undefined;

  constructor(status: number, type: string, message: string, more: { details?: JsonObject; retryAfter?: number } = {}) {
    super(message);
    this.status = status;
    this.type = type;
    this.details = more.details;
    this.retryAfter = more.retryAfter;
  }
}

/** A 400 that names the field at `path`, such as `messages.0.content`; an empty path gives the bare message. */
export function invalid(path: string, message: string, details?: JsonObject): RequestRefused {
  const text = path === '' ? message : `${path}: ${message}`;
  return new RequestRefused(400, 'invalid_request_error', text, details && { details });
}
