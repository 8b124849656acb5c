import type { Json } from '../core/json.ts';
import { isJsonObject, stringAt } from '../core/json.ts';
import type { ContentBlock, MessagesRequest, Role } from '../core/message.ts';

/** A request's messages, seen as the turns the model sees: neighbours of one role are one turn (`anthropic-surface.md` §4.1). */

/** A block with the place where an error about it points, such as `messages.2.content.0`. */
export type PlacedBlock = { block: ContentBlock; path: string };

/** One turn. */
export type Turn = {
  role: Role;
  /** Index of its first message. */
  index: number;
  blocks: PlacedBlock[];
};

/** Content as blocks: a string is one text block, the empty string none. */
export function blocksOf(content: string | readonly ContentBlock[]): readonly ContentBlock[] {
  if (typeof content !== 'string') return content;
  return content === '' ? [] : [{ type: 'text', text: content }];
}

/** The turns of a request whose shapes have been checked. */
export function turnsOf(request: MessagesRequest): Turn[] {
  const turns: Turn[] = [];
  request.messages.forEach((message, index) => {
    const last = turns.at(-1);
    const turn = last?.role === message.role ? last : { role: message.role, index, blocks: [] };
    if (turn !== last) turns.push(turn);
    blocksOf(message.content).forEach((block, position) => {
      turn.blocks.push({ block, path: `messages.${index}.content.${position}` });
    });
  });
  return turns;
}

/** The last turn of a role. */
export function lastTurn(turns: readonly Turn[], role: Role): Turn | undefined {
  return turns.findLast((turn) => turn.role === role);
}

/** Blocks inside a `tool_result`, its string content as one text block. */
export function resultBlocks(result: ContentBlock): ContentBlock[] {
  const content = result['content'];
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return Array.isArray(content) ? content.filter(isContentBlock) : [];
}

/** A JSON value that is a block. */
function isContentBlock(value: Json): value is ContentBlock {
  return isJsonObject(value) && typeof value['type'] === 'string';
}

/** What the person wrote in a turn: its text blocks, less the reminders that coding agents wrap in tags. */
export function spokenText(turn: Turn | undefined): string {
  const texts = (turn?.blocks ?? []).flatMap(({ block }) =>
    block.type === 'text' ? [stringAt(block, 'text') ?? ''] : [],
  );
  return texts
    .map((text) => withoutReminders(text).trim())
    .filter((text) => text !== '')
    .join('\n');
}

const REMINDER = { open: '<system-reminder>', close: '</system-reminder>' } as const;

/** By search, not by pattern: linear also in a text made of openings alone. */
function withoutReminders(text: string): string {
  let kept = '';
  let at = 0;
  for (let open = text.indexOf(REMINDER.open); open >= 0; open = text.indexOf(REMINDER.open, at)) {
    const close = text.indexOf(REMINDER.close, open);
    if (close < 0) break;
    kept += text.slice(at, open);
    at = close + REMINDER.close.length;
  }
  return kept + text.slice(at);
}
