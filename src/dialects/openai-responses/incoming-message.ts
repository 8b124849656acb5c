import { isJsonObject, type JsonObject, numberAt, objectAt, stringAt } from '../../core/json.ts';
import type { TextBlock } from '../shared/read-answer/answer-blocks.ts';
import type { AnswerWriter } from '../shared/read-answer/answer-writer.ts';
import { missingText } from '../shared/read-answer/missing-text.ts';
import { readCitation } from '../shared/read-answer/url-citations.ts';
import type { IncomingItem } from './incoming-item.ts';

/** A content part in the making: a block of its own. */
type Part = { block: TextBlock; shown: string; isCited: boolean };

/** A `message` item: each of its parts is a block of text, refusals too. */
export class IncomingMessage implements IncomingItem {
  isFinished = false;
  /** One of the parts is a refusal. */
  hasRefused = false;
  private readonly writer: AnswerWriter;
  private readonly parts = new Map<number, Part>();

  constructor(writer: AnswerWriter) {
    this.writer = writer;
  }

  push(type: string, data: JsonObject): void {
    const index = numberAt(data, 'content_index') ?? 0;
    switch (type) {
      case 'response.refusal.delta':
        this.hasRefused = true;
        this.append(index, stringAt(data, 'delta') ?? '');
        break;
      case 'response.output_text.delta':
        this.append(index, stringAt(data, 'delta') ?? '');
        break;
      case 'response.output_text.annotation.added':
        this.cite(this.part(index), objectAt(data, 'annotation') ?? {});
        break;
      case 'response.output_text.done':
        this.complete(index, stringAt(data, 'text') ?? '');
        break;
      case 'response.content_part.done':
        this.finishPart(index, objectAt(data, 'part') ?? {});
        break;
    }
  }

  finish(item: JsonObject): void {
    if (this.isFinished) return;
    if (stringAt(item, 'phase') !== undefined) this.writer.report('phase_dropped', 'answer.phase');
    const content = Array.isArray(item['content']) ? item['content'] : [];
    content.forEach((part, index) => {
      if (isJsonObject(part)) this.finishPart(index, part);
    });
    for (const { block } of this.parts.values()) block.state = 'finished';
    this.isFinished = true;
  }

  private finishPart(index: number, part: JsonObject): void {
    const refusal = stringAt(part, 'refusal');
    if (refusal !== undefined) this.hasRefused = true;
    this.complete(index, refusal ?? stringAt(part, 'text') ?? '');
    if (Array.isArray(part['logprobs']) && part['logprobs'].length > 0) {
      this.writer.report('logprobs_dropped', 'answer.logprobs');
    }
    const known = this.parts.get(index);
    if (!known) return;
    const annotations = Array.isArray(part['annotations']) ? part['annotations'].filter(isJsonObject) : [];
    if (!known.isCited) for (const annotation of annotations) this.cite(known, annotation);
    known.block.state = 'finished';
  }

  private append(index: number, text: string): void {
    if (text === '') return;
    const part = this.part(index);
    part.shown += text;
    part.block.append(text);
  }

  private complete(index: number, whole: string): void {
    this.append(index, missingText(this.parts.get(index)?.shown ?? '', whole));
  }

  private cite(part: Part, annotation: JsonObject): void {
    part.isCited = true;
    const citation = readCitation(annotation);
    if (citation) part.block.cite(citation);
    else this.writer.report('annotations_dropped', 'answer.annotations');
  }

  /** A part ends where the next one begins, should the upstream not say so. */
  private part(index: number): Part {
    const known = this.parts.get(index);
    if (known) return known;
    for (const { block } of this.parts.values()) block.state = 'finished';
    const part: Part = { block: this.writer.addText('growing'), shown: '', isCited: false };
    this.parts.set(index, part);
    return part;
  }
}
