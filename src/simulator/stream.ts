import type { StreamEvent } from '../core/event.ts';
import { unfold } from '../core/event.ts';
import type { JsonObject } from '../core/json.ts';
import { stringAt } from '../core/json.ts';
import type { Message } from '../core/message.ts';

/** A word with the space after it; of Chinese, which has none, two characters. */
const WORDS = /\p{Script=Han}{1,2}|[^\s\p{Script=Han}]+\s*|\s+/gu;
const JSON_PIECES = /[\s\S]{1,12}/gu;

/** Output tokens that `message_start` states before any have been written. */
const PLACEHOLDER_OUTPUT_TOKENS = 1;

/** Fields of the answer that only its end knows. */
const LATE_FIELDS = ['context_management'] as const;

/** An answer as the API streams it: exact order and shapes of `anthropic-surface.md` §9, text word by word. */
export function toStream(message: Message): StreamEvent[] {
  const events = unfold(message).flatMap((event) => refine(event, message));
  const afterFirstStart = events.findIndex((event) => event.type === 'content_block_start') + 1;
  return afterFirstStart === 0 ? events : events.toSpliced(afterFirstStart, 0, { type: 'ping' });
}

function refine(event: StreamEvent, message: Message): StreamEvent[] {
  switch (event.type) {
    case 'message_start':
      return [{ type: 'message_start', message: opening(event.message) }];
    case 'content_block_delta':
      return pieces(event.delta).map((delta) => ({ ...event, delta }));
    case 'message_delta':
      return [closing(message)];
    default:
      return [event];
  }
}

function opening(message: Message): Message {
  const early: Message = { ...message, usage: { ...message.usage, output_tokens: PLACEHOLDER_OUTPUT_TOKENS } };
  for (const field of LATE_FIELDS) delete early[field];
  delete early.usage['output_tokens_details'];
  return early;
}

function closing(message: Message): StreamEvent {
  const { stop_reason, stop_sequence, usage } = message;
  const late = LATE_FIELDS.flatMap((field) => (message[field] === undefined ? [] : [[field, message[field]] as const]));
  return {
    type: 'message_delta',
    delta: {
      stop_reason,
      stop_sequence,
      stop_details: message['stop_details'] ?? null,
      container: message['container'] ?? null,
    },
    usage: {
      input_tokens: usage['input_tokens'] ?? null,
      cache_creation_input_tokens: usage['cache_creation_input_tokens'] ?? null,
      cache_read_input_tokens: usage['cache_read_input_tokens'] ?? null,
      output_tokens: usage['output_tokens'] ?? 0,
      output_tokens_details: usage['output_tokens_details'] ?? null,
      server_tool_use: usage['server_tool_use'] ?? null,
    },
    ...(late.length > 0 && { extra: Object.fromEntries(late) }),
  };
}

type Delta = { type: string } & JsonObject;

/** A delta in the portions in which a model writes it; tool input opens with an empty one, as the API's does. */
function pieces(delta: Delta): Delta[] {
  const json = stringAt(delta, 'partial_json');
  if (json !== undefined) return ['', ...split(json, JSON_PIECES)].map((partial_json) => ({ ...delta, partial_json }));
  const text = stringAt(delta, 'text');
  if (text !== undefined) return split(text, WORDS).map((piece) => ({ ...delta, text: piece }));
  const thinking = stringAt(delta, 'thinking');
  if (thinking !== undefined) return split(thinking, WORDS).map((piece) => ({ ...delta, thinking: piece }));
  return [delta];
}

function split(text: string, pattern: RegExp): string[] {
  return text.match(pattern) ?? [text];
}
