import type { StreamEvent } from '../core/event.ts';
import type { JsonObject } from '../core/json.ts';
import type { RequestRefused } from './refusal.ts';

/** The bytes of answers (`anthropic-surface.md` §9, §10). */

/** One event as it goes over the wire: named, and with its JSON on one line. */
export function toFrame(event: StreamEvent): Buffer {
  const { type, ...rest } = event;
  const { extra, ...payload } = 'extra' in rest ? rest : { ...rest, extra: {} };
  return Buffer.from(`event: ${type}\ndata: ${JSON.stringify({ type, ...payload, ...extra })}\n\n`);
}

/** The body of a refusal; `error.details` only where there are some. */
export function errorBody(refusal: RequestRefused, requestId: string): Buffer {
  const { type, message, details } = refusal;
  const error: JsonObject = { type, message, ...(details && { details }) };
  return Buffer.from(JSON.stringify({ type: 'error', error, request_id: requestId }));
}
