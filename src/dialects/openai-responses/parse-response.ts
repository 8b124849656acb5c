import type { Reading } from '../../core/dialect.ts';
import { type JsonObject, objectAt, stringAt } from '../../core/json.ts';
import type { Message } from '../../core/message.ts';
import type { Usage } from '../../core/usage.ts';
import { readWholeAnswer } from '../shared/read-answer/read-whole.ts';
import { notAnAnswer } from '../shared/whole-answer.ts';
import { ResponsesStreamDecoder } from './stream-decoder.ts';

export { parseCount } from '../shared/read-answer/read-whole.ts';

/**
 * A whole response, read as the last event of a stream: what holds for streams holds for it (P27).
 * @throws GatewayError `bad_upstream` when the body is not an answer; what an error under a 200 stands for.
 */
export function parseResponse(body: Uint8Array, reading: Reading): { message: Message; usage: Usage } {
  return readWholeAnswer(body, new ResponsesStreamDecoder(reading), (answer) => [JSON.stringify(lastEvent(answer))]);
}

/** States that a response can only be in with an output. */
const ANSWERED: ReadonlySet<string> = new Set(['completed', 'incomplete']);

/**
 * The event that would have ended the stream.
 * @throws GatewayError `bad_upstream` when the body is no response.
 */
function lastEvent(answer: JsonObject): JsonObject {
  const status = stringAt(answer, 'status');
  if (status === undefined && objectAt(answer, 'error')) return answer;
  const state = status ?? 'completed';
  if (ANSWERED.has(state) && !Array.isArray(answer['output'])) throw notAnAnswer();
  return { type: `response.${state}`, response: answer };
}
