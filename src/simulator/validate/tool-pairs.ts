import { stringAt } from '../../core/json.ts';
import type { PlacedBlock, Turn } from '../conversation.ts';
import { invalid } from '../refusal.ts';

/**
 * Every tool call is answered in the next user turn, and every answer has its call in the assistant turn before
 * (`anthropic-surface.md` §4.1).
 * @throws RequestRefused 400.
 */
export function checkToolPairs(turns: readonly Turn[]): void {
  const everUsed = new Set<string>();
  const spoken = turns.filter((turn) => turn.role !== 'system');
  spoken.forEach((turn, position) => {
    if (turn.role === 'assistant') {
      checkUnique(turn, everUsed);
      checkAnswered(turn, spoken[position + 1]);
    } else {
      checkResultsFirst(turn);
      checkAsked(turn, spoken[position - 1]);
    }
  });
}

function checkUnique(turn: Turn, everUsed: Set<string>): void {
  for (const { block } of turn.blocks.filter(isCall)) {
    const id = stringAt(block, 'id') ?? '';
    if (everUsed.has(id)) throw invalid('messages', '`tool_use` ids must be unique');
    everUsed.add(id);
  }
}

function checkAnswered(turn: Turn, next: Turn | undefined): void {
  const answered = new Set((next?.blocks ?? []).filter(isResult).map(({ block }) => block['tool_use_id']));
  const open = turn.blocks
    .filter(isCall)
    .map(({ block }) => stringAt(block, 'id') ?? '')
    .filter((id) => !answered.has(id));
  if (open.length === 0) return;
  throw invalid(
    `messages.${turn.index}`,
    `\`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
  );
}

/** Judged message by message: two user messages, each with its results first, are fine. */
function checkResultsFirst(turn: Turn): void {
  let message = '';
  let other = false;
  for (const placed of turn.blocks) {
    const owner = placed.path.slice(0, placed.path.lastIndexOf('.'));
    if (owner !== message) other = false;
    message = owner;
    if (!isResult(placed)) other = true;
    else if (other) {
      throw invalid(placed.path, '`tool_result` blocks must come before all other content of a user message');
    }
  }
}

function checkAsked(turn: Turn, previous: Turn | undefined): void {
  const asked = new Set((previous?.blocks ?? []).filter(isCall).map(({ block }) => block['id']));
  const answered = new Set<string>();
  for (const { block, path } of turn.blocks.filter(isResult)) {
    const id = stringAt(block, 'tool_use_id') ?? '';
    if (!asked.has(id)) {
      throw invalid(
        path,
        `unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
      );
    }
    if (answered.has(id)) {
      throw invalid(
        path,
        `each tool_use must have a single result. Found multiple \`tool_result\` blocks with id: ${id}`,
      );
    }
    answered.add(id);
  }
}

function isCall({ block }: PlacedBlock): boolean {
  return block.type === 'tool_use';
}

function isResult({ block }: PlacedBlock): boolean {
  return block.type === 'tool_result';
}
