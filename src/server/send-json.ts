import type { Responder } from '../gateway/call.ts';

/** Answers with one JSON value. */
export function sendJson(
  responder: Responder,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  const body = Buffer.from(JSON.stringify(value));
  responder.begin(status, { 'content-type': 'application/json', 'content-length': String(body.length), ...headers });
  responder.end(body);
}
