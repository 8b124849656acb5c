import type { JsonObject } from '../../core/json.ts';
import type { CitedPage } from '../shared/write-answer/cited-pages.ts';
import { ItemWriter } from './item-writer.ts';

/** What the model said: one text part for each text block, and a refusal as the last (`translation.md` §7). */
export class MessageWriter extends ItemWriter {
  private readonly parts: JsonObject[] = [];
  /** Of the part that is open. */
  private text: string | undefined;

  form(): JsonObject {
    const open = this.text === undefined ? [] : [outputText(this.text, [])];
    const content = [...this.parts, ...open];
    return { id: this.id, type: 'message', status: this.status, role: 'assistant', content };
  }

  openText(): void {
    this.tellPart('response.content_part.added', { part: outputText('', []) });
    this.text = '';
  }

  say(piece: string): void {
    this.text = (this.text ?? '') + piece;
    this.tellPart('response.output_text.delta', { delta: piece, logprobs: [] });
  }

  /** @param pages what the text rests on, which is told of the text as a whole. */
  closeText(pages: readonly CitedPage[]): void {
    const text = this.text ?? '';
    const place = { start_index: 0, end_index: text.length };
    const annotations = pages.map((page) => ({ type: 'url_citation', ...place, ...page }));
    for (const [annotation_index, annotation] of annotations.entries()) {
      this.tellPart('response.output_text.annotation.added', { annotation_index, annotation });
    }
    this.tellPart('response.output_text.done', { text, logprobs: [] });
    this.text = undefined;
    this.closePart(outputText(text, annotations));
  }

  refuse(refusal: string): void {
    this.tellPart('response.content_part.added', { part: { type: 'refusal', refusal: '' } });
    this.tellPart('response.refusal.delta', { delta: refusal });
    this.tellPart('response.refusal.done', { refusal });
    this.closePart({ type: 'refusal', refusal });
  }

  /** Parts end with their blocks. */
  protected settle(): void {}

  private closePart(part: JsonObject): void {
    this.tellPart('response.content_part.done', { part });
    this.parts.push(part);
  }

  /** Tells an event of the part that is open, or comes next. */
  private tellPart(type: string, fields: JsonObject): void {
    this.tell(type, { content_index: this.parts.length, ...fields });
  }
}

/** Some clients take `annotations` and `logprobs` for granted (`clients.md` §6). */
function outputText(text: string, annotations: JsonObject[]): JsonObject {
  return { type: 'output_text', text, annotations, logprobs: [] };
}
