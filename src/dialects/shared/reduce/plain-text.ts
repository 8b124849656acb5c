import { type Json, type JsonObject, objectAt, stringAt } from '../../../core/json.ts';
import type { ContentBlock } from '../../../core/message.ts';
import type { PlainText } from '../../../core/plain-request.ts';
import { refuse, reportUnknown } from '../fields.ts';
import type { Reduction } from './reduction.ts';

/** Half a surrogate pair and NUL, which upstreams refuse or store badly, replaced by U+FFFD (`translation.md` §2). */
export function cleanText(text: string, path: string, { losses }: Reduction): string {
  if (text.isWellFormed() && !text.includes('\0')) return text;
  losses.add('surrogate_replaced', path);
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}

/** JSON text of a value, its strings cleaned and its numbers as they were written (P115). */
export function cleanJson(value: Json, path: string, reduction: Reduction): string {
  const text = JSON.stringify(value);
  if (!/\\u(?:0000|d[89a-f])/.test(text)) return text;
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'string' ? cleanText(each, path, reduction) : each,
  );
}

/** The cache breakpoint of a block or tool, whole (P71), for an upstream that takes it; for others it is a loss. */
export function cacheControlOf(
  object: JsonObject,
  path: string,
  { target, losses }: Reduction,
): JsonObject | undefined {
  const cacheControl = objectAt(object, 'cache_control');
  if (cacheControl === undefined || target.quirks.cacheControl) return cacheControl;
  losses.add('cache_hint_dropped', `${path}.cache_control`);
  return undefined;
}

/** Reports the cache breakpoint of something that has no place for one, not even where texts have. */
export function dropCacheControl(object: JsonObject, path: string, { losses }: Reduction): void {
  if (objectAt(object, 'cache_control')) losses.add('cache_hint_dropped', `${path}.cache_control`);
}

/** A plain text; undefined when it is empty, which upstreams refuse (P37, P58). */
export function plainText(text: string, path: string, reduction: Reduction): PlainText | undefined {
  if (text !== '') return { type: 'text', text: cleanText(text, path, reduction) };
  reduction.losses.add('empty_content_dropped', path);
  return undefined;
}

const TEXT_KEYS: ReadonlySet<string> = new Set(['type', 'text', 'citations', 'cache_control', 'extra']);

/** @throws GatewayError `invalid_request` when the block holds no text at all. */
export function plainTextBlock(block: ContentBlock, path: string, reduction: Reduction): PlainText | undefined {
  const text = stringAt(block, 'text') ?? refuse(`${path}.text`, 'must be a string');
  reportUnknown(block, TEXT_KEYS, path, reduction.losses.report);
  const { citations } = block;
  if (Array.isArray(citations) && citations.length > 0) reduction.losses.add('citations_dropped', `${path}.citations`);
  const plain = plainText(text, path, reduction);
  const cacheControl = cacheControlOf(block, path, reduction);
  return plain && cacheControl ? { ...plain, cacheControl } : plain;
}
