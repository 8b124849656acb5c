import { type StreamEvent, unfold } from '../../../core/event.ts';
import type { Message } from '../../../core/message.ts';
import { writtenArguments } from './call-arguments.ts';

/**
 * The events of a whole answer, which is told to clients by the same code as a stream (`translation.md` §0.2); tool
 * arguments stand in them as they were written.
 */
export function answerEvents(message: Message): StreamEvent[] {
  return unfold(message).map((event) => {
    if (event.type !== 'content_block_delta' || event.delta.type !== 'input_json_delta') return event;
    const block = message.content[event.index];
    const partial_json = block && writtenArguments(block);
    return partial_json === undefined ? event : { ...event, delta: { ...event.delta, partial_json } };
  });
}
