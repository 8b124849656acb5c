import type { JsonObject } from '../../core/json.ts';
import type { PlainMedia, PlainText, PlainToolResult, PlainTurn } from '../../core/plain-request.ts';
import { refuse } from '../shared/fields.ts';
import { defined, type Formatting } from '../shared/write-request/formatting.ts';
import { DEFAULT_FILENAME, mediaUrl } from '../shared/write-request/media-url.ts';
import { formatAssistant } from './format-assistant.ts';

/** The conversation as `messages`, the system texts in front. */
export function formatMessages(formatting: Formatting): JsonObject[] {
  const { system, turns } = formatting.plain;
  const opening = system.length === 0 ? [] : [systemMessage(system, formatting)];
  return [...opening, ...turns.flatMap((turn) => formatTurn(turn, formatting))];
}

function formatTurn(turn: PlainTurn, formatting: Formatting): JsonObject[] {
  switch (turn.role) {
    case 'system':
      return [systemMessage(turn.content, formatting)];
    case 'user':
      return userMessages(turn, formatting);
    case 'assistant':
      return formatAssistant(turn, formatting);
    default:
      return turn satisfies never;
  }
}

function systemMessage(texts: PlainText[], formatting: Formatting): JsonObject {
  return { role: formatting.quirks.developerRole ? 'developer' : 'system', content: contentOf(texts, formatting) };
}

/** Tool messages first, as every result must stand right behind its call; then what the user says (`translation.md` §2). */
function userMessages(turn: Extract<PlainTurn, { role: 'user' }>, formatting: Formatting): JsonObject[] {
  const results = turn.content.filter((block) => block.type === 'tool_result');
  const said = turn.content.filter((block) => block.type !== 'tool_result');
  const moved = results.flatMap((result) => movedMedia(result, formatting));
  const content = [...moved, ...said];
  const messages = results.map((result) => toolMessage(result, formatting));
  if (content.length === 0) return messages;
  return [...messages, defined({ role: 'user', content: contentOf(content, formatting), name: turn.name })];
}

/** Where a tool message holds nothing but files. */
const SEE_BELOW = '(The output is in the next user message.)';

function toolMessage({ toolUseId, content }: PlainToolResult, formatting: Formatting): JsonObject {
  const texts = content.filter((part) => part.type === 'text');
  const isMoved = texts.length === 0 && content.length > 0;
  return {
    role: 'tool',
    tool_call_id: toolUseId,
    content: isMoved ? SEE_BELOW : textContent(texts, formatting),
  };
}

/** A tool message takes text only: files go to the user message behind the group, with the call that they belong to (P22). */
function movedMedia({ toolUseId, content }: PlainToolResult, { losses }: Formatting): PlainMedia[] {
  const files = content.filter((part) => part.type !== 'text');
  if (files.length === 0) return [];
  losses.add('image_moved', 'messages');
  return [{ type: 'text', text: `Output of tool call ${toolUseId}:` }, ...files];
}

/** Texts as the simplest content that holds them: many upstreams take a string only. */
export function textContent(texts: readonly PlainText[], formatting: Formatting): string | JsonObject[] {
  const isMarked = texts.some(({ cacheControl }) => cacheControl !== undefined);
  if (isMarked && formatting.quirks.contentParts) return texts.map((text) => formatPart(text));
  return texts.map(({ text }) => text).join('\n');
}

/** Parts are kept where there are several and the upstream takes them. */
function contentOf(content: readonly PlainMedia[], formatting: Formatting): string | JsonObject[] {
  const texts = content.filter((part) => part.type === 'text');
  const isTextOnly = texts.length === content.length;
  if (isTextOnly && (content.length === 1 || !formatting.quirks.contentParts)) return textContent(texts, formatting);
  return content.map((part) => formatPart(part));
}

function formatPart(part: PlainMedia): JsonObject {
  const cache = part.cacheControl && { cache_control: part.cacheControl };
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text, ...cache };
    case 'image':
      return { type: 'image_url', image_url: defined({ url: mediaUrl(part.source), detail: part.detail }), ...cache };
    case 'document': {
      if (part.source.kind === 'url') refuse('messages', 'documents by URL are not supported by this model');
      const file = { filename: part.filename ?? DEFAULT_FILENAME, file_data: mediaUrl(part.source) };
      return { type: 'file', file, ...cache };
    }
    default:
      return part satisfies never;
  }
}
