import type { Frame, Reading, StreamDecoder } from '../../core/dialect.ts';
import { GatewayError } from '../../core/error.ts';
import type { StreamEvent } from '../../core/event.ts';
import { type JsonObject, objectAt, stringAt } from '../../core/json.ts';
import type { ContentBlock, Message } from '../../core/message.ts';
import type { Usage } from '../../core/usage.ts';
import { errorEvent } from '../shared/read-answer/error-event.ts';
import { streamErrorOf } from './error.ts';
import { readEvent } from './event-frames.ts';
import { EventOrder } from './event-order.ts';
import { readBlock } from './parse-response.ts';
import { sealThinking } from './thinking-state.ts';
import { overlayWireUsage, wholeUsage, withContainer } from './usage.ts';

/** Decodes an upstream's frames for a client of another dialect; what it does not know, or cannot read, gives no event (U7, U22). */
export function createStreamDecoder(reading: Reading): StreamDecoder {
  return new MessagesStreamDecoder(reading);
}

/** An open thinking block: what it has said, and what proves it. */
type Thought = { text: string; signature: string };

class MessagesStreamDecoder implements StreamDecoder {
  usage: Usage = {};
  private readonly reading: Reading;
  private readonly order = new EventOrder();
  private readonly thoughts = new Map<number, Thought>();
  /** Inputs that stood in the opening of their block, until deltas replace them (P48). */
  private readonly givenInputs = new Map<number, JsonObject>();
  /** The output count of `message_start`: shown until the final one comes, never billed (U20). */
  private placeholder: JsonObject = {};
  private isOver = false;

  constructor(reading: Reading) {
    this.reading = reading;
  }

  push(frame: Frame): StreamEvent[] {
    if (this.isOver) return [];
    try {
      const event = readEvent(frame);
      return event ? this.order.take(event).flatMap((each) => this.take(each)) : [];
    } catch (thrown) {
      if (!(thrown instanceof GatewayError)) throw thrown;
      this.isOver = true;
      return [errorEvent(thrown)];
    }
  }

  end(): StreamEvent[] {
    if (this.isOver) return [];
    this.isOver = true;
    return [{ type: 'error', error: { type: 'api_error', message: 'The upstream closed the stream early' } }];
  }

  private take(event: StreamEvent): StreamEvent[] {
    switch (event.type) {
      case 'message_start':
        return [{ ...event, message: this.start(event.message) }];
      case 'content_block_start':
        return [{ ...event, content_block: this.open(event.index, event.content_block) }];
      case 'content_block_delta':
        return this.grow(event.index, event.delta) ? [event] : [];
      case 'content_block_stop':
        return [...this.close(event.index), event];
      case 'message_delta':
        this.usage = withContainer(overlayWireUsage(this.usage, event.usage), event.delta);
        return [{ ...event, usage: this.shownUsage() }];
      case 'message_stop':
        this.isOver = true;
        return [event];
      case 'ping':
        return [event];
      case 'error':
        this.isOver = true;
        return [shownError(event)];
      default:
        return event satisfies never;
    }
  }

  private start(message: Message): Message {
    const { output_tokens, ...counts } = message.usage;
    this.usage = withContainer(overlayWireUsage(this.usage, counts), message);
    if (output_tokens !== undefined) this.placeholder = { output_tokens };
    return { ...message, usage: this.shownUsage() };
  }

  /** Counters are cumulative: each usage object that is shown holds all of them (P54, P57). */
  private shownUsage(): JsonObject {
    return wholeUsage({ ...this.placeholder, ...this.usage.raw }, this.reading.estimatedInput);
  }

  private open(index: number, block: ContentBlock): ContentBlock {
    const input = objectAt(block, 'input');
    if (input) this.givenInputs.set(index, input);
    if (block.type !== 'thinking') return { ...readBlock(block, this.reading), ...(input && { input: {} }) };
    const thought = { text: stringAt(block, 'thinking') ?? '', signature: stringAt(block, 'signature') ?? '' };
    this.thoughts.set(index, thought);
    return { ...block, thinking: thought.text, signature: '' };
  }

  /** False for a delta that is held back: a signature is sealed together with the text that it proves, at the end. */
  private grow(index: number, delta: { type: string } & JsonObject): boolean {
    if (delta.type === 'input_json_delta' && delta['partial_json'] !== '') this.givenInputs.delete(index);
    const thought = this.thoughts.get(index);
    if (!thought) return delta.type !== 'signature_delta';
    if (delta.type === 'thinking_delta') thought.text += stringAt(delta, 'thinking') ?? '';
    if (delta.type !== 'signature_delta') return true;
    thought.signature += stringAt(delta, 'signature') ?? '';
    return false;
  }

  /** What a block still owes when it ends. */
  private close(index: number): StreamEvent[] {
    const thought = this.thoughts.get(index);
    const input = this.givenInputs.get(index) ?? {};
    this.thoughts.delete(index);
    this.givenInputs.delete(index);
    if (thought) {
      const signature = sealThinking(thought.text, thought.signature, this.reading);
      return [{ type: 'content_block_delta', index, delta: { type: 'signature_delta', signature } }];
    }
    if (Object.keys(input).length === 0) return [];
    return [
      { type: 'content_block_delta', index, delta: { type: 'input_json_delta', partial_json: JSON.stringify(input) } },
    ];
  }
}

type ErrorEvent = Extract<StreamEvent, { type: 'error' }>;

/** The upstream's own words, but for what it says of our credential: those can quote it (U14). */
function shownError(event: ErrorEvent): ErrorEvent {
  const error = streamErrorOf(event);
  return error.kind === 'upstream_auth' ? { ...event, error: { type: 'api_error', message: error.message } } : event;
}
