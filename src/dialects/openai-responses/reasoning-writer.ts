import type { JsonObject } from '../../core/json.ts';
import { type ItemPlace, ItemWriter } from './item-writer.ts';

/** The model's thinking, as the summary of a reasoning item (P6), and its sealed state for those who ask for it (P5). */
export class ReasoningWriter extends ItemWriter {
  private text = '';
  private state: string | null = null;
  private readonly showsState: boolean;

  /** @param showsState whether the client asked for `reasoning.encrypted_content`. */
  constructor(place: ItemPlace, showsState: boolean) {
    super(place);
    this.showsState = showsState;
  }

  form(): JsonObject {
    const summary = this.text === '' ? [] : [{ type: 'summary_text', text: this.text }];
    return { id: this.id, type: 'reasoning', summary, ...(this.showsState && { encrypted_content: this.state }) };
  }

  think(piece: string): void {
    if (this.text === '') this.tellSummary('part.added', { part: { type: 'summary_text', text: '' } });
    this.text += piece;
    this.tellSummary('text.delta', { delta: piece });
  }

  /** Takes the sealed state, which is told with the whole item. */
  seal(state: string): void {
    this.state = state;
  }

  protected settle(): void {
    if (this.text === '') return;
    this.tellSummary('text.done', { text: this.text });
    this.tellSummary('part.done', { part: { type: 'summary_text', text: this.text } });
  }

  private tellSummary(event: string, fields: JsonObject): void {
    this.tell(`response.reasoning_summary_${event}`, { summary_index: 0, ...fields });
  }
}
