import type { LossSink } from '../../../core/dialect.ts';
import type { Json, JsonObject } from '../../../core/json.ts';
import type { ContentBlock } from '../../../core/message.ts';
import { asObject, asString, pathOf, readObject, readString, refuse, reportUnknown, valueAt } from '../fields.ts';

/** Turns one content part into a canonical block. @throws GatewayError `invalid_request` naming the field. */
export type PartReader = (part: JsonObject, field: string, report: LossSink) => ContentBlock;

/** The content parts that a message may hold, by their type. */
export type PartTable = ReadonlyMap<string, PartReader>;

/**
 * The blocks of a message's content: a text, a list of parts, or nothing. Empty text is left out, since Messages refuses it
 * (P37); of a whole text that is empty the caller knows whether it matters.
 * @throws GatewayError `invalid_request` for a part that is not in the table (P50).
 */
export function readContent(
  content: Json | undefined,
  field: string,
  table: PartTable,
  report: LossSink,
): ContentBlock[] {
  if (content === undefined || content === null || content === '') return [];
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  if (!Array.isArray(content)) refuse(field, 'Must be a string or a list of parts');
  return content.flatMap((value, index) => {
    const path = pathOf(field, index);
    const part = asObject(value, path);
    const type = readString(part, 'type', path) ?? '';
    const read = table.get(type);
    if (read === undefined) refuse(pathOf(path, 'type'), `Content of type '${type}' cannot be converted`);
    const block = read(part, path, report);
    if (block.type !== 'text' || block['text'] !== '') return [block];
    report({ code: 'empty_content_dropped', field: path });
    return [];
  });
}

const TEXT_KEYS = new Set(['type', 'text', 'annotations', 'logprobs', 'cache_control', 'prompt_cache_breakpoint']);

/** A text part of either format: `text`, `input_text` or `output_text`. */
export const readTextPart: PartReader = (part, field, report) => {
  reportUnknown(part, TEXT_KEYS, field, report);
  if (holdsAny(part['annotations'])) report({ code: 'annotations_dropped', field: pathOf(field, 'annotations') });
  if (holdsAny(part['logprobs'])) report({ code: 'logprobs_dropped', field: pathOf(field, 'logprobs') });
  return {
    type: 'text',
    text: asString(part['text'] ?? null, pathOf(field, 'text')),
    ...cacheMark(part, field, report),
  };
};

/** A refusal of an earlier turn: what the model said then. */
export const readRefusalPart: PartReader = (part, field) => ({
  type: 'text',
  text: asString(part['refusal'] ?? null, pathOf(field, 'refusal')),
});

/** A list with entries, where an empty one says nothing. */
export function holdsAny(value: Json | undefined): boolean {
  return Array.isArray(value) && value.length > 0;
}

/** How long OpenAI's cache breakpoints live at least, and the nearest lifetime that Messages knows. */
const BREAKPOINT_LIFETIMES: ReadonlyMap<string, JsonObject> = new Map([
  ['30m', { type: 'ephemeral' }],
  ['12h', { type: 'ephemeral', ttl: '1h' }],
]);

/**
 * The cache breakpoint of a part or a tool: Anthropic's own, as it is (P25, P71), or OpenAI's, as the nearest of
 * Anthropic's.
 */
export function cacheMark(holder: JsonObject, field: string, report: LossSink): { cache_control?: JsonObject } {
  const own = readObject(holder, 'cache_control', field);
  if (own !== undefined) return { cache_control: own };
  const breakpoint = readObject(holder, 'prompt_cache_breakpoint', field);
  if (breakpoint === undefined) return {};
  const path = pathOf(field, 'prompt_cache_breakpoint');
  const lifetime = BREAKPOINT_LIFETIMES.get(readString(breakpoint, 'ttl', path) ?? '30m');
  if (lifetime === undefined)
    refuse(pathOf(path, 'ttl'), `Must be one of ${[...BREAKPOINT_LIFETIMES.keys()].join(', ')}`);
  report({ code: 'cache_ttl_changed', field: path });
  return { cache_control: lifetime };
}

/** Puts the mark that a whole message carries on its last block, where Messages has it. */
export function markLast(blocks: ContentBlock[], holder: JsonObject, field: string, report: LossSink): ContentBlock[] {
  const last = blocks.at(-1);
  if (last === undefined || valueAt(holder, 'cache_control') === undefined) return blocks;
  return [...blocks.slice(0, -1), { ...cacheMark(holder, field, report), ...last }];
}
