import type { ContentBlock } from '../../core/message.ts';
import type { ModelFacts } from '../../core/model.ts';
import type { PlacedBlock, Turn } from '../conversation.ts';
import type { MediaFacts, MediaIndex } from '../media.ts';
import { isFault, mediaBlocks, readMedia } from '../media.ts';
import { invalid } from '../refusal.ts';

/** Limits of `anthropic-surface.md` §5. */
const MOST_IMAGE_BASE64_BYTES = 10 * 1024 * 1024;
const LONGEST_SIDE = 8000;
const LONGEST_SIDE_OF_MANY = 2000;
/** Above this number of images the smaller side limit holds. */
const MANY_IMAGES = 20;
const LARGE_WINDOW = 1_000_000;
const MOST_ITEMS = { small: 100, large: 600 };

/**
 * Looks into every image and document, so that answers and token counts know what they are.
 * @throws RequestRefused 400 naming the block.
 */
export function checkMedia(turns: readonly Turn[], model: ModelFacts): MediaIndex {
  const placed = mediaBlocks(turns.flatMap((turn) => turn.blocks));
  const images = placed.filter(({ block }) => block.type === 'image').length;
  const most = model.maxInputTokens >= LARGE_WINDOW ? MOST_ITEMS.large : MOST_ITEMS.small;
  if (images > most) throw invalid('messages', `Too much media: ${images} images > ${most}`);
  const index = new Map<ContentBlock, MediaFacts>();
  for (const item of placed) index.set(item.block, checkOne(item, images, most));
  return index;
}

function checkOne({ block, path }: PlacedBlock, images: number, mostPages: number): MediaFacts {
  const facts = readMedia(block);
  const source = `${path}.${block.type}.source`;
  if (isFault(facts)) throw invalid(`${source}.${facts.field}`, facts.message);
  if (facts.kind === 'image') checkImage(facts, source, images);
  if (facts.kind === 'pdf' && facts.pages > mostPages) {
    throw invalid(source, `A maximum of ${mostPages} PDF pages may be provided.`);
  }
  return facts;
}

function checkImage(facts: MediaFacts & { kind: 'image' }, source: string, images: number): void {
  const encoded = Math.ceil(facts.bytes / 3) * 4;
  if (encoded > MOST_IMAGE_BASE64_BYTES) {
    throw invalid(
      `${source}.base64`,
      `image exceeds 10 MB maximum: ${encoded} bytes > ${MOST_IMAGE_BASE64_BYTES} bytes`,
    );
  }
  const longest = images > MANY_IMAGES ? LONGEST_SIDE_OF_MANY : LONGEST_SIDE;
  if (Math.max(facts.width, facts.height) > longest) {
    const reason = images > MANY_IMAGES ? ' for many-image requests' : '';
    throw invalid(
      `${source}.base64.data`,
      `At least one of the image dimensions exceed max allowed size${reason}: ${longest} pixels`,
      { error_code: 'image_dimensions_too_large', max_side_length_pixels: longest, paths: [`${source}.base64.data`] },
    );
  }
}
