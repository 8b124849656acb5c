import { fold, type StreamEvent } from '../../../core/event.ts';
import { objectAt, stringAt } from '../../../core/json.ts';
import type { ContentBlock, Message } from '../../../core/message.ts';
import { isToolInput } from './answer-blocks.ts';

/**
 * The message that the events of a finished answer spell. Arguments that a cut left unreadable are wrapped as text (P20);
 * others are kept beside the input as they were written (P115).
 * @throws Error when the events are not those of a finished answer.
 */
export function foldAnswer(events: readonly StreamEvent[]): Message {
  const texts = inputTexts(events);
  const message = fold(events.flatMap((event) => withReadableInput(event, texts)));
  return { ...message, content: message.content.map((block, index) => withText(block, texts.get(index))) };
}

/** The input of each block that has one, as text. */
function inputTexts(events: readonly StreamEvent[]): Map<number, string> {
  const texts = new Map<number, string>();
  for (const event of events) {
    if (!isInput(event)) continue;
    texts.set(event.index, (texts.get(event.index) ?? '') + (stringAt(event.delta, 'partial_json') ?? ''));
  }
  return texts;
}

function withReadableInput(event: StreamEvent, texts: ReadonlyMap<number, string>): StreamEvent[] {
  if (event.type !== 'content_block_delta' && event.type !== 'content_block_stop') return [event];
  const text = texts.get(event.index);
  if (text === undefined || isToolInput(text)) return [event];
  if (event.type === 'content_block_delta') return isInput(event) ? [] : [event];
  const delta = { type: 'input_json_delta', partial_json: JSON.stringify({ _raw: text }) };
  return [{ type: 'content_block_delta', index: event.index, delta }, event];
}

function withText(block: ContentBlock, text: string | undefined): ContentBlock {
  const extra = objectAt(block, 'extra');
  if (text === undefined || extra?.['custom'] === true || !isToolInput(text)) return block;
  return { ...block, extra: { ...extra, input_text: text } };
}

function isInput(event: StreamEvent): event is Extract<StreamEvent, { type: 'content_block_delta' }> {
  return event.type === 'content_block_delta' && event.delta.type === 'input_json_delta';
}
