import { isJsonObject, type JsonObject, numberAt, objectAt, stringAt } from '../../core/json.ts';
import type { AnswerWriter } from '../shared/read-answer/answer-writer.ts';
import { IncomingCall, isCall } from './incoming-call.ts';
import type { IncomingItem } from './incoming-item.ts';
import { IncomingMessage } from './incoming-message.ts';
import { IncomingReasoning } from './incoming-reasoning.ts';

/** The kind of item that an event belongs to, for upstreams that never announced it. */
const UNANNOUNCED: readonly { events: string; item: string }[] = [
  { events: 'response.output_text.', item: 'message' },
  { events: 'response.refusal.', item: 'message' },
  { events: 'response.content_part.', item: 'message' },
  { events: 'response.reasoning_', item: 'reasoning' },
];

/** The items of one response, told apart by their place in `output`, or by their id where that is not said. */
export class IncomingItems {
  private readonly writer: AnswerWriter;
  private readonly items = new Map<string, IncomingItem>();
  private readonly begun: IncomingItem[] = [];
  /** A call that nobody could run: its finished item has no name. */
  hasNameless = false;

  constructor(writer: AnswerWriter) {
    this.writer = writer;
  }

  get hasRefused(): boolean {
    return this.begun.some((item) => item.hasRefused);
  }

  /** `response.output_item.added` */
  add(data: JsonObject): void {
    const item = objectAt(data, 'item') ?? {};
    // A call without a name waits for its finished item.
    if (isCall(item) && !stringAt(item, 'name')) return;
    this.begin(keyOf(data), item);
  }

  /** Any event below an item. */
  push(type: string, data: JsonObject): void {
    const key = keyOf(data);
    const known = this.items.get(key);
    if (known) {
      if (!known.isFinished) known.push(type, data);
      return;
    }
    const kind = UNANNOUNCED.find(({ events }) => type.startsWith(events));
    if (kind) this.begin(key, { type: kind.item })?.push(type, data);
  }

  /** `response.output_item.done` */
  finish(data: JsonObject): void {
    const item = objectAt(data, 'item') ?? {};
    const key = keyOf(data);
    const isNameless = isCall(item) && !stringAt(item, 'name');
    const known = this.items.get(key) ?? (isNameless ? undefined : this.begin(key, item));
    if (known) known.finish(item);
    else if (isNameless) this.hasNameless = true;
  }

  /** The output of the whole response, which counts only where no event has told of an item. */
  finishAll(output: unknown): void {
    if (this.items.size > 0 || !Array.isArray(output)) return;
    output.filter(isJsonObject).forEach((item, output_index) => {
      this.finish({ output_index, item });
    });
  }

  private begin(key: string, item: JsonObject): IncomingItem | undefined {
    if (this.writer.isStopped) return undefined;
    const begun = this.create(item);
    if (!begun) return undefined;
    this.items.set(key, begun);
    this.begun.push(begun);
    return begun;
  }

  private create(item: JsonObject): IncomingItem | undefined {
    const type = stringAt(item, 'type') ?? '';
    if (isCall(item)) return new IncomingCall(this.writer, item);
    switch (type) {
      case 'message':
        return new IncomingMessage(this.writer);
      case 'reasoning':
        return new IncomingReasoning(this.writer);
      default:
        this.writer.report(isServerTool(type) ? 'server_tool_dropped' : 'block_dropped', 'answer.output');
        return undefined;
    }
  }
}

function isServerTool(type: string): boolean {
  return type.endsWith('_call') || type.startsWith('mcp_');
}

function keyOf(data: JsonObject): string {
  const index = numberAt(data, 'output_index');
  if (index !== undefined) return String(index);
  return stringAt(data, 'item_id') ?? stringAt(objectAt(data, 'item') ?? {}, 'id') ?? '';
}
