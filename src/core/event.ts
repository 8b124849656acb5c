import { isJsonObject, type JsonObject, stringAt } from './json.ts';
import type { ContentBlock, Message } from './message.ts';

/** A canonical stream event: Anthropic's names and payloads (`anthropic-surface.md` §9); unknown types travel as data. */
export type StreamEvent =
  | { type: 'message_start'; message: Message }
  | { type: 'content_block_start'; index: number; content_block: ContentBlock }
  | { type: 'content_block_delta'; index: number; delta: { type: string } & JsonObject }
  | { type: 'content_block_stop'; index: number }
  | { type: 'message_delta'; delta: JsonObject; usage: JsonObject; extra?: JsonObject }
  | { type: 'message_stop' }
  | { type: 'ping' }
  | { type: 'error'; error: { type: string; message: string } & JsonObject };

/** Which field of a block each kind of delta grows, where the growth is plain concatenation. */
const CONCATENATED = {
  text_delta: 'text',
  thinking_delta: 'thinking',
  signature_delta: 'signature',
} as const satisfies Record<string, string>;

/** Kinds of delta with a growth of their own; what is neither here nor above is left out, wherever it stands (U22). */
const OTHER_DELTAS: ReadonlySet<string> = new Set(['input_json_delta', 'citations_delta', 'compaction_delta']);

/**
 * Folds the events of one answer into the message they spell.
 * @throws Error when an event breaks the order that `anthropic-surface.md` §9 lays down, or the stream has no end.
 */
export function fold(events: Iterable<StreamEvent>): Message {
  const folding = new Folding();
  for (const event of events) folding.take(event);
  return folding.result();
}

class Folding {
  private message: Message | undefined;
  private readonly partialJson = new Map<number, string>();
  private readonly open = new Set<number>();
  private stopped = false;

  take(event: StreamEvent): void {
    switch (event.type) {
      case 'message_start':
        if (this.message) throw new Error('second message_start');
        this.message = { ...event.message, content: [...event.message.content], usage: { ...event.message.usage } };
        return;
      case 'content_block_start':
        if (event.index !== this.started().content.length) throw new Error(`block index ${event.index} leaves a gap`);
        this.started().content.push({ ...event.content_block });
        this.open.add(event.index);
        return;
      case 'content_block_delta':
        this.applyDelta(event.index, event.delta);
        return;
      case 'content_block_stop':
        this.closeBlock(event.index);
        return;
      case 'message_delta':
        this.finish({ ...event.extra, ...event.delta }, event.usage);
        return;
      case 'message_stop':
        this.stopped = true;
        return;
      case 'ping':
        return;
      case 'error':
        throw new Error(`stream ended in ${event.error.type}: ${event.error.message}`);
      default:
        event satisfies never;
    }
  }

  result(): Message {
    if (!this.stopped) throw new Error('stream ended without message_stop');
    if (this.open.size > 0) throw new Error(`stream ended inside block ${[...this.open].join(', ')}`);
    return this.started();
  }

  private started(): Message {
    if (!this.message) throw new Error('event before message_start');
    return this.message;
  }

  private block(index: number): ContentBlock {
    const block = this.started().content[index];
    if (!block || !this.open.has(index)) throw new Error(`no open block ${index}`);
    return block;
  }

  private applyDelta(index: number, delta: { type: string } & JsonObject): void {
    if (!isConcatenated(delta.type) && !OTHER_DELTAS.has(delta.type)) return;
    const block = this.block(index);
    if (delta.type === 'input_json_delta') {
      this.partialJson.set(index, (this.partialJson.get(index) ?? '') + (stringAt(delta, 'partial_json') ?? ''));
    } else if (delta.type === 'citations_delta') {
      const citations = Array.isArray(block['citations']) ? block['citations'] : [];
      block['citations'] = [...citations, delta['citation'] ?? null];
    } else if (isConcatenated(delta.type)) {
      const field = CONCATENATED[delta.type];
      block[field] = (stringAt(block, field) ?? '') + (stringAt(delta, field) ?? '');
    } else {
      this.started().content[index] = { ...block, ...delta, type: block.type };
    }
  }

  /** Spreads and never assigns: a `__proto__` key is data (C6). What only `message_start` may say stays as it was. */
  private finish(delta: JsonObject, usage: JsonObject): void {
    const message = this.started();
    const { id, type, role, model, content } = message;
    this.message = {
      ...message,
      ...delta,
      ...{ id, type, role, model, content },
      stop_reason: stringAt(delta, 'stop_reason') ?? message.stop_reason,
      stop_sequence: stringAt(delta, 'stop_sequence') ?? message.stop_sequence,
      usage: { ...message.usage, ...withoutNulls(usage) },
    };
  }

  /** `content_block_start.input` is a placeholder: the deltas replace it, they do not extend it (P48). */
  private closeBlock(index: number): void {
    const block = this.block(index);
    const json = this.partialJson.get(index);
    this.open.delete(index);
    if (json) block['input'] = JSON.parse(json);
  }
}

function isConcatenated(type: string): type is keyof typeof CONCATENATED {
  return Object.hasOwn(CONCATENATED, type);
}

function withoutNulls(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}

/** What is known only at the end of a message; clients take all of it from `message_delta` and forget what came before. */
const END_FIELDS = ['stop_reason', 'stop_sequence', 'stop_details', 'container'] as const;

/** Spells a finished message as the events that a stream would have carried: `fold(unfold(m))` equals `m`. */
export function unfold(message: Message): StreamEvent[] {
  const { usage } = message;
  const delta = Object.fromEntries(
    END_FIELDS.flatMap((field) => (message[field] === undefined ? [] : [[field, message[field]]])),
  );
  const cleared = Object.fromEntries(Object.keys(delta).map((field) => [field, null]));
  const events: StreamEvent[] = [{ type: 'message_start', message: { ...message, content: [], ...cleared } }];
  message.content.forEach((block, index) => {
    const { start, deltas } = unfoldBlock(block);
    events.push({ type: 'content_block_start', index, content_block: start });
    for (const delta of deltas) events.push({ type: 'content_block_delta', index, delta });
    events.push({ type: 'content_block_stop', index });
  });
  events.push({ type: 'message_delta', delta, usage }, { type: 'message_stop' });
  return events;
}

/** A block's opening form and the deltas that fill it; a block type without deltas opens complete. */
function unfoldBlock(block: ContentBlock): { start: ContentBlock; deltas: ({ type: string } & JsonObject)[] } {
  const text = stringAt(block, 'text');
  const thinking = stringAt(block, 'thinking');
  if (block.type === 'text' && text !== undefined) {
    const citations = Array.isArray(block['citations']) ? block['citations'] : [];
    return {
      start: { ...block, text: '', ...(citations.length > 0 && { citations: [] }) },
      deltas: [
        ...citations.map((citation) => ({ type: 'citations_delta', citation })),
        ...(text === '' ? [] : [{ type: 'text_delta', text }]),
      ],
    };
  }
  if (block.type === 'thinking' && thinking !== undefined) {
    const signature = stringAt(block, 'signature');
    return {
      start: { ...block, thinking: '', ...(signature !== undefined && { signature: '' }) },
      deltas: [
        ...(thinking === '' ? [] : [{ type: 'thinking_delta', thinking }]),
        ...(signature === undefined ? [] : [{ type: 'signature_delta', signature }]),
      ],
    };
  }
  if (isJsonObject(block['input'])) {
    const partial_json = JSON.stringify(block['input']);
    return { start: { ...block, input: {} }, deltas: [{ type: 'input_json_delta', partial_json }] };
  }
  return { start: block, deltas: [] };
}
