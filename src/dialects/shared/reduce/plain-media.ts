import { isJsonObject, type Json, type JsonObject, objectAt, stringAt } from '../../../core/json.ts';
import type { ContentBlock } from '../../../core/message.ts';
import type { MediaSource, PlainMedia } from '../../../core/plain-request.ts';
import { refuse, reportUnknown } from '../fields.ts';
import { cacheControlOf, cleanText, plainText, plainTextBlock } from './plain-text.ts';
import type { Reduction } from './reduction.ts';

type Reduce = (block: ContentBlock, path: string, reduction: Reduction) => PlainMedia[];

const text: Reduce = (block, path, reduction) => {
  const plain = plainTextBlock(block, path, reduction);
  return plain ? [plain] : [];
};

/** The blocks that hold text or files, wherever they stand. */
const MEDIA_BLOCKS: ReadonlyMap<string, Reduce> = new Map([
  ['text', text],
  ['image', image],
  ['document', document],
  ['search_result', searchResult],
]);

/**
 * A block of text or file; undefined when its type is another.
 * @throws GatewayError `invalid_request` when the upstream cannot take it.
 */
export function plainMedia(block: ContentBlock, path: string, reduction: Reduction): PlainMedia[] | undefined {
  return MEDIA_BLOCKS.get(block.type)?.(block, path, reduction);
}

/** Every OpenAI-like API takes these (`translation.md` §2). */
const IMAGE_TYPES: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);
const IMAGE_KEYS: ReadonlySet<string> = new Set(['type', 'source', 'cache_control', 'extra', 'transformations']);

function image(block: ContentBlock, path: string, reduction: Reduction): PlainMedia[] {
  if (!reduction.target.quirks.images) refuse(path, 'this model takes no images');
  reportUnknown(block, IMAGE_KEYS, path, reduction.losses.report);
  if (isJsonObject(block['transformations'])) {
    reduction.losses.add('message_setting_dropped', `${path}.transformations`);
  }
  const source = fileSource(block, path, reduction);
  if (source.kind === 'base64' && !IMAGE_TYPES.has(source.mediaType)) {
    refuse(`${path}.source.media_type`, 'must be image/jpeg, image/png, image/gif or image/webp');
  }
  const detail = stringAt(objectAt(block, 'extra') ?? {}, 'detail');
  const cacheControl = cacheControlOf(block, path, reduction);
  return [{ type: 'image', source, ...(detail && { detail }), ...(cacheControl && { cacheControl }) }];
}

/** Where the bytes of an image or PDF are. */
function fileSource(block: ContentBlock, path: string, { target }: Reduction): MediaSource {
  const source = objectAt(block, 'source') ?? refuse(`${path}.source`, 'must be an object');
  const type = stringAt(source, 'type');
  if (type === 'base64') {
    const mediaType = stringAt(source, 'media_type') ?? refuse(`${path}.source.media_type`, 'must be a string');
    const data = stringAt(source, 'data') ?? refuse(`${path}.source.data`, 'must be a string');
    return { kind: 'base64', mediaType, data };
  }
  if (type === 'url') {
    if (!target.quirks.imageUrls) refuse(`${path}.source`, 'this model takes no URLs');
    return { kind: 'url', url: stringAt(source, 'url') ?? refuse(`${path}.source.url`, 'must be a string') };
  }
  if (type === 'file') refuse(`${path}.source`, 'files uploaded to another API cannot be sent to this model');
  return refuse(`${path}.source.type`, 'not supported by this model');
}

const DOCUMENT_KEYS: ReadonlySet<string> = new Set([
  'type',
  'source',
  'title',
  'context',
  'citations',
  'cache_control',
  'extra',
]);

function document(block: ContentBlock, path: string, reduction: Reduction): PlainMedia[] {
  reportUnknown(block, DOCUMENT_KEYS, path, reduction.losses.report);
  reportCitations(block, path, reduction);
  const type = stringAt(objectAt(block, 'source') ?? {}, 'type');
  return type === 'text' || type === 'content' ? textDocument(block, path, reduction) : pdf(block, path, reduction);
}

