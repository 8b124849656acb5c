import { isJsonObject, type JsonObject, objectAt, stringAt } from '../../core/json.ts';
import type { ContentBlock } from '../../core/message.ts';
import { refuse } from '../shared/fields.ts';
import { cleanJson, cleanText } from '../shared/reduce/plain-text.ts';
import { markCached } from './cache-marks.ts';
import type { Formatting } from './formatting.ts';
import { isThinking, openThinking } from './thinking-state.ts';

type Format = (block: ContentBlock, path: string, formatting: Formatting) => ContentBlock[];

const FORMATS: ReadonlyMap<string, Format> = new Map<string, Format>([
  ['text', formatText],
  ['image', formatImage],
  ['document', formatFile],
  ['search_result', formatFile],
  ['thinking', formatThinking],
  ['redacted_thinking', formatThinking],
  ['tool_use', formatToolUse],
  ['tool_result', formatToolResult],
]);

/**
 * A canonical block as the API takes it; none when nothing of it can be sent. A block of an unknown type goes as it is.
 * @throws GatewayError `invalid_request` naming what the API does not take.
 */
export function formatBlock(block: ContentBlock, path: string, formatting: Formatting): ContentBlock[] {
  const format = FORMATS.get(block.type);
  return format ? format(block, path, formatting) : [withoutExtra(block)];
}

/** What the OpenAI formats know beside a block never goes out. */
function withoutExtra(block: ContentBlock): ContentBlock {
  const { extra: _openAiOnly, ...shown } = block;
  return shown;
}

/** Text of white space only is refused like empty text (P37, P58). */
function formatText(block: ContentBlock, path: string, formatting: Formatting): ContentBlock[] {
  const text = stringAt(block, 'text') ?? refuse(`${path}.text`, 'Must be a string');
  const { citations } = block;
  if (Array.isArray(citations) && citations.length > 0) formatting.losses.add('citations_dropped', `${path}.citations`);
  if (text.trim() === '') {
    formatting.losses.add('empty_content_dropped', path);
    return [];
  }
  return [markCached({ type: 'text', text: cleanText(text, path, formatting) }, block, path, formatting)];
}

/** `image/jpg` is a common misspelling of the only name that the API knows. */
const IMAGE_TYPES: ReadonlyMap<string, string> = new Map([
  ['image/jpeg', 'image/jpeg'],
  ['image/jpg', 'image/jpeg'],
  ['image/png', 'image/png'],
  ['image/gif', 'image/gif'],
  ['image/webp', 'image/webp'],
]);

function formatImage(block: ContentBlock, path: string, formatting: Formatting): ContentBlock[] {
  const source = sourceOf(block, path);
  const detail = stringAt(objectAt(block, 'extra') ?? {}, 'detail') ?? 'auto';
  if (detail !== 'auto') formatting.losses.add('image_detail_dropped', `${path}.detail`);
  if (source['type'] !== 'base64') return [markCached({ type: 'image', source }, block, path, formatting)];
  const mediaType = IMAGE_TYPES.get(stringAt(source, 'media_type') ?? '');
  if (mediaType === undefined)
    refuse(`${path}.source.media_type`, 'Must be image/jpeg, image/png, image/gif or image/webp');
  return [markCached({ type: 'image', source: { ...source, media_type: mediaType } }, block, path, formatting)];
}

/** A document, or a search result; only what a document holds itself can be judged here. */
function formatFile(block: ContentBlock, path: string, formatting: Formatting): ContentBlock[] {
  if (block.type === 'document') {
    const source = sourceOf(block, path);
    if (source['type'] === 'base64' && source['media_type'] !== 'application/pdf') {
      refuse(`${path}.source.media_type`, 'Must be application/pdf');
    }
  }
  const { cache_control: _marked, ...file } = withoutExtra(block);
  return [markCached({ ...file, type: block.type }, block, path, formatting)];
}

/** Where a file's bytes are: of URLs, the API fetches only those of the web (P35). */
function sourceOf(block: ContentBlock, path: string): JsonObject {
  const source = objectAt(block, 'source') ?? refuse(`${path}.source`, 'Must be an object');
  if (source['type'] === 'url' && !/^https?:\/\//i.test(stringAt(source, 'url') ?? '')) {
    refuse(`${path}.source.url`, 'Must be an http(s) URL');
  }
  return source;
}

/** Thinking goes back only to the provider that did it; all other is dropped, text and all (P7, P85, P86, P105). */
function formatThinking(block: ContentBlock, path: string, { target, losses }: Formatting): ContentBlock[] {
  const opened = openThinking(block, target.provider, target.tools.envelope);
  if (opened) return [opened];
  losses.add('thinking_dropped', path);
  return [];
}

function formatToolUse(block: ContentBlock, path: string, formatting: Formatting): ContentBlock[] {
  const id = stringAt(block, 'id') ?? refuse(`${path}.id`, 'Must be a string');
  const name = stringAt(block, 'name') ?? refuse(`${path}.name`, 'Must be a string');
  const sent = {
    type: 'tool_use',
    id: formatting.callIds.ofCall(id, `${path}.id`),
    name: formatting.names.toUpstream(name, `${path}.name`),
  };
  const input = objectAt(block, 'input') ?? {};
  const marked: ContentBlock = markCached({ ...sent, input }, block, path, formatting);
  formatting.inputs.set(marked, inputText(block, input, path, formatting));
  return [marked];
}

/** Escapes of NUL and of surrogates, halves of which the API refuses. */
const ODD_ESCAPE = /\\u(?:0000|d[89a-f])/i;

/** The input as JSON: as it was written, where it was (P115). */
function inputText(block: ContentBlock, input: JsonObject, path: string, formatting: Formatting): string {
  const extra = objectAt(block, 'extra') ?? {};
  const written = extra['custom'] === true ? undefined : stringAt(extra, 'input_text');
  const isUsable = written !== undefined && !ODD_ESCAPE.test(written) && isObjectText(written);
  return isUsable
    ? cleanText(written.trim(), `${path}.input`, formatting)
    : cleanJson(input, `${path}.input`, formatting);
}

function isObjectText(text: string): boolean {
  try {
    return isJsonObject(JSON.parse(text));
  } catch {
    return false;
  }
}

function formatToolResult(block: ContentBlock, path: string, formatting: Formatting): ContentBlock[] {
  const id = stringAt(block, 'tool_use_id') ?? refuse(`${path}.tool_use_id`, 'Must be a string');
  const content = resultContent(block, `${path}.content`, formatting);
  const sent: ContentBlock = {
    type: 'tool_result',
    tool_use_id: formatting.callIds.ofResult(id, `${path}.tool_use_id`),
    ...(content.length > 0 && { content }),
    ...(block['is_error'] === true && { is_error: true }),
  };
  return [markCached(sent, block, path, formatting)];
}

/** An empty result is legal without content, and says the same. */
function resultContent(block: ContentBlock, path: string, formatting: Formatting): ContentBlock[] {
  const { content } = block;
  if (typeof content === 'string') {
    return content.trim() === '' ? [] : formatText({ type: 'text', text: content }, path, formatting);
  }
  if (!Array.isArray(content)) return [];
  return content.flatMap((part, index) => {
    const type = isJsonObject(part) ? stringAt(part, 'type') : undefined;
    if (!isJsonObject(part) || type === undefined) return refuse(`${path}.${index}`, 'Must be an object with a type');
    if (isThinking(part)) return refuse(`${path}.${index}.type`, `"${type}" cannot stand in a tool result`);
    return formatBlock({ ...part, type }, `${path}.${index}`, formatting);
  });
}
