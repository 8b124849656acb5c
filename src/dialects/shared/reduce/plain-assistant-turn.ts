import { isJsonObject, type Json, type JsonObject, objectAt, stringAt } from '../../../core/json.ts';
import type { ContentBlock, MessageParam } from '../../../core/message.ts';
import type {
  PlainAssistantBlock,
  PlainText,
  PlainThinking,
  PlainToolUse,
  PlainTurn,
} from '../../../core/plain-request.ts';
import { refuse, reportUnknown } from '../fields.ts';
import { blocksOf } from './message-blocks.ts';
import { plainMedia } from './plain-media.ts';
import { cleanJson, cleanText, dropCacheControl } from './plain-text.ts';
import type { Reduction } from './reduction.ts';
import { isServerToolBlock } from './server-tools.ts';

type AssistantTurn = PlainTurn & { role: 'assistant' };
type Reduce = (block: ContentBlock, path: string, reduction: Reduction) => PlainAssistantBlock[];

/** An assistant turn in the order in which it was said; empty when nothing of it can be said. */
export function plainAssistantTurn(message: MessageParam, path: string, reduction: Reduction): AssistantTurn {
  const content = blocksOf(message, path).flatMap(({ block, path }) => assistantBlock(block, path, reduction));
  const extra = objectAt(message, 'extra') ?? {};
  if (extra['name'] !== undefined) reduction.losses.add('name_dropped', `${path}.name`);
  const phase = stringAt(extra, 'phase');
  return { role: 'assistant', content, ...(phase && { phase }) };
}

/** What only an assistant turn holds; text and documents (legal there in 2023-06-01) are media. */
const ASSISTANT_BLOCKS: ReadonlyMap<string, Reduce> = new Map<string, Reduce>([
  ['tool_use', (block, path, reduction) => [toolUse(block, path, reduction)]],
  ['thinking', (block, path, reduction) => thinking(block, 'signature', path, reduction)],
  ['redacted_thinking', (block, path, reduction) => thinking(block, 'data', path, reduction)],
  [
    'fallback',
    (_block, path, { losses }) => {
      losses.add('block_dropped', path);
      return [];
    },
  ],
]);

function assistantBlock(block: ContentBlock, path: string, reduction: Reduction): PlainAssistantBlock[] {
  const reduce = ASSISTANT_BLOCKS.get(block.type);
  if (reduce) return reduce(block, path, reduction);
  if (isServerToolBlock(block.type)) {
    reduction.losses.add('server_tool_dropped', path);
    return [];
  }
  const media = plainMedia(block, path, reduction);
  if (!media) return refuse(`${path}.type`, `"${block.type}" is not supported by this model`);
  return media.map(
    (part): PlainText => (part.type === 'text' ? part : refuse(path, 'files of an assistant cannot be sent')),
  );
}

/**
 * Thinking goes back only to the provider that did it, its text taken from the sealed state; any other is dropped whole and
 * never shown as text (P6, P7, P86, P105).
 */
function thinking(block: ContentBlock, stateKey: string, path: string, reduction: Reduction): PlainThinking[] {
  const { tools, provider } = reduction.target;
  const opened = tools.envelope.open(stringAt(block, stateKey) ?? '');
  if (opened?.origin !== provider) {
    reduction.losses.add('thinking_dropped', path);
    return [];
  }
  const { text, ...state } = opened.data;
  const said = typeof text === 'string' ? cleanText(text, path, reduction) : '';
  return [{ type: 'thinking', text: said, ...(Object.keys(state).length > 0 && { state }) }];
}

const TOOL_USE_KEYS: ReadonlySet<string> = new Set([
  'type',
  'id',
  'name',
  'input',
  'caller',
  'toolset_name',
  'cache_control',
  'extra',
]);

function toolUse(block: ContentBlock, path: string, reduction: Reduction): PlainToolUse {
  const { losses, names, ids, target } = reduction;
  reportUnknown(block, TOOL_USE_KEYS, path, losses.report);
  const caller = objectAt(block, 'caller');
  if (caller && caller['type'] !== 'direct') losses.add('message_setting_dropped', `${path}.caller`);
  if (typeof block['toolset_name'] === 'string') losses.add('message_setting_dropped', `${path}.toolset_name`);
  dropCacheControl(block, path, reduction);
  const id = stringAt(block, 'id') ?? refuse(`${path}.id`, 'must be a string');
  const name = stringAt(block, 'name') ?? refuse(`${path}.name`, 'must be a string');
  const isFreeForm = objectAt(block, 'extra')?.['custom'] === true && target.quirks.customTools;
  return {
    type: 'tool_use',
    id: ids.toUpstream(id, `${path}.id`),
    name: names.toUpstream(name, `${path}.name`),
    input: isFreeForm ? freeFormInput(block, path, reduction) : argumentsText(block, path, reduction),
    isFreeForm,
  };
}

/** The arguments as they were written, else as JSON of the input; none are `{}` (P19, P115). */
function argumentsText(block: ContentBlock, path: string, reduction: Reduction): string {
  const extra: JsonObject = objectAt(block, 'extra') ?? {};
  const written = extra['custom'] === true ? undefined : stringAt(extra, 'input_text');
  if (written !== undefined) return written === '' ? '{}' : cleanText(written, `${path}.input`, reduction);
  const input: Json = block['input'] ?? {};
  if (!isJsonObject(input)) refuse(`${path}.input`, 'must be an object');
  return cleanJson(input, `${path}.input`, reduction);
}

/** The text that the caller's free-form tool was given. */
function freeFormInput(block: ContentBlock, path: string, reduction: Reduction): string {
  const text =
    stringAt(objectAt(block, 'input') ?? {}, 'input') ?? stringAt(objectAt(block, 'extra') ?? {}, 'input_text');
  return cleanText(text ?? '', `${path}.input`, reduction);
}
