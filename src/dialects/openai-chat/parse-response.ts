import type { Reading } from '../../core/dialect.ts';
import type { Message } from '../../core/message.ts';
import type { Usage } from '../../core/usage.ts';
import { readWholeAnswer } from '../shared/read-answer/read-whole.ts';
import { ChatStreamDecoder } from './stream-decoder.ts';

export { parseCount } from '../shared/read-answer/read-whole.ts';

/**
 * A whole answer, read as the one chunk of a stream: what holds for streams holds for it (P27).
 * @throws GatewayError `bad_upstream` when the body is not an answer; what an error under a 200 stands for.
 */
export function parseResponse(body: Uint8Array, reading: Reading): { message: Message; usage: Usage } {
  return readWholeAnswer(body, new ChatStreamDecoder(reading), (answer) => [JSON.stringify(answer), '[DONE]']);
}
