import { isJsonObject, objectAt, stringAt } from '../../../core/json.ts';
import type { ContentBlock, MessageParam } from '../../../core/message.ts';
import type { PlainMedia, PlainText, PlainToolResult, PlainTurn, PlainUserBlock } from '../../../core/plain-request.ts';
import { refuse, reportUnknown } from '../fields.ts';
import { blocksOf } from './message-blocks.ts';
import { plainMedia } from './plain-media.ts';
import { cacheControlOf, cleanJson, cleanText, dropCacheControl, plainText } from './plain-text.ts';
import type { Reduction } from './reduction.ts';
import { isServerToolBlock } from './server-tools.ts';

/** A user turn: its tool results first, as every format wants them; empty when nothing of it can be said. */
export function plainUserTurn(message: MessageParam, path: string, reduction: Reduction): PlainTurn & { role: 'user' } {
  const content = blocksOf(message, path).flatMap(({ block, path }) => userBlock(block, path, reduction));
  const name = stringAt(objectAt(message, 'extra') ?? {}, 'name');
  return { role: 'user', content: resultsFirst(content, path, reduction), ...(name && { name }) };
}

/** Tool results moved before everything else; a change of order is reported. */
export function resultsFirst(content: PlainUserBlock[], path: string, { losses }: Reduction): PlainUserBlock[] {
  const results = content.filter((block) => block.type === 'tool_result');
  const others = content.filter((block) => block.type !== 'tool_result');
  const ordered = [...results, ...others];
  if (ordered.some((block, index) => block !== content[index])) losses.add('order_changed', `${path}.content`);
  return ordered;
}

function userBlock(block: ContentBlock, path: string, reduction: Reduction): PlainUserBlock[] {
  const media = plainMedia(block, path, reduction);
  if (media) return media;
  if (block.type === 'tool_result') return [toolResult(block, path, reduction)];
  if (isServerToolBlock(block.type)) {
    reduction.losses.add('server_tool_dropped', path);
    return [];
  }
  return refuse(`${path}.type`, `"${block.type}" is not supported by this model`);
}

const RESULT_KEYS: ReadonlySet<string> = new Set([
  'type',
  'tool_use_id',
  'content',
  'is_error',
  'cache_control',
  'toolset_name',
  'extra',
]);

function toolResult(block: ContentBlock, path: string, reduction: Reduction): PlainToolResult {
  const { losses, ids, target } = reduction;
  reportUnknown(block, RESULT_KEYS, path, losses.report);
  if (typeof block['toolset_name'] === 'string') losses.add('message_setting_dropped', `${path}.toolset_name`);
  const id = stringAt(block, 'tool_use_id') ?? refuse(`${path}.tool_use_id`, 'must be a string');
  const content = resultContent(block, path, reduction);
  const isFreeForm = objectAt(block, 'extra')?.['custom'] === true && target.quirks.customTools;
  return { type: 'tool_result', toolUseId: ids.toUpstream(id, `${path}.tool_use_id`), content, isFreeForm };
}

function resultContent(block: ContentBlock, path: string, reduction: Reduction): PlainMedia[] {
  const parts = resultParts(block, `${path}.content`, reduction);
  const marked = block['is_error'] === true ? markFailed(parts, path, reduction) : parts;
  const cacheControl = cacheControlOf(block, path, reduction);
  if (!cacheControl) return marked;
  const last = marked.at(-1);
  if (last) return [...marked.slice(0, -1), { ...last, cacheControl }];
  reduction.losses.add('cache_hint_dropped', `${path}.cache_control`);
  return marked;
}

/** An empty result stays empty: there is nothing that a text could add to it. */
function resultParts(block: ContentBlock, path: string, reduction: Reduction): PlainMedia[] {
  const content = block['content'];
  if (content === undefined || content === null || content === '') return [];
  if (typeof content === 'string') return [{ type: 'text', text: cleanText(content, path, reduction) }];
  if (!Array.isArray(content)) return refuse(path, 'must be a string or a list');
  return content.flatMap((part, index) => {
    const where = `${path}.${index}`;
    const type = isJsonObject(part) ? stringAt(part, 'type') : undefined;
    if (!isJsonObject(part) || type === undefined) return refuse(where, 'must be an object with a type');
    return resultPart({ ...part, type }, where, reduction);
  });
}

function resultPart(part: ContentBlock, path: string, reduction: Reduction): PlainMedia[] {
  const { losses, names } = reduction;
  if (part.type === 'tool_reference') {
    const name = stringAt(part, 'tool_name') ?? refuse(`${path}.tool_name`, 'must be a string');
    losses.add('tool_reference_flattened', path);
    return textParts(`Tool ${names.toUpstream(name, `${path}.tool_name`)} can be called now.`, path, reduction);
  }
  if (part.type === 'browser_state') {
    losses.add('browser_state_flattened', path);
    const { type: _type, cache_control: _hint, ...state } = part;
    dropCacheControl(part, path, reduction);
    return textParts(cleanJson(state, path, reduction), path, reduction);
  }
  return plainMedia(part, path, reduction) ?? refuse(`${path}.type`, `"${part.type}" is not supported by this model`);
}

function textParts(text: string, path: string, reduction: Reduction): PlainText[] {
  const plain = plainText(text, path, reduction);
  return plain ? [plain] : [];
}

/** How a model is told that its tool failed, where the format has no flag for it. */
const FAILED = '[tool error]';

function markFailed(parts: PlainMedia[], path: string, { losses }: Reduction): PlainMedia[] {
  losses.add('tool_error_flattened', `${path}.is_error`);
  const [first, ...rest] = parts;
  if (first?.type !== 'text') return [{ type: 'text', text: FAILED }, ...parts];
  return [{ ...first, text: `${FAILED} ${first.text}` }, ...rest];
}
