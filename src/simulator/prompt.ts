import type { Json, JsonObject } from '../core/json.ts';
import { isJsonObject } from '../core/json.ts';
import type { ContentBlock, MessagesRequest } from '../core/message.ts';
import { blocksOf, resultBlocks } from './conversation.ts';
import type { MediaIndex } from './media.ts';
import { blockTokens, TOKENS_PER_MESSAGE, TOKENS_PER_REQUEST, toolTokens, withoutCacheControl } from './tokens.ts';

/** The prompt as the cache sees it: tools, then system, then messages, block by block (`anthropic-surface.md` §7). */

/** How long a cache entry lives. */
export type CacheTtl = '5m' | '1h';

/** One block of the prompt. */
export type Segment = {
  /** Where an error about it points. */
  path: string;
  /** What must be the same for the cache to hit. */
  text: string;
  tokens: number;
  /** The lifetimes of the breakpoints on it; more than one only where blocks of a tool result carry some. */
  breakpoints: CacheTtl[];
  /** Whether a breakpoint may stand on it. */
  cacheable: boolean;
};

/** All segments of a request, in the order of the cache. */
export function segmentsOf(request: MessagesRequest, media: MediaIndex): Segment[] {
  const segments = [...toolSegments(request), ...systemSegments(request, media)];
  // A change of these two invalidates the messages, but neither tools nor system.
  let boundary = JSON.stringify([request.tool_choice ?? null, request.thinking ?? null]);
  request.messages.forEach((message, index) => {
    blocksOf(message.content).forEach((block, position) => {
      const opening = position === 0 ? TOKENS_PER_MESSAGE : 0;
      const segment = toSegment(block, `messages.${index}.content.${position}`, blockTokens(block, media) + opening);
      segments.push({ ...segment, text: `${boundary}${message.role}${segment.text}` });
      boundary = '';
    });
  });
  const automatic = ttlOf(request['cache_control']);
  const last = segments.findLast((segment) => segment.cacheable);
  if (automatic && last && !last.breakpoints.includes(automatic)) last.breakpoints.push(automatic);
  return segments;
}

/** Tokens of the whole prompt. */
export function promptTokens(segments: readonly Segment[]): number {
  return segments.reduce((sum, segment) => sum + segment.tokens, TOKENS_PER_REQUEST);
}

function toolSegments(request: MessagesRequest): Segment[] {
  return (request.tools ?? []).map((tool, index) => toSegment(tool, `tools.${index}`, toolTokens(tool)));
}

function systemSegments(request: MessagesRequest, media: MediaIndex): Segment[] {
  return blocksOf(request.system ?? '').map((block, index) =>
    toSegment(block, `system.${index}`, blockTokens(block, media)),
  );
}

function toSegment(block: JsonObject, path: string, tokens: number): Segment {
  const type = block['type'];
  const inner = isResult(block) ? resultBlocks(block) : [];
  return {
    path,
    text: JSON.stringify(
      inner.length > 0
        ? { ...withoutCacheControl(block), content: inner.map(withoutCacheControl) }
        : withoutCacheControl(block),
    ),
    tokens,
    breakpoints: [block, ...inner].flatMap((carrier) => ttlOf(carrier['cache_control']) ?? []),
    cacheable: type !== 'thinking' && type !== 'redacted_thinking',
  };
}

function isResult(block: JsonObject): block is ContentBlock {
  return block['type'] === 'tool_result';
}

/** The lifetime that a `cache_control` asks for; undefined when there is none. */
function ttlOf(control: Json | undefined): CacheTtl | undefined {
  if (!isJsonObject(control)) return undefined;
  return control['ttl'] === '1h' ? '1h' : '5m';
}
