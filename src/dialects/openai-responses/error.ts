import type { GatewayError } from '../../core/error.ts';
import { type JsonObject, objectAt, stringAt } from '../../core/json.ts';
import { encodeFrame } from '../../framing/sse-frames.ts';
import { openAiErrorObject } from '../shared/errors/openai-error.ts';
import { openAiStreamError, parseOpenAiError } from '../shared/errors/openai-refusal.ts';

export { formatError } from '../shared/errors/openai-error.ts';

/** A response that failed: where its stream stood, as far as it had begun. */
export type FailedResponse = { id: string; createdAt: number; model: string; sequenceNumber: number };

/** The error as the only event of a stream. */
export function formatStreamError(error: GatewayError, requestId: string): Uint8Array {
  return formatFailure(error, { id: responseIdOf(requestId), createdAt: 0, model: '', sequenceNumber: 0 });
}

/** The id of a response that never got one of its own. */
export function responseIdOf(requestId: string): string {
  return requestId.replace(/^(?:req_)?/, 'resp_');
}

/** The error as the last event of a response: every stream has one that ends it (P111). */
export function formatFailure(
  error: GatewayError,
  { id, createdAt, model, sequenceNumber }: FailedResponse,
): Uint8Array {
  const response = {
    id,
    object: 'response',
    created_at: createdAt,
    status: 'failed',
    error: responseErrorOf(error),
    incomplete_details: null,
    model,
    output: [],
    usage: null,
  };
  const type = 'response.failed';
  return encodeFrame({ event: type, data: JSON.stringify({ type, sequence_number: sequenceNumber, response }) });
}

/** The `error` of a response object: its code is never null. */
export function responseErrorOf(error: GatewayError): { code: string; message: string } {
  const { code, type, message } = openAiErrorObject(error);
  return { code: code ?? (typeof type === 'string' ? type : 'server_error'), message };
}

/** What an upstream's refusal means. `headers` have lower-case names, `now` is Unix ms. */
export function parseError(
  status: number,
  headers: Record<string, string>,
  body: Uint8Array,
  now: number,
): GatewayError {
  return parseOpenAiError({ dialect: 'openai-responses', status, headers, body, now });
}

/** The error that an event or a body under a 200 carries: an `error` object, a failed response, or an event that is one (U9). */
export function streamErrorOf(data: JsonObject): GatewayError {
  const response = objectAt(data, 'response');
  const error = objectAt(response ?? data, 'error') ?? (data['type'] === 'error' ? withoutEventType(data) : {});
  const message = stringAt(error, 'message') ?? 'The upstream did not complete the response';
  return openAiStreamError('openai-responses', { error: { ...error, message } });
}

/** An `error` event bears code, message and param itself; its `type` names the event, not the error. */
function withoutEventType({ type: _event, ...error }: JsonObject): JsonObject {
  return error;
}
