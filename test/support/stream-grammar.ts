import type { DialectId } from '../../src/core/dialect.ts';
import { readChatStream } from './stream-grammar/chat.ts';
import { readMessagesStream, type StreamReport } from './stream-grammar/messages.ts';
import { readResponsesStream } from './stream-grammar/responses.ts';

/**
 * Reads what a client of a dialect gets as the strictest client would: what is wrong with it, and how it ends.
 * @param asksForUsage whether a Chat client asked for the chunk with the usage.
 */
export function readClientStream(dialect: DialectId, bytes: Uint8Array, asksForUsage = true): StreamReport {
  switch (dialect) {
    case 'anthropic-messages':
      return readMessagesStream(bytes);
    case 'openai-chat':
      return readChatStream(bytes, asksForUsage);
    case 'openai-responses':
      return readResponsesStream(bytes);
    default:
      return dialect satisfies never;
  }
}
