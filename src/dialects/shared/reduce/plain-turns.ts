import { isJsonObject, objectAt } from '../../../core/json.ts';
import type { MessageParam } from '../../../core/message.ts';
import type { PlainText, PlainTurn } from '../../../core/plain-request.ts';
import { refuse, reportUnknown } from '../fields.ts';
import { blocksOf } from './message-blocks.ts';
import { plainAssistantTurn } from './plain-assistant-turn.ts';
import { plainTextBlock } from './plain-text.ts';
import { plainUserTurn, resultsFirst } from './plain-user-turn.ts';
import type { Reduction } from './reduction.ts';
import { isToolChange } from './tool-loading.ts';
import { refuseOrphans } from './tool-pairs.ts';

const MESSAGE_KEYS: ReadonlySet<string> = new Set(['role', 'content', 'extra', 'output_config', 'clear_at']);

/** Settings of a single message (`anthropic-surface.md` §4.2); Claude Code sends the first (`clients.md` §2). */
const MESSAGE_SETTINGS = ['output_config', 'clear_at'];

/**
 * The conversation as turns that every OpenAI-like API takes.
 * @throws GatewayError `invalid_request` naming what cannot be said.
 */
export function plainTurns(messages: readonly MessageParam[], reduction: Reduction): PlainTurn[] {
  refuseOrphans(messages);
  const turns: PlainTurn[] = [];
  for (const [index, message] of messages.entries()) {
    const path = `messages.${index}`;
    reportUnknown(message, MESSAGE_KEYS, path, reduction.losses.report);
    for (const key of MESSAGE_SETTINGS) {
      if (isJsonObject(message[key])) reduction.losses.add('message_setting_dropped', `${path}.${key}`);
    }
    append(turns, plainTurn(message, path, reduction), path, reduction);
  }
  if (turns.length === 0) refuse('messages', 'must hold something to answer');
  return turns;
}

function plainTurn(message: MessageParam, path: string, reduction: Reduction): PlainTurn {
  switch (message.role) {
    case 'user':
      return plainUserTurn(message, path, reduction);
    case 'assistant':
      return plainAssistantTurn(message, path, reduction);
    case 'system':
      return plainSystemTurn(message, path, reduction);
    default:
      return refuse(`${path}.role`, 'must be user, assistant or system');
  }
}

/** A system message stays where it stands, if need be as a marked user text: moving it would break caches and meaning. */
function plainSystemTurn(message: MessageParam, path: string, reduction: Reduction): PlainTurn {
  const { losses, target } = reduction;
  const content = blocksOf(message, path).flatMap(({ block, path }): PlainText[] => {
    if (isToolChange(block)) return [];
    if (block.type !== 'text') return refuse(`${path}.type`, `"${block.type}" is not supported by this model`);
    const plain = plainTextBlock(block, path, reduction);
    return plain ? [plain] : [];
  });
  if (objectAt(message, 'extra')?.['name'] !== undefined) losses.add('name_dropped', `${path}.name`);
  if (target.quirks.systemMidConversation) return { role: 'system', content };
  if (content.length > 0) losses.add('system_moved_into_user', path);
  return { role: 'user', content: content.map(asSystemNote) };
}

function asSystemNote(plain: PlainText): PlainText {
  return { ...plain, text: `<system-note>\n${plain.text}\n</system-note>` };
}

/**
 * Adds a turn that says something. Calls and results of one round that came in several messages become one turn (P53), as
 * Anthropic merges them: between them no other message may stand.
 */
function append(turns: PlainTurn[], turn: PlainTurn, path: string, reduction: Reduction): void {
  if (turn.content.length === 0) return;
  const last = turns.at(-1);
  if (turn.role === 'user' && last?.role === 'user' && turn.content[0]?.type === 'tool_result') {
    turns.splice(-1, 1, { ...last, content: resultsFirst([...last.content, ...turn.content], path, reduction) });
  } else if (
    turn.role === 'assistant' &&
    last?.role === 'assistant' &&
    last.content.some((each) => each.type === 'tool_use')
  ) {
    if (turn.phase !== last.phase) reduction.losses.add('phase_dropped', `${path}.phase`);
    turns.splice(-1, 1, { ...last, content: [...last.content, ...turn.content] });
  } else {
    turns.push(turn);
  }
}
