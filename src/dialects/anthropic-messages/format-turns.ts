import { GatewayError } from '../../core/error.ts';
import { type JsonObject, objectAt, stringAt } from '../../core/json.ts';
import type { ContentBlock, MessageParam, MessagesRequest, Role } from '../../core/message.ts';
import { blocksOf } from '../shared/reduce/message-blocks.ts';
import { refuseOrphans } from '../shared/reduce/tool-pairs.ts';
import { formatBlock } from './format-blocks.ts';
import type { Formatting } from './formatting.ts';

/** One turn on its way out. */
export type Turn = { role: Role; content: ContentBlock[] };

type PlacedTurn = Turn & { path: string };

/** What stands for a user message of which nothing is left: without it two answers of the model would become one (P37). */
const EMPTY_USER_TEXT = '(no content)';

/** What stands before a conversation that the model begins, or that holds instructions only. */
const OPENING_TEXT = '(The conversation begins.)';

/** For how the API names what it no longer takes, so that clients know it (`anthropic-surface.md` §4.1). */
const NO_PREFILL =
  'This model does not support assistant message prefill. The conversation must end with a user message.';

/**
 * The conversation as the API takes it, and the system text in front of it.
 * @throws GatewayError `invalid_request` naming what cannot be said.
 */
export function formatTurns(
  request: MessagesRequest,
  formatting: Formatting,
): { system: ContentBlock[]; turns: Turn[] } {
  const top = systemBlocks(request, formatting);
  refuseOrphans(request.messages);
  const spoken = request.messages.flatMap((message, index) => formatTurn(message, `messages.${index}`, formatting));
  const begin = spoken.findIndex((turn) => turn.role !== 'system');
  const leading = begin === -1 ? spoken : spoken.slice(0, begin);
  const merged = mergeTurns(spoken.slice(leading.length), formatting);
  const turns = mergeTurns(placeSystemTurns(merged, formatting), formatting);
  return {
    system: [...top, ...leading.flatMap((turn) => turn.content)],
    turns: endedLegally(begunByUser(turns, formatting), formatting).map(({ role, content }) => ({ role, content })),
  };
}

function systemBlocks({ system }: MessagesRequest, formatting: Formatting): ContentBlock[] {
  if (system === undefined) return [];
  if (typeof system === 'string') return formatBlock({ type: 'text', text: system }, 'system', formatting);
  return system.flatMap((block, index) => formatBlock(block, `system.${index}`, formatting));
}

/** A message as a turn; none when nothing of it is left. */
function formatTurn(message: MessageParam, path: string, formatting: Formatting): PlacedTurn[] {
  const { role } = message;
  const extra = objectAt(message, 'extra') ?? {};
  if (extra['name'] !== undefined) formatting.losses.add('name_dropped', `${path}.name`);
  if (extra['phase'] !== undefined) formatting.losses.add('phase_dropped', `${path}.phase`);
  const content = blocksOf(message, path).flatMap((placed) => formatBlock(placed.block, placed.path, formatting));
  if (content.length > 0) return [{ role, content, path }];
  formatting.losses.add('empty_content_dropped', path);
  return role === 'user' ? [{ role, content: [{ type: 'text', text: EMPTY_USER_TEXT }], path }] : [];
}

/** One turn for all messages in a row of one side (P53), tool results first, as the API wants them. */
function mergeTurns(turns: readonly PlacedTurn[], formatting: Formatting): PlacedTurn[] {
  const merged: PlacedTurn[] = [];
  for (const turn of turns) {
    const last = merged.at(-1);
    if (last?.role !== turn.role) merged.push({ ...turn, content: [...turn.content] });
    else for (const block of turn.content) last.content.push(block);
  }
  return merged.map((turn) => (turn.role === 'user' ? resultsFirst(turn, formatting) : turn));
}

function resultsFirst(turn: PlacedTurn, { losses }: Formatting): PlacedTurn {
  const isResult = (block: JsonObject) => block['type'] === 'tool_result';
  const content = [...turn.content.filter(isResult), ...turn.content.filter((block) => !isResult(block))];
  if (content.some((block, index) => block !== turn.content[index])) losses.add('order_changed', turn.path);
  return { ...turn, content };
}

/**
 * A system message in mid-conversation keeps its place and role where the model takes it there (§4.2), else it becomes user
 * text, marked as what it is. It is never moved to the front: that would break caches and order.
 */
function placeSystemTurns(turns: readonly PlacedTurn[], { rules, losses }: Formatting): PlacedTurn[] {
  return turns.map((turn, index) => {
    if (turn.role !== 'system') return turn;
    const next = turns[index + 1]?.role ?? 'assistant';
    if (rules.systemInMessages && turns[index - 1]?.role === 'user' && next === 'assistant') return turn;
    losses.add('system_moved_into_user', turn.path);
    return { ...turn, role: 'user', content: turn.content.map(asSystemNote) };
  });
}

/** Keeps the block itself: its cache breakpoint is counted by it. */
function asSystemNote(block: ContentBlock): ContentBlock {
  return Object.assign(block, { text: `<system-note>\n${stringAt(block, 'text') ?? ''}\n</system-note>` });
}

/** The first turn must be the user's (`anthropic-surface.md` §4.1). */
function begunByUser(turns: PlacedTurn[], { losses }: Formatting): PlacedTurn[] {
  if (turns[0]?.role === 'user') return turns;
  losses.add('user_turn_added', 'messages');
  return [{ role: 'user', content: [{ type: 'text', text: OPENING_TEXT }], path: 'messages' }, ...turns];
}

/** A last turn of the assistant is a prefill: newer models take none, and older ones none that ends in white space. */
function endedLegally(turns: PlacedTurn[], { rules, losses }: Formatting): PlacedTurn[] {
  const last = turns.at(-1);
  if (last?.role !== 'assistant') return turns;
  if (!rules.prefill) throw new GatewayError('invalid_request', NO_PREFILL, { field: 'messages' });
  const block = last.content.at(-1);
  const text = block?.type === 'text' ? (stringAt(block, 'text') ?? '') : '';
  if (block && text !== text.trimEnd()) {
    losses.add('empty_content_dropped', last.path);
    Object.assign(block, { text: text.trimEnd() });
  }
  return turns;
}
