import type { Answering } from '../../core/dialect.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Message } from '../../core/message.ts';
import { shownBlock } from './shown-block.ts';
import { wholeUsage } from './usage.ts';

/** An answer as the body that a Messages client gets. */
export function formatResponse(message: Message, answering: Answering): Uint8Array {
  const content = message.content.map((block) => shownBlock(block, answering.request));
  return Buffer.from(JSON.stringify({ ...openingMessage(message, answering), ...endOf(message), content }));
}

/** What a stream opens with: our own id, the name of the model that the client used, and every key that the API sends. */
export function openingMessage(message: Message, { model, tools }: Answering): Message {
  return {
    id: tools.newId('msg'),
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    container: null,
    usage: wholeUsage(message.usage, 0),
  };
}

/** How an answer ended, as clients are told. */
export function endOf({ stop_reason, stop_sequence, stop_details }: JsonObject): JsonObject {
  return {
    stop_reason: stop_reason ?? 'end_turn',
    stop_sequence: stop_sequence ?? null,
    stop_details: stop_details ?? null,
  };
}

/** The answer to `count_tokens`. */
export function formatCount(inputTokens: number): Uint8Array {
  return Buffer.from(JSON.stringify({ input_tokens: inputTokens }));
}
