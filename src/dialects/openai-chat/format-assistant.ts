import { isJsonObject, type JsonObject } from '../../core/json.ts';
import type {
  PlainAssistantBlock,
  PlainText,
  PlainThinking,
  PlainToolUse,
  PlainTurn,
} from '../../core/plain-request.ts';
import type { ReasoningField, ReasoningReplay } from '../../core/quirks.ts';
import type { Formatting } from '../shared/write-request/formatting.ts';

/** An assistant turn as one message, or none where nothing of it can be said (P37, P81). */
export function formatAssistant(turn: Extract<PlainTurn, { role: 'assistant' }>, formatting: Formatting): JsonObject[] {
  const { losses, quirks } = formatting;
  const texts = turn.content.filter((block) => block.type === 'text');
  const calls = turn.content.filter((block) => block.type === 'tool_use');
  const thinking = turn.content.filter((block) => block.type === 'thinking');
  if (turn.phase !== undefined) losses.add('phase_dropped', 'messages');
  if (losesOrder(turn.content)) losses.add('order_changed', 'messages');
  const isReplayed = demandsReasoning(quirks.reasoningReplay, calls.length > 0);
  if (thinking.length > 0 && !isReplayed) losses.add('thinking_dropped', 'messages');
  if (texts.length === 0 && calls.length === 0 && !(isReplayed && thinking.length > 0)) return [];
  const content = contentOf(texts, calls.length > 0, formatting);
  return [
    {
      role: 'assistant',
      ...(content !== undefined && { content }),
      ...(isReplayed && REASONING[quirks.reasoningField](thinking, content)),
      ...(calls.length > 0 && { tool_calls: calls.map(formatCall) }),
    },
  ];
}

/** Whether an assistant message must carry its reasoning again (P38). */
export function demandsReasoning(replay: ReasoningReplay, hasCalls: boolean): boolean {
  return replay === 'always' || (replay === 'tool_calls' && hasCalls);
}

/** Chat has text before calls; whatever was said behind a call moves. */
function losesOrder(content: readonly PlainAssistantBlock[]): boolean {
  const firstCall = content.findIndex((block) => block.type === 'tool_use');
  return firstCall !== -1 && content.slice(firstCall).some((block) => block.type === 'text');
}

/** A string, since vendors take parts of an assistant for text (P93); left out beside calls (P81). */
function contentOf(
  texts: readonly PlainText[],
  hasCalls: boolean,
  { quirks }: Formatting,
): string | JsonObject[] | undefined {
  if (texts.length === 0) return hasCalls ? undefined : '';
  const isMarked = texts.some(({ cacheControl }) => cacheControl !== undefined);
  if (!isMarked || !quirks.contentParts) return texts.map(({ text }) => text).join('');
  return texts.map(({ text, cacheControl }) => ({
    type: 'text',
    text,
    ...(cacheControl && { cache_control: cacheControl }),
  }));
}

type Content = string | JsonObject[] | undefined;

/** How reasoning goes back, by the field that the upstream takes (P38): a message without any still has the field, empty. */
const REASONING: Readonly<
  Record<ReasoningField, (thinking: readonly PlainThinking[], content: Content) => JsonObject>
> = {
  reasoning_content: (thinking) => ({ reasoning_content: textOf(thinking) }),
  reasoning: (thinking) => (thinking.length === 0 ? {} : { reasoning: textOf(thinking) }),
  reasoning_details: (thinking) => (thinking.length === 0 ? {} : { reasoning_details: thinking.flatMap(detailsOf) }),
  thinking_parts: (thinking, content) =>
    thinking.length === 0 ? {} : { content: [...thinking.map(thinkingPart), ...partsOf(content)] },
};

function textOf(thinking: readonly PlainThinking[]): string {
  return thinking.map(({ text }) => text).join('\n\n');
}

/** The entries as the upstream gave them, signatures and all. */
function detailsOf({ text, state }: PlainThinking): JsonObject[] {
  const given = state?.['reasoning_details'];
  if (Array.isArray(given)) return given.filter(isJsonObject);
  return text === '' ? [] : [{ type: 'reasoning.text', text }];
}

function thinkingPart({ text }: PlainThinking): JsonObject {
  return { type: 'thinking', thinking: [{ type: 'text', text }] };
}

function partsOf(content: Content): JsonObject[] {
  if (content === undefined || content === '') return [];
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}

function formatCall({ id, name, input, isFreeForm }: PlainToolUse): JsonObject {
  return isFreeForm
    ? { id, type: 'custom', custom: { name, input } }
    : { id, type: 'function', function: { name, arguments: input } };
}
