import type { Edit, RelayTarget } from '../../core/dialect.ts';
import { isJsonObject, type Json, type JsonObject, objectAt } from '../../core/json.ts';
import { lacksLeadingThinking } from './open-turn.ts';
import { holdsSealed, openThinking } from './thinking-state.ts';

/** What an assistant turn that consisted of foreign thinking alone says where it cannot be left out. */
const PLACEHOLDER: JsonObject = { type: 'text', text: '(no text)' };

/**
 * What must change in a body that is passed on: sealed thinking becomes the upstream's own again, or goes, since a
 * signature that is not the upstream's own is refused (P7, P86).
 */
export function relayEdits(body: JsonObject, target: RelayTarget): Edit[] {
  const messages = body['messages'];
  if (!target.mayHoldSealed || !Array.isArray(messages)) return [];
  const opened = messages.map((message) => openedContent(message, target));
  const edits = opened.flatMap((content, index): Edit[] =>
    content ? [{ path: ['messages', String(index), 'content'], value: content }] : [],
  );
  if (edits.length === 0) return [];
  const after = messages.map((message, index): Json => {
    const content = opened[index];
    return content && isJsonObject(message) ? { ...message, content } : message;
  });
  const hasEmptyTurn = opened.some((content) => content?.length === 0);
  const kept = hasEmptyTurn ? withoutEmptyTurns(after, opened) : after;
  return [
    ...(hasEmptyTurn ? [{ path: ['messages'], value: kept }] : edits),
    ...thinkingEdits(body, kept.filter(isJsonObject)),
  ];
}

/** The content of a turn with its sealed thinking opened or left out; undefined when it holds none. */
function openedContent(message: Json, target: RelayTarget): Json[] | undefined {
  const content = isJsonObject(message) ? message['content'] : undefined;
  if (!Array.isArray(content) || !content.some(isSealedBlock)) return undefined;
  return content.flatMap((block): Json[] => {
    if (!isSealedBlock(block)) return [block];
    const own = openThinking(block, target.provider, target.envelope);
    return own ? [own] : [];
  });
}

function isSealedBlock(block: Json): block is JsonObject {
  return isJsonObject(block) && holdsSealed(block);
}

/** Turns that our edits left empty go; one that follows a system message stays, since that must be followed by a turn of the model. */
function withoutEmptyTurns(messages: readonly Json[], opened: readonly (Json[] | undefined)[]): Json[] {
  return messages.flatMap((message, index): Json[] => {
    if (opened[index]?.length !== 0 || !isJsonObject(message)) return [message];
    const follows = messages[index + 1];
    const isNeeded = roleOf(messages[index - 1]) === 'system' && follows !== undefined && roleOf(follows) === 'user';
    return isNeeded ? [{ ...message, content: [PLACEHOLDER] }] : [];
  });
}

function roleOf(message: Json | undefined): Json | undefined {
  return isJsonObject(message) ? message['role'] : undefined;
}

/** With a budget, a tool loop that has lost its thinking can only go on without (P18); what edits that thinking goes too. */
function thinkingEdits(body: JsonObject, messages: readonly JsonObject[]): Edit[] {
  if (objectAt(body, 'thinking')?.['type'] !== 'enabled' || !lacksLeadingThinking(messages)) return [];
  const disabled: Edit = { path: ['thinking'], value: { type: 'disabled' } };
  const edits = objectAt(body, 'context_management')?.['edits'];
  if (!Array.isArray(edits)) return [disabled];
  const others = edits.filter((edit) => !isJsonObject(edit) || !String(edit['type']).startsWith('clear_thinking'));
  return others.length === edits.length
    ? [disabled]
    : [disabled, { path: ['context_management', 'edits'], value: others }];
}
