import { GatewayError, toGatewayError } from '../core/error.ts';
import { isJsonObject, objectAt, stringAt } from '../core/json.ts';
import type { Loss } from '../core/loss.ts';
import type { ContentBlock, MessageParam, MessagesRequest } from '../core/message.ts';
import type { FetchedMedia } from '../upstream/fetch-media.ts';

/** Fetches one file by its URL. */
export type FetchMedia = (url: string) => Promise<FetchedMedia>;

/** Most files of one request that are fetched. */
const MAX_FILES = 20;

/** Most bytes of all files of one request: more than that no upstream takes in one body. */
const MAX_TOTAL_BYTES = 32 * 1024 * 1024;

/** What the file of a block must be. */
const MEDIA_BLOCKS: ReadonlyMap<string, RegExp> = new Map([
  ['image', /^image\//],
  ['document', /^application\/pdf$/],
]);

/**
 * The request with every image and document that is named by URL sent along as bytes, for an upstream that takes no URLs.
 * @throws GatewayError `invalid_request` naming the block whose file cannot be had.
 */
export async function inlineMedia(
  request: MessagesRequest,
  fetchMedia: FetchMedia,
): Promise<{ request: MessagesRequest; losses: Loss[] }> {
  const inliner = new Inliner(fetchMedia);
  const messages: MessageParam[] = [];
  for (const [index, message] of request.messages.entries()) {
    const { content } = message;
    messages.push(
      typeof content === 'string'
        ? message
        : { ...message, content: await inliner.inlineAll(content, `messages.${index}.content`) },
    );
  }
  return { request: { ...request, messages }, losses: inliner.losses };
}

class Inliner {
  readonly losses: Loss[] = [];
  private bytes = 0;
  private readonly fetchMedia: FetchMedia;

  constructor(fetchMedia: FetchMedia) {
    this.fetchMedia = fetchMedia;
  }

  async inlineAll(blocks: readonly ContentBlock[], path: string): Promise<ContentBlock[]> {
    const inlined: ContentBlock[] = [];
    for (const [index, block] of blocks.entries()) inlined.push(await this.inline(block, `${path}.${index}`));
    return inlined;
  }

  private async inline(block: ContentBlock, path: string): Promise<ContentBlock> {
    const { content } = block;
    if (block.type === 'tool_result' && Array.isArray(content)) {
      return { ...block, content: await this.inlineAll(content.filter(isBlock), `${path}.content`) };
    }
    const source = MEDIA_BLOCKS.has(block.type) ? objectAt(block, 'source') : undefined;
    const url = source && stringAt(source, 'url');
    return source?.['type'] === 'url' && url !== undefined ? this.withBytes(block, url, path) : block;
  }

  private async withBytes(block: ContentBlock, url: string, path: string): Promise<ContentBlock> {
    const field = `${path}.source.url`;
    if (this.losses.length === MAX_FILES) throw refusal(field, `more than ${MAX_FILES} files by URL`);
    const { mediaType, bytes } = await this.fetch(url, field);
    if (!MEDIA_BLOCKS.get(block.type)?.test(mediaType))
      throw refusal(field, `is ${mediaType}, not what the block says`);
    this.bytes += bytes.length;
    if (this.bytes > MAX_TOTAL_BYTES) throw refusal(field, `all files together exceed ${MAX_TOTAL_BYTES} bytes`);
    this.losses.push({ code: 'image_fetched', field });
    const data = Buffer.from(bytes).toString('base64');
    return { ...block, source: { type: 'base64', media_type: mediaType, data } };
  }

  private async fetch(url: string, field: string): Promise<FetchedMedia> {
    try {
      return await this.fetchMedia(url);
    } catch (thrown) {
      const error = toGatewayError(thrown);
      throw error.kind === 'invalid_request' ? refusal(field, error.message, error.cause) : error;
    }
  }
}

function refusal(field: string, problem: string, cause?: unknown): GatewayError {
  return new GatewayError('invalid_request', `${field}: ${problem}`, { field, cause });
}

function isBlock(value: unknown): value is ContentBlock {
  return isJsonObject(value) && typeof value['type'] === 'string';
}
