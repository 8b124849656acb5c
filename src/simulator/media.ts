import { objectAt, stringAt } from '../core/json.ts';
import type { ContentBlock } from '../core/message.ts';
import { resultBlocks } from './conversation.ts';
import { sniffImage } from './images.ts';

/** What was found out about an image or a document of the request. */
export type MediaFacts =
  | { kind: 'image'; mediaType: string; width: number; height: number; bytes: number }
  | { kind: 'pdf'; pages: number; bytes: number; title: string | undefined }
  | { kind: 'text'; text: string; title: string | undefined }
  | { kind: 'remote'; what: 'image' | 'document'; place: string; title: string | undefined };

/** Why media cannot be read. */
type MediaFault = { field: string; message: string };

/** The facts of each media block of a request. */
export type MediaIndex = ReadonlyMap<ContentBlock, MediaFacts>;

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** The media blocks of a list, those inside tool results and document contents included, with the path to each. */
export function mediaBlocks(
  blocks: readonly { block: ContentBlock; path: string }[],
): { block: ContentBlock; path: string }[] {
  return blocks.flatMap((placed) => {
    const { block, path } = placed;
    if (block.type === 'image' || block.type === 'document') return [placed];
    if (block.type !== 'tool_result') return [];
    return mediaBlocks(
      resultBlocks(block).map((inner, index) => ({ block: inner, path: `${path}.tool_result.content.${index}` })),
    );
  });
}

/** Looks into an image or document block whose shape has been checked. Nothing is fetched. */
export function readMedia(block: ContentBlock): MediaFacts | MediaFault {
  const source = objectAt(block, 'source') ?? {};
  const title = stringAt(block, 'title');
  const data = stringAt(source, 'data') ?? '';
  switch (source['type']) {
    case 'base64':
      return readBase64(block.type, data, stringAt(source, 'media_type') ?? '', title);
    case 'text':
      return { kind: 'text', text: data, title };
    case 'content': {
      const content = source['content'];
      const text = typeof content === 'string' ? content : JSON.stringify(content);
      return { kind: 'text', text, title };
    }
    default: {
      const place = stringAt(source, 'url') ?? stringAt(source, 'file_id') ?? '';
      return { kind: 'remote', what: block.type === 'image' ? 'image' : 'document', place, title };
    }
  }
}

/** Whether `readMedia` failed. */
export function isFault(outcome: MediaFacts | MediaFault): outcome is MediaFault {
  return 'field' in outcome;
}

function readBase64(
  blockType: string,
  data: string,
  mediaType: string,
  title: string | undefined,
): MediaFacts | MediaFault {
  const compact = data.replaceAll(/[\r\n]/g, '');
  if (compact === '' || compact.length % 4 === 1 || !BASE64.test(compact)) {
    return { field: 'base64.data', message: 'invalid base64 data' };
  }
  const bytes = Buffer.from(compact, 'base64');
  return blockType === 'image' ? readImage(bytes, mediaType) : readPdf(bytes, title);
}

function readImage(bytes: Buffer, mediaType: string): MediaFacts | MediaFault {
  const facts = sniffImage(bytes);
  if (!facts || facts.width === 0 || facts.height === 0)
    return { field: 'base64.data', message: 'Could not process image' };
  if (facts.mediaType !== mediaType) {
    return { field: 'base64.data', message: `Image does not match the provided media type ${mediaType}` };
  }
  return { kind: 'image', ...facts, bytes: bytes.length };
}

function readPdf(bytes: Buffer, title: string | undefined): MediaFacts | MediaFault {
  const text = bytes.toString('latin1');
  if (!text.startsWith('%PDF-')) return { field: 'base64', message: 'The PDF specified was not valid.' };
  // Page objects in compressed streams can't be seen from here; such a file counts as one page.
  const pages = text.match(/\/Type\s*\/Page(?![a-zA-Z])/g)?.length ?? 1;
  return { kind: 'pdf', pages, bytes: bytes.length, title };
}
