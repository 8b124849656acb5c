import { isJsonObject, stringAt } from '../../../core/json.ts';
import type { ContentBlock, MessageParam } from '../../../core/message.ts';
import { refuse } from '../fields.ts';

/** A block and its path in the caller's body. */
export type PlacedBlock = { block: ContentBlock; path: string };

/**
 * The content of a message as blocks; a string is one block of text.
 * @throws GatewayError `invalid_request` when the content is neither string nor list of typed blocks.
 */
export function blocksOf({ content }: MessageParam, path: string): PlacedBlock[] {
  if (typeof content === 'string') return [{ block: { type: 'text', text: content }, path: `${path}.content` }];
  if (!Array.isArray(content)) return refuse(`${path}.content`, 'must be a string or a list');
  return content.map((block, index) => {
    const where = `${path}.content.${index}`;
    if (!isJsonObject(block) || stringAt(block, 'type') === undefined) refuse(where, 'must be an object with a type');
    return { block, path: where };
  });
}
