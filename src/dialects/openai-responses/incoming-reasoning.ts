import { isJsonObject, type JsonObject, numberAt, stringAt } from '../../core/json.ts';
import type { ThinkingBlock } from '../shared/read-answer/answer-blocks.ts';
import type { AnswerWriter } from '../shared/read-answer/answer-writer.ts';
import { missingText } from '../shared/read-answer/missing-text.ts';
import type { IncomingItem } from './incoming-item.ts';

/** Where a reasoning item has its text: summaries of it, or the reasoning itself from models that show it. */
type Source = 'summary' | 'content';

/** What stands between two parts (`translation.md` §10.4). */
const BETWEEN_PARTS = '\n\n';

/** The events that bring reasoning text: where it belongs, and the names of its text and of its part's number. */
const EVENTS: Readonly<Record<string, { source: Source; text: 'delta' | 'text'; index: string }>> = {
  'response.reasoning_summary_text.delta': { source: 'summary', text: 'delta', index: 'summary_index' },
  'response.reasoning_summary_text.done': { source: 'summary', text: 'text', index: 'summary_index' },
  'response.reasoning_text.delta': { source: 'content', text: 'delta', index: 'content_index' },
  'response.reasoning_text.done': { source: 'content', text: 'text', index: 'content_index' },
};

/** A `reasoning` item: one block of thinking, its id and encrypted content sealed in the signature (P5, P99). */
export class IncomingReasoning implements IncomingItem {
  readonly hasRefused = false;
  isFinished = false;
  private readonly block: ThinkingBlock;
  private readonly shown = new Map<number, string>();
  private source: Source | undefined;
  private state: JsonObject | undefined;

  constructor(writer: AnswerWriter) {
    this.block = writer.addThinking('growing', () => this.state);
  }

  push(type: string, data: JsonObject): void {
    const event = EVENTS[type];
    if (!event) return;
    const index = numberAt(data, event.index) ?? 0;
    const text = stringAt(data, event.text) ?? '';
    if (event.text === 'delta') this.append(event.source, index, text);
    else this.complete(event.source, index, text);
  }

  /** Only the finished item holds the whole of its encrypted content. */
  finish(item: JsonObject): void {
    if (this.isFinished) return;
    for (const source of ['summary', 'content'] as const) {
      const parts = Array.isArray(item[source]) ? item[source] : [];
      parts.forEach((part, index) => {
        if (isJsonObject(part)) this.complete(source, index, stringAt(part, 'text') ?? '');
      });
    }
    const encrypted_content = stringAt(item, 'encrypted_content');
    if (encrypted_content) this.state = { id: stringAt(item, 'id') ?? '', encrypted_content };
    this.block.state = 'finished';
    this.isFinished = true;
  }

  /** The source that speaks first is read, never two. */
  private append(source: Source, index: number, text: string): void {
    if (text === '' || (this.source !== undefined && this.source !== source)) return;
    this.source = source;
    const isNewPart = this.shown.size > 0 && !this.shown.has(index);
    this.block.append(isNewPart ? BETWEEN_PARTS + text : text);
    this.shown.set(index, (this.shown.get(index) ?? '') + text);
  }

  private complete(source: Source, index: number, whole: string): void {
    this.append(source, index, missingText(this.shown.get(index) ?? '', whole));
  }
}
