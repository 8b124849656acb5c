import type { JsonObject } from '../core/json.ts';
import type { RequestRefused } from './refusal.ts';

/** The body of a refusal; `error.details` only where there are some (`anthropic-surface.md` §10). */
export function errorBody(refusal: RequestRefused, requestId: string): Buffer {
  const { type, message, details } = refusal;
  const error: JsonObject = { type, message, ...(details && { details }) };
  return Buffer.from(JSON.stringify({ type: 'error', error, request_id: requestId }));
}
