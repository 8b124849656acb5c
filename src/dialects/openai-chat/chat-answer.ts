import type { JsonObject } from '../../core/json.ts';
import type { TextBlock, ThinkingBlock } from '../shared/read-answer/answer-blocks.ts';
import type { AnswerWriter } from '../shared/read-answer/answer-writer.ts';
import { readCitation } from '../shared/read-answer/url-citations.ts';
import type { Delta } from './read-delta.ts';
import { ReasoningDetails } from './reasoning-details.ts';
import { type SaidPiece, ThinkTagReader } from './think-tags.ts';
import { ToolCalls } from './tool-calls.ts';

/** Sorts what the deltas of one answer say into blocks: a new kind of saying begins a new block (P4, P79, P80). */
export class ChatAnswer {
  /** The upstream has said anything at all. */
  hasBegun = false;
  hasRefused = false;
  private readonly writer: AnswerWriter;
  private readonly calls: ToolCalls;
  private readonly tags: ThinkTagReader | undefined;
  /** The block that is being said; calls are none. */
  private saying: { kind: 'text'; block: TextBlock } | { kind: 'thinking'; block: ThinkingBlock } | undefined;
  /** Of the reasoning that is being said, or of the next one. */
  private details = new ReasoningDetails();

  constructor(writer: AnswerWriter, hasThinkTags: boolean) {
    this.writer = writer;
    this.calls = new ToolCalls(writer, () => {
      this.endText();
      this.endSaying();
    });
    this.tags = hasThinkTags ? new ThinkTagReader() : undefined;
  }

  push(delta: Delta): void {
    this.say(delta);
    this.placeCalls(delta, (calls) => this.calls.push(calls));
  }

  /** A whole message, which some vendors send behind its own deltas: then it says nothing new. */
  pushWhole(message: Delta): void {
    if (this.hasBegun) return;
    this.say(message);
    this.placeCalls(message, (calls) => this.calls.pushWhole(calls));
  }

  /** Nothing more comes. @returns why it is no answer, if it is none. */
  end(): string | undefined {
    this.endText();
    this.placeDetails();
    return this.calls.hasNameless ? 'The upstream sent a tool call without a name' : undefined;
  }

  private say({ reasoning, details, said, refusal, annotations, foreign }: Delta): void {
    if (this.writer.isStopped) return;
    if (foreign !== undefined) this.writer.report('block_dropped', `answer.${foreign}`);
    for (const entry of details) this.details.add(entry);
    this.sayPiece({ kind: 'thinking', text: reasoning });
    for (const piece of said) {
      const pieces = piece.kind === 'text' && this.tags ? this.tags.push(piece.text) : [piece];
      for (const each of pieces) this.sayPiece(each);
    }
    if (refusal !== '') this.hasRefused = true;
    this.sayPiece({ kind: 'text', text: refusal });
    for (const annotation of annotations) this.cite(annotation);
    this.hasBegun ||= said.length > 0 || this.saying !== undefined || !this.details.isEmpty;
  }

  /** What is empty opens nothing (P23, P30). */
  private sayPiece({ kind, text }: SaidPiece): void {
    if (text === '' || this.writer.isStopped) return;
    if (kind === 'thinking') this.thinking().append(text);
    else this.text().append(text);
  }

  private text(): TextBlock {
    if (this.saying?.kind === 'text') return this.saying.block;
    this.endSaying();
    const block = this.writer.addText('yielding');
    this.saying = { kind: 'text', block };
    return block;
  }

  private thinking(): ThinkingBlock {
    if (this.saying?.kind === 'thinking') return this.saying.block;
    const { details } = this;
    const block = this.writer.addThinking('yielding', () => details.state);
    this.saying = { kind: 'thinking', block };
    return block;
  }

  private cite(annotation: JsonObject): void {
    const citation = readCitation(annotation);
    if (citation && this.saying?.kind === 'text') this.saying.block.cite(citation);
    else this.writer.report('annotations_dropped', 'answer.annotations');
  }

  private placeCalls({ calls }: Delta, place: (calls: readonly JsonObject[]) => void): void {
    if (calls.length === 0 || this.writer.isStopped) return;
    this.hasBegun = true;
    place(calls);
  }

  /** What could have been the beginning of a tag was text. */
  private endText(): void {
    for (const piece of this.tags?.end() ?? []) this.sayPiece(piece);
  }

  private endSaying(): void {
    this.placeDetails();
    this.saying = undefined;
    this.details = new ReasoningDetails();
  }

  /** State that came without reasoning, or too late for it, gets a block of its own: it must not be lost (P5). */
  private placeDetails(): void {
    const { details } = this;
    if (this.saying?.kind === 'thinking' || details.isEmpty) return;
    this.writer.addThinking('yielding', () => details.state);
    this.details = new ReasoningDetails();
  }
}
