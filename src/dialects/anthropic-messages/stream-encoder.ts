import type { Answering, StreamEncoder } from '../../core/dialect.ts';
import type { GatewayError } from '../../core/error.ts';
import type { StreamEvent } from '../../core/event.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import type { ContentBlock } from '../../core/message.ts';
import { formatStreamError } from './error.ts';
import { encodeEvent } from './event-frames.ts';
import { endOf, openingMessage } from './format-response.ts';
import { hidesThinking, shownBlock } from './shown-block.ts';
import { overlayUsage, wholeUsage } from './usage.ts';

const NOTHING = new Uint8Array(0);

/** Encodes the answer of an upstream of another dialect for a Messages client. */
export function createStreamEncoder(answering: Answering): StreamEncoder {
  return new MessagesStreamEncoder(answering);
}

class MessagesStreamEncoder implements StreamEncoder {
  private readonly answering: Answering;
  private readonly hidesThinking: boolean;
  private usage: JsonObject = {};
  private isOver = false;

  constructor(answering: Answering) {
    this.answering = answering;
    this.hidesThinking = hidesThinking(answering.request);
  }

  push(event: StreamEvent): Uint8Array {
    if (this.isOver) return NOTHING;
    const shown = this.shown(event);
    return shown ? encodeEvent(shown) : NOTHING;
  }

  end(): Uint8Array {
    return NOTHING;
  }

  fail(error: GatewayError, requestId: string): Uint8Array {
    if (this.isOver) return NOTHING;
    this.isOver = true;
    return formatStreamError(error, requestId);
  }

  /** The event as the client sees it; undefined for one that it does not. */
  private shown(event: StreamEvent): StreamEvent | undefined {
    switch (event.type) {
      case 'message_start': {
        const message = openingMessage(event.message, this.answering);
        this.usage = message.usage;
        return { type: 'message_start', message };
      }
      case 'content_block_start':
        return { ...event, content_block: openBlock(shownBlock(event.content_block, this.answering.request)) };
      case 'content_block_delta':
        return this.hidesThinking && event.delta.type === 'thinking_delta' ? undefined : event;
      case 'message_delta':
        this.usage = wholeUsage(overlayUsage(this.usage, event.usage), 0);
        return { type: 'message_delta', delta: endOf(event.delta), usage: this.usage };
      case 'content_block_stop':
      case 'ping':
        return event;
      case 'message_stop':
      case 'error':
        // Nothing may follow either of them (P28).
        this.isOver = true;
        return event;
      default:
        return event satisfies never;
    }
  }
}

/** Clients join the deltas of a tool's input to what its opening holds: that must be nothing (P48). */
function openBlock(block: ContentBlock): ContentBlock {
  return isJsonObject(block['input']) ? { ...block, input: {} } : block;
}
