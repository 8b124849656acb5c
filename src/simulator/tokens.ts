import type { Json, JsonObject } from '../core/json.ts';
import { stringAt } from '../core/json.ts';
import type { ContentBlock } from '../core/message.ts';
import { resultBlocks } from './conversation.ts';
import type { MediaFacts, MediaIndex } from './media.ts';

/** Token counts without a tokenizer: always the same for the same request, and about as large as the real ones. */

const BYTES_PER_TOKEN = 4;
/** What a message costs beside its content, and a request beside its messages. */
export const TOKENS_PER_MESSAGE = 3;
export const TOKENS_PER_REQUEST = 3;
const TOKENS_PER_TOOL = 10;
const TOKENS_PER_CALL = 4;
/** Pixels on a side of the square that one token stands for (`anthropic-surface.md` §5). */
const PIXELS_PER_TOKEN_SIDE = 28;
const TOKENS_PER_PDF_PAGE = 1500;
/** Media behind a URL or file id are not fetched, so they count as one picture of middling size. */
const TOKENS_OF_REMOTE_MEDIA = 1000;

/** Tokens of a text; 0 only for the empty one. */
export function textTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

/** The longest prefix of `text` that has at most `tokens` tokens and ends between two characters. */
export function cutToTokens(text: string, tokens: number): string {
  const room = tokens * BYTES_PER_TOKEN;
  const bytes = Buffer.from(text);
  if (bytes.length <= room) return text;
  let end = room;
  // A byte 10xxxxxx goes on with the character before it.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}

/** Tokens of a tool's declaration. */
export function toolTokens(tool: JsonObject): number {
  return jsonTokens(withoutCacheControl(tool)) + TOKENS_PER_TOOL;
}

/** Tokens of a call that the model writes, or wrote. */
export function callTokens(name: string, input: Json): number {
  return textTokens(name) + jsonTokens(input) + TOKENS_PER_CALL;
}

/** Tokens of one block of the prompt. */
export function blockTokens(block: ContentBlock, media: MediaIndex): number {
  const facts = media.get(block);
  if (facts) return mediaTokens(facts);
  switch (block.type) {
    case 'text':
      return textTokens(stringAt(block, 'text') ?? '');
    case 'thinking':
      return textTokens(stringAt(block, 'thinking') ?? '');
    case 'tool_use':
      return callTokens(stringAt(block, 'name') ?? '', block['input'] ?? {});
    case 'tool_result':
      return resultBlocks(block).reduce((sum, inner) => sum + blockTokens(inner, media), TOKENS_PER_CALL);
    default:
      return jsonTokens(withoutCacheControl(block));
  }
}

function mediaTokens(facts: MediaFacts): number {
  switch (facts.kind) {
    case 'image':
      return Math.ceil(facts.width / PIXELS_PER_TOKEN_SIDE) * Math.ceil(facts.height / PIXELS_PER_TOKEN_SIDE);
    case 'pdf':
      return facts.pages * TOKENS_PER_PDF_PAGE;
    case 'text':
      return textTokens(facts.text);
    case 'remote':
      return TOKENS_OF_REMOTE_MEDIA;
    default:
      return facts satisfies never;
  }
}

function jsonTokens(value: Json): number {
  return textTokens(JSON.stringify(value));
}

/** A breakpoint moves from turn to turn; what it stands on is the same prompt with it and without. */
export function withoutCacheControl(block: JsonObject): JsonObject {
  const { cache_control: _breakpoint, ...rest } = block;
  return rest;
}
