import type { Answering, StreamEncoder } from '../../core/dialect.ts';
import { GatewayError } from '../../core/error.ts';
import type { StreamEvent } from '../../core/event.ts';
import { type JsonObject, objectAt } from '../../core/json.ts';
import { toChatUsage } from '../shared/openai-usage.ts';
import type { FinishReason } from '../shared/write-answer/answer-ending.ts';
import { KEEP_ALIVE, NOTHING, Outbox } from '../shared/write-answer/outbox.ts';
import { AnswerDeltas, type ChatDelta } from './answer-deltas.ts';
import { formatStreamError } from './error.ts';
import { completionHead } from './format-response.ts';

/** Encodes the answer of an upstream of another dialect for a Chat Completions client. */
export function createStreamEncoder(answering: Answering): StreamEncoder {
  return new ChatStreamEncoder(answering);
}

class ChatStreamEncoder implements StreamEncoder {
  private readonly head: JsonObject;
  private readonly asksForUsage: boolean;
  private readonly answer: AnswerDeltas;
  private readonly outbox = new Outbox();
  private isOver = false;

  constructor(answering: Answering) {
    this.head = completionHead('chat.completion.chunk', answering);
    this.asksForUsage = objectAt(answering.body, 'stream_options')?.['include_usage'] === true;
    this.answer = new AnswerDeltas(answering, (delta) => this.addChunk(delta, null));
  }

  push(event: StreamEvent): Uint8Array {
    if (this.isOver) return NOTHING;
    if (event.type === 'ping') return KEEP_ALIVE;
    if (event.type === 'error') return this.fail(new GatewayError('upstream_error', event.error.message));
    this.answer.take(event);
    if (event.type === 'message_stop') this.finish();
    return this.outbox.take();
  }

  end(): Uint8Array {
    return this.fail(new GatewayError('bad_upstream', 'The upstream closed the stream early'));
  }

  /** Neither a finish reason nor `[DONE]` follows: a cut answer must not look complete (P75, P15). */
  fail(error: GatewayError): Uint8Array {
    if (this.isOver) return NOTHING;
    this.isOver = true;
    return formatStreamError(error);
  }

  /** Only now is everything known: usage may come after the stop reason (P116). */
  private finish(): void {
    this.isOver = true;
    const { finish } = this.answer.finish();
    this.addChunk({}, finish);
    if (this.asksForUsage) this.add({ ...this.shared(), choices: [], usage: toChatUsage(this.answer.ending.usage) });
    this.outbox.add({ event: '', data: '[DONE]' });
  }

  private addChunk(delta: ChatDelta, finish: FinishReason | null): void {
    const choice = { index: 0, delta, logprobs: null, finish_reason: finish };
    this.add({ ...this.shared(), choices: [choice], ...(this.asksForUsage && { usage: null }) });
  }

  private shared(): JsonObject {
    const { serviceTier } = this.answer.ending;
    return serviceTier === undefined ? this.head : { ...this.head, service_tier: serviceTier };
  }

  private add(chunk: object): void {
    this.outbox.add({ event: '', data: JSON.stringify(chunk) });
  }
}
