import type { Answering, StreamEncoder } from '../../core/dialect.ts';
import { GatewayError } from '../../core/error.ts';
import type { StreamEvent } from '../../core/event.ts';
import type { JsonObject } from '../../core/json.ts';
import { KEEP_ALIVE, NOTHING, Outbox } from '../shared/write-answer/outbox.ts';
import { AnswerOutput } from './answer-output.ts';

/** Encodes the answer of an upstream of another dialect for a Responses client. */
export function createStreamEncoder(answering: Answering): StreamEncoder {
  return new ResponsesStreamEncoder(answering);
}

/** Whatever happens, the last event is one that ends the response, and there is only one such (P111). */
class ResponsesStreamEncoder implements StreamEncoder {
  private readonly answer: AnswerOutput;
  private readonly outbox = new Outbox();
  private sequenceNumber = 0;
  private isOver = false;

  constructor(answering: Answering) {
    this.answer = new AnswerOutput(answering, (type, fields) => this.add(type, fields));
  }

  push(event: StreamEvent): Uint8Array {
    if (this.isOver) return NOTHING;
    if (event.type === 'ping') return KEEP_ALIVE;
    if (event.type === 'error') return this.fail(new GatewayError('upstream_error', event.error.message));
    this.answer.take(event);
    if (event.type === 'message_stop') {
      this.isOver = true;
      this.answer.finish();
    }
    return this.outbox.take();
  }

  end(): Uint8Array {
    return this.fail(new GatewayError('bad_upstream', 'The upstream closed the stream early'));
  }

  fail(error: GatewayError): Uint8Array {
    if (this.isOver) return NOTHING;
    this.isOver = true;
    this.answer.fail(error);
    return this.outbox.take();
  }

  private add(type: string, fields: JsonObject): void {
    const data = JSON.stringify({ type, sequence_number: this.sequenceNumber, ...fields });
    this.sequenceNumber += 1;
    this.outbox.add({ event: type, data });
  }
}
