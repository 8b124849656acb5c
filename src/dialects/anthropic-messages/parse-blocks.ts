import { isJsonObject, type Json, objectAt, stringAt } from '../../core/json.ts';
import type { ContentBlock } from '../../core/message.ts';
import { refuse } from '../shared/fields.ts';
import { type Check, checkBoolean, checkObject, checkString, checkTyped, fields, listOf } from './field-checks.ts';

/** Content blocks, checked as far as a conversion relies on them (`anthropic-surface.md` §5). */

/** An image's or document's source, by its type; a type that is not here is the target's to judge. */
const SOURCES: Readonly<Record<string, Check>> = {
  base64: fields({ media_type: checkString, data: checkString }),
  url: fields({ url: checkString }),
  file: fields({ file_id: checkString }),
  text: fields({ data: checkString }),
  content: fields({ content: checkContent }),
};

const checkSource: Check = (value, path) => {
  checkTyped(value, path);
  checkByType(SOURCES, value, path);
};

const CALL = fields({ id: checkString, name: checkString, input: checkObject });

const BLOCKS: Readonly<Record<string, Check>> = {
  text: fields({ text: checkString }),
  image: fields({ source: checkSource }),
  document: fields({ source: checkSource }, { title: checkString, context: checkString, citations: checkObject }),
  search_result: fields({ source: checkString, title: checkString, content: checkContent }),
  thinking: fields({ thinking: checkString, signature: checkString }),
  redacted_thinking: fields({ data: checkString }),
  tool_use: CALL,
  server_tool_use: CALL,
  tool_result: fields({ tool_use_id: checkString }, { content: checkContent, is_error: checkBoolean }),
  tool_reference: fields({ tool_name: checkString }),
};

/**
 * A string, or a list of blocks each of which has what its type needs.
 * @throws GatewayError `invalid_request` in the API's path style: `messages.0.content.1.text: Field required`.
 */
export function checkContent(value: Json, path: string): void {
  if (typeof value === 'string') return;
  if (!Array.isArray(value)) refuse(path, 'Input should be a valid string or list');
  listOf(checkBlock)(value, path);
}

function checkBlock(value: Json, path: string): void {
  checkTyped(value, path);
  checkByType(BLOCKS, value, path);
}

function checkByType(checks: Readonly<Record<string, Check>>, value: Json, path: string): void {
  const type = isJsonObject(value) ? (stringAt(value, 'type') ?? '') : '';
  if (Object.hasOwn(checks, type)) checks[type]?.(value, path);
}

/**
 * A block without a client's own `extra`, nested blocks included: in canonical form that key has a meaning of its own.
 * @param onExtra told the path of each that was taken away.
 */
export function withoutExtra(block: ContentBlock, path: string, onExtra: (path: string) => void): ContentBlock {
  const { extra, ...kept } = block;
  if (extra !== undefined) onExtra(`${path}.extra`);
  const { content } = kept;
  const source = objectAt(kept, 'source');
  const nested = source?.['content'];
  return {
    ...kept,
    ...(Array.isArray(content) && { content: blocksWithoutExtra(content, `${path}.content`, onExtra) }),
    ...(Array.isArray(nested) && {
      source: { ...source, content: blocksWithoutExtra(nested, `${path}.source.content`, onExtra) },
    }),
  };
}

/** A list of blocks, each without `extra`. */
export function blocksWithoutExtra(list: readonly Json[], path: string, onExtra: (path: string) => void): Json[] {
  return list.map((entry, index) => {
    const type = isJsonObject(entry) ? stringAt(entry, 'type') : undefined;
    return isJsonObject(entry) && type !== undefined
      ? withoutExtra({ ...entry, type }, `${path}.${index}`, onExtra)
      : entry;
  });
}
