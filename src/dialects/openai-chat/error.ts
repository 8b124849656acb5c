import type { GatewayError } from '../../core/error.ts';
import type { JsonObject } from '../../core/json.ts';
import { encodeFrame } from '../../framing/sse-frames.ts';
import { openAiErrorObject } from '../shared/errors/openai-error.ts';
import { openAiStreamError, parseOpenAiError } from '../shared/errors/openai-refusal.ts';

export { formatError } from '../shared/errors/openai-error.ts';

/** The error as the last event of a stream: no `[DONE]` follows (`translation.md` §10.2, P75). */
export function formatStreamError(error: GatewayError): Uint8Array {
  return encodeFrame({ event: '', data: JSON.stringify({ error: openAiErrorObject(error) }) });
}

/** What an upstream's refusal means. `headers` have lower-case names, `now` is Unix ms. */
export function parseError(
  status: number,
  headers: Record<string, string>,
  body: Uint8Array,
  now: number,
): GatewayError {
  return parseOpenAiError({ dialect: 'openai-chat', status, headers, body, now });
}

/** The error that a chunk or a body under a 200 carries (U9). */
export function streamErrorOf(data: JsonObject): GatewayError {
  return openAiStreamError('openai-chat', data);
}
