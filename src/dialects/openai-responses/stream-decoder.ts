import type { Frame, Reading, StreamDecoder } from '../../core/dialect.ts';
import { GatewayError } from '../../core/error.ts';
import type { StreamEvent } from '../../core/event.ts';
import { type JsonObject, objectAt, stringAt } from '../../core/json.ts';
import type { Usage } from '../../core/usage.ts';
import { frameData } from '../shared/frame-data.ts';
import { readResponsesUsage } from '../shared/openai-usage.ts';
import { answerUsage } from '../shared/read-answer/answer-usage.ts';
import { AnswerWriter } from '../shared/read-answer/answer-writer.ts';
import { type Ending, stopReasonOf } from '../shared/read-answer/stop-reason.ts';
import { streamErrorOf } from './error.ts';
import { IncomingItems } from './incoming-items.ts';
import { overlayResponsesUsage } from './usage.ts';

/** Why a response is incomplete (`translation.md` §8). */
const INCOMPLETE: ReadonlyMap<string, Ending> = new Map<string, Ending>([
  ['max_output_tokens', 'cut'],
  ['content_filter', 'filtered'],
]);

/** Decodes the events of one response (`translation.md` §10.4); `failure` says why it failed, once it has. */
export class ResponsesStreamDecoder implements StreamDecoder {
  usage: Usage = {};
  private readonly reading: Reading;
  private readonly writer: AnswerWriter;
  private readonly items: IncomingItems;

  constructor(reading: Reading) {
    this.reading = reading;
    this.writer = new AnswerWriter(reading);
    this.items = new IncomingItems(this.writer);
  }

  get failure(): GatewayError | undefined {
    return this.writer.failure;
  }

  push(frame: Frame): StreamEvent[] {
    if (this.writer.hasEnded) return [];
    const data = frameData(frame);
    if (data) this.read(stringAt(data, 'type') ?? frame.event, data);
    return this.writer.take();
  }

  /** Only a terminal event ends a response (P15, P111). */
  end(): StreamEvent[] {
    if (this.writer.hasEnded) return [];
    this.writer.failEarly();
    return this.writer.take();
  }

  private read(type: string, data: JsonObject): void {
    const response = objectAt(data, 'response');
    // Whichever event bears it (P59).
    if (response) this.usage = overlayResponsesUsage(this.usage, response, this.reading.quirks);
    if (type === 'error' || type === 'response.failed' || objectAt(data, 'error')) {
      this.writer.fail(streamErrorOf(data));
      return;
    }
    this.writer.begin();
    switch (type) {
      case 'response.completed':
        this.finish(response ?? {}, 'end');
        break;
      case 'response.incomplete':
        this.finish(response ?? {}, this.endingOf(response ?? {}));
        break;
      case 'response.cancelled':
        this.writer.fail(new GatewayError('upstream_error', 'The upstream cancelled the response'));
        break;
      case 'response.output_item.added':
        this.items.add(data);
        break;
      case 'response.output_item.done':
        this.items.finish(data);
        break;
      default:
        this.items.push(type, data);
    }
  }

  private endingOf(response: JsonObject): Ending {
    const reason = stringAt(objectAt(response, 'incomplete_details') ?? {}, 'reason') ?? '';
    const ending = INCOMPLETE.get(reason);
    if (!ending) this.writer.report('stop_reason_changed', 'answer.stop_reason');
    return ending ?? 'unknown';
  }

  private finish(response: JsonObject, ending: Ending): void {
    this.items.finishAll(response['output']);
    if (this.items.hasNameless) {
      this.writer.fail(new GatewayError('bad_upstream', 'The upstream sent a tool call without a name'));
      return;
    }
    const stopReason = stopReasonOf(ending, this.writer.hasTools, this.items.hasRefused);
    const { estimatedInput, quirks } = this.reading;
    const { canonical } = readResponsesUsage(this.usage.raw ?? {}, quirks);
    const usage = answerUsage(canonical, estimatedInput, stringAt(response, 'service_tier'));
    this.writer.finish({ stopReason, usage });
  }
}

/** A decoder for one stream. */
export function createStreamDecoder(reading: Reading): StreamDecoder {
  return new ResponsesStreamDecoder(reading);
}