function pdf(block: ContentBlock, path: string, reduction: Reduction): PlainMedia[] {
  if (!reduction.target.quirks.files) refuse(path, 'this model takes no documents');
  const source = fileSource(block, path, reduction);
  const title = stringAt(block, 'title');
  const filename = title === undefined ? undefined : cleanText(title, `${path}.title`, reduction);
  const cacheControl = cacheControlOf(block, path, reduction);
  const file = {
    type: 'document' as const,
    source,
    ...(filename && { filename }),
    ...(cacheControl && { cacheControl }),
  };
  const context = heading([['Context', block['context']]]);
  if (context === '') return [file];
  reduction.losses.add('document_flattened', `${path}.context`);
  return [{ type: 'text', text: cleanText(context, `${path}.context`, reduction) }, file];
}

/** A text document is sent as text, its title and context in front. */
function textDocument(block: ContentBlock, path: string, reduction: Reduction): PlainMedia[] {
  reduction.losses.add('document_flattened', path);
  const body = documentBody(objectAt(block, 'source') ?? {}, `${path}.source`, reduction);
  return flattened(
    block,
    heading([
      ['Title', block['title']],
      ['Context', block['context']],
    ]),
    body,
    path,
    reduction,
  );
}

function documentBody(source: JsonObject, path: string, reduction: Reduction): PlainMedia[] {
  if (source['type'] === 'text') {
    const data = stringAt(source, 'data') ?? refuse(`${path}.data`, 'must be a string');
    const plain = plainText(data, `${path}.data`, reduction);
    return plain ? [plain] : [];
  }
  return nested(source['content'], `${path}.content`, reduction);
}

const SEARCH_RESULT_KEYS: ReadonlySet<string> = new Set([
  'type',
  'source',
  'title',
  'content',
  'citations',
  'cache_control',
]);

/** A search result is sent as text, its source and title in front. */
function searchResult(block: ContentBlock, path: string, reduction: Reduction): PlainMedia[] {
  reportUnknown(block, SEARCH_RESULT_KEYS, path, reduction.losses.report);
  reportCitations(block, path, reduction);
  reduction.losses.add('search_result_flattened', path);
  const body = nested(block['content'], `${path}.content`, reduction);
  return flattened(
    block,
    heading([
      ['Source', block['source']],
      ['Title', block['title']],
    ]),
    body,
    path,
    reduction,
  );
}

function reportCitations(block: ContentBlock, path: string, reduction: Reduction): void {
  if (objectAt(block, 'citations')?.['enabled'] === true)
    reduction.losses.add('citations_dropped', `${path}.citations`);
}

/** Text, or blocks of text and images, inside another block. */
function nested(content: Json | undefined, path: string, reduction: Reduction): PlainMedia[] {
  if (typeof content === 'string') {
    const plain = plainText(content, path, reduction);
    return plain ? [plain] : [];
  }
  if (!Array.isArray(content)) return refuse(path, 'must be a string or a list');
  return content.flatMap((block, index) => {
    const where = `${path}.${index}`;
    const type = isJsonObject(block) ? block['type'] : undefined;
    if (!isJsonObject(block) || (type !== 'text' && type !== 'image'))
      return refuse(`${where}.type`, 'must be text or image');
    return plainMedia({ ...block, type }, where, reduction) ?? [];
  });
}

/** `Title: …` lines; empty when there is nothing to say. */
function heading(lines: [label: string, value: Json | undefined][]): string {
  return lines
    .filter(([, value]) => typeof value === 'string' && value !== '')
    .map(([label, value]) => `${label}: ${value}`)
    .join('\n');
}

/** The parts of a block behind its heading: texts in a row become one, the block's cache breakpoint stands on the last part. */
function flattened(
  block: ContentBlock,
  front: string,
  body: PlainMedia[],
  path: string,
  reduction: Reduction,
): PlainMedia[] {
  const joined: PlainMedia[] = front === '' ? [] : [{ type: 'text', text: cleanText(front, path, reduction) }];
  for (const [index, part] of body.entries()) {
    const last = joined.at(-1);
    if (part.type === 'text' && last?.type === 'text') {
      joined.splice(-1, 1, { ...part, text: `${last.text}${index === 0 ? '\n\n' : '\n'}${part.text}` });
    } else joined.push(part);
  }
  const last = joined.at(-1);
  const cacheControl = cacheControlOf(block, path, reduction);
  return last && cacheControl ? [...joined.slice(0, -1), { ...last, cacheControl }] : joined;
}
