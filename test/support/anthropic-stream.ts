import type { Json, JsonObject } from '../../src/core/json.ts';

/** What an upstream bills for one answer: the truth that the ledger is held against. */
export type TrueUsage = {
  input: number;
  output: number;
  cacheRead?: number;
  cacheWrite5m?: number;
  cacheWrite1h?: number;
};

/** One event as the real API writes it: `event:` line, one line of JSON with the same type, blank line. */
export function sseEvent(type: string, payload: JsonObject = {}): Buffer {
  return Buffer.from(`event: ${type}\ndata: ${JSON.stringify({ type, ...payload })}\n\n`);
}

/** A usage object of the wire, every key present (`anthropic-surface.md` §8). */
export function wireUsage(usage: TrueUsage, output: number = usage.output): JsonObject {
  const cacheWrite5m = usage.cacheWrite5m ?? 0;
  const cacheWrite1h = usage.cacheWrite1h ?? 0;
  return {
    input_tokens: usage.input,
    cache_creation_input_tokens: cacheWrite5m + cacheWrite1h,
    cache_read_input_tokens: usage.cacheRead ?? 0,
    cache_creation: { ephemeral_5m_input_tokens: cacheWrite5m, ephemeral_1h_input_tokens: cacheWrite1h },
    output_tokens: output,
    service_tier: 'standard',
  };
}

/** What makes up a scripted answer. */
export type AnswerParts = { id?: string; model: string; content?: Json[]; stopReason?: string; usage: TrueUsage };

/** A whole message as the real API answers it. */
export function wholeMessage(parts: AnswerParts): JsonObject {
  return {
    id: parts.id ?? newMessageId(),
    type: 'message',
    role: 'assistant',
    model: parts.model,
    content: parts.content ?? [{ type: 'text', text: 'Hello from the upstream.' }],
    stop_reason: parts.stopReason ?? 'end_turn',
    stop_sequence: null,
    usage: wireUsage(parts.usage),
  };
}

/** `message_start` with the true input counts and the small output placeholder that the real API sends. */
export function messageStart(parts: AnswerParts): Buffer {
  return sseEvent('message_start', {
    message: { ...wholeMessage(parts), content: [], stop_reason: null, usage: wireUsage(parts.usage, 1) },
  });
}

/** Opens an empty text block. */
export function textBlockStart(index = 0): Buffer {
  return sseEvent('content_block_start', { index, content_block: { type: 'text', text: '' } });
}

/** One piece of text. */
export function textDelta(text: string, index = 0): Buffer {
  return sseEvent('content_block_delta', { index, delta: { type: 'text_delta', text } });
}

/** Closes a block. */
export function blockStop(index = 0): Buffer {
  return sseEvent('content_block_stop', { index });
}

/** The closing events: `message_delta` with the final output count, then `message_stop`. */
export function messageEnd(parts: AnswerParts): Buffer[] {
  return [
    sseEvent('message_delta', {
      delta: { stop_reason: parts.stopReason ?? 'end_turn', stop_sequence: null },
      usage: { output_tokens: parts.usage.output },
    }),
    sseEvent('message_stop'),
  ];
}

/** A whole stream of one text block, event by event. */
export function textStream(parts: AnswerParts, pieces: readonly string[]): Buffer[] {
  return [
    messageStart(parts),
    textBlockStart(),
    ...pieces.map((piece) => textDelta(piece)),
    blockStop(),
    ...messageEnd(parts),
  ];
}

/** A whole stream of one tool call whose input comes in the given pieces of JSON. */
export function toolStream(
  parts: AnswerParts,
  tool: { id: string; name: string },
  pieces: readonly string[],
): Buffer[] {
  return [
    messageStart(parts),
    sseEvent('content_block_start', { index: 0, content_block: { type: 'tool_use', ...tool, input: {} } }),
    ...pieces.map((partial_json) =>
      sseEvent('content_block_delta', { index: 0, delta: { type: 'input_json_delta', partial_json } }),
    ),
    blockStop(),
    ...messageEnd({ ...parts, stopReason: 'tool_use' }),
  ];
}

let messagesMade = 0;

/** A message id never used before: clients break when two answers share one (`clients.md` §6). */
export function newMessageId(): string {
  messagesMade++;
  return `msg_fake${String(messagesMade).padStart(8, '0')}`;
}
