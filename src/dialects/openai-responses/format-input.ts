import { type JsonObject, stringAt } from '../../core/json.ts';
import type {
  PlainMedia,
  PlainText,
  PlainThinking,
  PlainToolResult,
  PlainToolUse,
  PlainTurn,
} from '../../core/plain-request.ts';
import { defined, type Formatting } from '../shared/write-request/formatting.ts';
import { DEFAULT_FILENAME, mediaUrl } from '../shared/write-request/media-url.ts';

/** The conversation as items, in the order in which it was said; a single system text as `instructions`. */
export function formatInput(formatting: Formatting): JsonObject {
  const { system, turns } = formatting.plain;
  const [only, ...others] = system;
  const isPlain = only !== undefined && others.length === 0 && only.cacheControl === undefined;
  const opening = isPlain || only === undefined ? [] : [systemItem(system, formatting)];
  const input = [...opening, ...turns.flatMap((turn) => formatTurn(turn, formatting))];
  return { ...(isPlain && { instructions: only.text }), input };
}

function formatTurn(turn: PlainTurn, formatting: Formatting): JsonObject[] {
  switch (turn.role) {
    case 'system':
      return [systemItem(turn.content, formatting)];
    case 'user':
      return userItems(turn, formatting);
    case 'assistant':
      return assistantItems(turn, formatting);
    default:
      return turn satisfies never;
  }
}

function systemItem(texts: readonly PlainText[], { quirks }: Formatting): JsonObject {
  return messageItem(quirks.developerRole ? 'developer' : 'system', texts.map(formatPart));
}

function messageItem(role: string, content: JsonObject[], phase?: string): JsonObject {
  return defined({ type: 'message', role, content, phase });
}

function userItems(turn: Extract<PlainTurn, { role: 'user' }>, { losses }: Formatting): JsonObject[] {
  if (turn.name !== undefined) losses.add('name_dropped', 'messages');
  const results = turn.content.filter((block) => block.type === 'tool_result');
  const said = turn.content.filter((block) => block.type !== 'tool_result');
  const message = said.length === 0 ? [] : [messageItem('user', said.map(formatPart))];
  return [...results.map(resultItem), ...message];
}

function resultItem({ toolUseId, content, isFreeForm }: PlainToolResult): JsonObject {
  const [first] = content;
  const isOneText = content.length === 1 && first?.type === 'text' && first.cacheControl === undefined;
  const output = content.length === 0 ? '' : isOneText ? first.text : content.map(formatPart);
  return { type: isFreeForm ? 'custom_tool_call_output' : 'function_call_output', call_id: toolUseId, output };
}

function formatPart(part: PlainMedia): JsonObject {
  const cache = part.cacheControl && { cache_control: part.cacheControl };
  switch (part.type) {
    case 'text':
      return { type: 'input_text', text: part.text, ...cache };
    case 'image':
      return { type: 'input_image', image_url: mediaUrl(part.source), detail: part.detail ?? 'auto', ...cache };
    case 'document':
      return { type: 'input_file', ...fileOf(part), ...cache };
    default:
      return part satisfies never;
  }
}

function fileOf({ source, filename }: Extract<PlainMedia, { type: 'document' }>): JsonObject {
  if (source.kind === 'url') return { file_url: source.url };
  return { filename: filename ?? DEFAULT_FILENAME, file_data: mediaUrl(source) };
}

/** Texts in a row are one message; reasoning stands right in front of what came of it (P99). */
function assistantItems(turn: Extract<PlainTurn, { role: 'assistant' }>, formatting: Formatting): JsonObject[] {
  const items: JsonObject[] = [];
  let texts: JsonObject[] = [];
  const endMessage = () => {
    if (texts.length > 0) items.push(messageItem('assistant', texts, turn.phase));
    texts = [];
  };
  for (const block of turn.content) {
    if (block.type === 'text') {
      texts.push({ type: 'output_text', text: block.text });
      continue;
    }
    endMessage();
    items.push(...(block.type === 'tool_use' ? [callItem(block)] : reasoningItems(block, formatting)));
  }
  endMessage();
  return withoutLooseReasoning(items, formatting);
}

/** Calls bear no item id: one of an id demands the very reasoning that it was made with (P99). */
function callItem({ id, name, input, isFreeForm }: PlainToolUse): JsonObject {
  return isFreeForm
    ? { type: 'custom_tool_call', call_id: id, name, input }
    : { type: 'function_call', call_id: id, name, arguments: input };
}

/** Reasoning goes back as its state only: text without it says nothing to the upstream (P5). */
function reasoningItems({ text, state }: PlainThinking, { losses }: Formatting): JsonObject[] {
  const encrypted = state && stringAt(state, 'encrypted_content');
  if (!state || encrypted === undefined) {
    losses.add('thinking_dropped', 'messages');
    return [];
  }
  const summary = text === '' ? [] : [{ type: 'summary_text', text }];
  return [defined({ type: 'reasoning', id: stringAt(state, 'id'), summary, encrypted_content: encrypted })];
}

/** Reasoning that nothing came of is refused (P99). */
function withoutLooseReasoning(items: JsonObject[], { losses }: Formatting): JsonObject[] {
  const end = items.findLastIndex((item) => item['type'] !== 'reasoning') + 1;
  if (end < items.length) losses.add('thinking_dropped', 'messages');
  return items.slice(0, end);
}
