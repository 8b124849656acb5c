import type { Reading, StreamDecoder } from '../../src/core/dialect.ts';
import { fold, type StreamEvent } from '../../src/core/event.ts';
import { isJsonObject, type Json, type JsonObject, stringAt } from '../../src/core/json.ts';
import type { Loss } from '../../src/core/loss.ts';
import type { Message } from '../../src/core/message.ts';
import { OPENAI_QUIRKS } from '../../src/core/quirks.ts';
import { parseFrame, SseFrameSplitter } from '../../src/framing/sse-frames.ts';
import { testTools } from './codec-tools.ts';

/** Whose state the answers of these tests hold. */
export const ORIGIN = 'acme';

/** What answers are read with; `losses` gathers what they report. */
export function testReading(parts: Partial<Reading> = {}, losses: Loss[] = []): Reading {
  return {
    model: 'upstream-model',
    provider: ORIGIN,
    quirks: OPENAI_QUIRKS,
    tools: testTools(),
    toolNames: new Map(),
    emulatedStops: [],
    estimatedInput: 7,
    report: (loss) => losses.push(loss),
    ...parts,
  };
}

/** The events that a stream gives when its bytes come in these chunks. */
export function decodeChunks(chunks: Iterable<Uint8Array>, decoder: StreamDecoder): StreamEvent[] {
  const splitter = new SseFrameSplitter();
  const events: StreamEvent[] = [];
  const take = (raw: Uint8Array) => {
    const frame = parseFrame(raw);
    if (frame) events.push(...decoder.push(frame));
  };
  for (const chunk of chunks) splitter.push(chunk).forEach(take);
  const rest = splitter.end();
  if (rest.length > 0) take(rest);
  return [...events, ...decoder.end()];
}

/** A stream of these JSON values, one event each. */
export function sseOf(values: readonly (Json | string)[]): Buffer {
  const lines = values.map((value) => `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`);
  return Buffer.from(lines.join(''));
}

/** An answer in short: its blocks, why it stopped, and its counts. */
export type Gist = { blocks: string[]; stop: string | null; usage: string };

/**
 * The message that events spell, in short: `thinking[state]: text` for thinking, `text: …` with `[url]` for what it cites,
 * and `tool ID NAME INPUT` for calls.
 */
export function gistOf(events: readonly StreamEvent[]): Gist {
  return gistOfMessage(fold(withReadableInput(events)));
}

/** As of `gistOf`. */
export function gistOfMessage({ content, stop_reason, stop_sequence, usage }: Message): Gist {
  const counts = ['input_tokens', 'cache_read_input_tokens', 'output_tokens'].map((name) => usage[name]);
  return {
    blocks: content.map(gistOfBlock),
    stop: stop_sequence === null ? stop_reason : `${stop_reason} ${JSON.stringify(stop_sequence)}`,
    usage: counts.join('/'),
  };
}

/** Input that a cut left unreadable stands as `{"cut": …}`. */
function withReadableInput(events: readonly StreamEvent[]): StreamEvent[] {
  const texts = new Map<number, string>();
  for (const event of events) {
    if (event.type !== 'content_block_delta' || event.delta.type !== 'input_json_delta') continue;
    texts.set(event.index, (texts.get(event.index) ?? '') + stringAt(event.delta, 'partial_json'));
  }
  const cut = new Set([...texts].filter(([, text]) => !isReadable(text)).map(([index]) => index));
  return events.flatMap((event): StreamEvent[] => {
    if (!('index' in event) || !cut.has(event.index)) return [event];
    if (event.type === 'content_block_delta') return [];
    if (event.type !== 'content_block_stop') return [event];
    const delta = { type: 'input_json_delta', partial_json: JSON.stringify({ cut: texts.get(event.index) ?? '' }) };
    return [{ type: 'content_block_delta', index: event.index, delta }, event];
  });
}

function isReadable(text: string): boolean {
  try {
    return isJsonObject(JSON.parse(text));
  } catch {
    return false;
  }
}

function gistOfBlock(block: JsonObject): string {
  switch (block['type']) {
    case 'thinking':
      return `thinking${stateIn(block)}: ${stringAt(block, 'thinking')}`;
    case 'text': {
      const citations = Array.isArray(block['citations']) ? block['citations'] : [];
      const cited = citations.map((citation) => `[${isJsonObject(citation) ? stringAt(citation, 'url') : '?'}]`);
      return `text: ${stringAt(block, 'text')}${cited.join('')}`;
    }
    case 'tool_use': {
      const extra = isJsonObject(block['extra']) && block['extra']['custom'] === true ? ' (custom)' : '';
      return `tool ${stringAt(block, 'id')} ${stringAt(block, 'name')} ${JSON.stringify(block['input'])}${extra}`;
    }
    default:
      return JSON.stringify(block);
  }
}

/** The state that a signature seals, without the text; its text must be the block's own. */
function stateIn(block: JsonObject): string {
  const sealed = testTools().envelope.open(stringAt(block, 'signature') ?? '');
  if (!sealed) return '[unsigned]';
  const { text, ...state } = sealed.data;
  if (sealed.origin !== ORIGIN || text !== block['thinking']) return '[wrong seal]';
  return Object.keys(state).length === 0 ? '' : JSON.stringify(state);
}

/** Which deltas each kind of block takes (P4, P80). */
const DELTAS_OF: Readonly<Record<string, readonly string[]>> = {
  text: ['text_delta', 'citations_delta'],
  thinking: ['thinking_delta', 'signature_delta'],
  tool_use: ['input_json_delta'],
};

/**
 * What is wrong with the order of events; empty for a right one: one `message_start` first, blocks counted from 0 that never
 * overlap, deltas of the block's own kind, one signature at the end of each thinking block, and one end.
 */
export function orderFaults(events: readonly StreamEvent[]): string[] {
  const faults: string[] = [];
  let open: { index: number; type: string; last: string } | undefined;
  let blocks = 0;
  const expect = (isRight: boolean, fault: string) => {
    if (!isRight) faults.push(fault);
  };
  events.forEach((event, at) => {
    const isFirst = at === 0;
    if (event.type === 'message_start') expect(isFirst, 'message_start is not first');
    else if (isFirst) expect(event.type === 'error', `${event.type} is first`);
    const isEnd = event.type === 'message_stop' || event.type === 'error';
    expect(isEnd === (at === events.length - 1), `${event.type} at ${at} of ${events.length}`);
    if (event.type === 'message_stop') expect(events[at - 1]?.type === 'message_delta', 'no message_delta at the end');
    if (event.type === 'message_delta') expect(open === undefined, 'message_delta inside a block');
    if (event.type === 'content_block_start') {
      expect(open === undefined, `block ${event.index} begins inside another`);
      expect(event.index === blocks, `block ${event.index} comes as number ${blocks}`);
      blocks++;
      open = { index: event.index, type: event.content_block.type, last: '' };
    }
    if (event.type === 'content_block_delta') {
      expect(open?.index === event.index, `delta for ${event.index} outside its block`);
      expect(DELTAS_OF[open?.type ?? '']?.includes(event.delta.type) ?? false, `${event.delta.type} in ${open?.type}`);
      if (open) open.last = event.delta.type;
    }
    if (event.type === 'content_block_stop') {
      expect(open?.index === event.index, `stop of ${event.index}, which is not open`);
      if (open?.type === 'thinking') expect(open.last === 'signature_delta', 'thinking ends without signature');
      open = undefined;
    }
  });
  return faults;
}
