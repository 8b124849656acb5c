import type { Frame, Reading, StreamDecoder } from '../../core/dialect.ts';
import { GatewayError } from '../../core/error.ts';
import type { StreamEvent } from '../../core/event.ts';
import { isJsonObject, type JsonObject, numberAt, objectAt, stringAt } from '../../core/json.ts';
import type { Usage } from '../../core/usage.ts';
import { frameData } from '../shared/frame-data.ts';
import { readChatUsage } from '../shared/openai-usage.ts';
import { answerUsage } from '../shared/read-answer/answer-usage.ts';
import { AnswerWriter } from '../shared/read-answer/answer-writer.ts';
import { type Ending, stopReasonOf } from '../shared/read-answer/stop-reason.ts';
import { UsualText } from '../shared/read-answer/usual-text.ts';
import { ChatAnswer } from './chat-answer.ts';
import { streamErrorOf } from './error.ts';
import { readFinish } from './finish-reasons.ts';
import { readDelta, sayingOnly, solePiece } from './read-delta.ts';
import type { SaidPiece } from './think-tags.ts';
import { overlayChatUsage } from './usage.ts';

const DONE = '[DONE]';

/** Decodes the chunks of one Chat answer (`translation.md` §10.1); `failure` says why it failed, once it has. */
export class ChatStreamDecoder implements StreamDecoder {
  usage: Usage = {};
  private readonly reading: Reading;
  private readonly writer: AnswerWriter;
  private readonly answer: ChatAnswer;
  private readonly usual = { text: new UsualText(), thinking: new UsualText() };
  private ending: Ending | undefined;
  private serviceTier: string | undefined;

  constructor(reading: Reading) {
    this.reading = reading;
    this.writer = new AnswerWriter(reading);
    this.answer = new ChatAnswer(this.writer, reading.quirks.thinkTags);
  }

  get failure(): GatewayError | undefined {
    return this.writer.failure;
  }

  push(frame: Frame): StreamEvent[] {
    if (this.writer.hasEnded) return [];
    const piece = frame.event === '' ? this.usualPiece(frame.data) : undefined;
    if (piece) this.answer.push(sayingOnly(piece));
    else if (frame.data.trim() === DONE) this.endDone();
    else this.readFrame(frame);
    return this.writer.take();
  }

  /** A stream may lack its `[DONE]`, but not its finish reason (P15, P117). */
  end(): StreamEvent[] {
    if (this.writer.hasEnded) return [];
    if (this.ending) this.finish();
    else this.writer.failEarly();
    return this.writer.take();
  }

  private usualPiece(data: string): SaidPiece | undefined {
    for (const kind of ['text', 'thinking'] as const) {
      const text = this.usual[kind].textOf(data);
      if (text !== undefined) return { kind, text };
    }
    return undefined;
  }

  private readFrame(frame: Frame): void {
    const chunk = frameData(frame);
    this.readChunk(chunk, frame.event === 'error');
    const piece = chunk && pieceOf(chunk);
    if (!piece || frame.event !== '') return;
    const { kind, text } = piece;
    this.usual[kind].learn(frame.data, text, (data) => {
      const other = pieceOf(frameData({ event: '', data }) ?? {});
      return other?.kind === kind ? other.text : undefined;
    });
  }

  private readChunk(chunk: JsonObject | undefined, isNamedError: boolean): void {
    if (isNamedError || (chunk && isError(chunk))) this.writer.fail(streamErrorOf(chunk ?? {}));
    if (!chunk || this.writer.hasEnded) return;
    this.writer.begin();
    this.serviceTier = stringAt(chunk, 'service_tier') ?? this.serviceTier;
    this.usage = overlayChatUsage(this.usage, chunk, this.reading.quirks);
    const choices = Array.isArray(chunk['choices']) ? chunk['choices'].filter(isJsonObject) : [];
    for (const choice of choices) {
      if ((numberAt(choice, 'index') ?? 0) === 0) this.readChoice(choice);
      else this.writer.report('choices_dropped', 'answer.choices');
    }
  }

  /** The delta first: vendors send the last one together with the finish reason (P47). */
  private readChoice(choice: JsonObject): void {
    const delta = objectAt(choice, 'delta');
    const message = objectAt(choice, 'message');
    if (isJsonObject(choice['logprobs'])) this.writer.report('logprobs_dropped', 'answer.logprobs');
    if (delta) this.answer.push(readDelta(delta));
    else if (message) this.answer.pushWhole(readDelta(message));
    if (isError(choice)) {
      this.writer.fail(streamErrorOf(choice));
      return;
    }
    const word = stringAt(choice, 'finish_reason');
    if (word) this.readFinish(word);
  }

  private readFinish(word: string): void {
    const finish = readFinish(word);
    if (finish.kind === 'failed') {
      this.writer.fail(new GatewayError(finish.error, `The upstream ended its answer with ${word}`));
      return;
    }
    if (finish.kind === 'unknown') this.writer.report('stop_reason_changed', 'answer.stop_reason');
    this.ending ??= finish.kind;
  }

  private endDone(): void {
    if (this.answer.hasBegun || this.ending) this.finish();
    else this.writer.fail(new GatewayError('bad_upstream', 'The upstream sent an empty answer'));
  }

  private finish(): void {
    const problem = this.answer.end();
    if (problem !== undefined) {
      this.writer.fail(new GatewayError('bad_upstream', problem));
      return;
    }
    const { hasRefused } = this.answer;
    const stopReason = stopReasonOf(this.ending, this.writer.hasTools, hasRefused);
    const { estimatedInput, quirks } = this.reading;
    const { canonical } = readChatUsage(this.usage.raw ?? {}, quirks);
    this.writer.finish({ stopReason, usage: answerUsage(canonical, estimatedInput, this.serviceTier) });
  }
}

/** A decoder for one stream. */
export function createStreamDecoder(reading: Reading): StreamDecoder {
  return new ChatStreamDecoder(reading);
}

function isError(holder: JsonObject): boolean {
  const { error } = holder;
  return isJsonObject(error) || (typeof error === 'string' && error !== '') || holder['object'] === 'error';
}

/** The one piece that a chunk says; undefined when it says anything else. */
function pieceOf(chunk: JsonObject): SaidPiece | undefined {
  const choices = chunk['choices'];
  const [choice, ...others] = Array.isArray(choices) ? choices : [];
  if (!isJsonObject(choice) || others.length > 0 || isError(chunk) || isError(choice)) return undefined;
  const delta = objectAt(choice, 'delta');
  const isOfAnswer = (numberAt(choice, 'index') ?? 0) === 0 && !stringAt(choice, 'finish_reason');
  return delta && isOfAnswer ? solePiece(delta) : undefined;
}
