import type { ModelFacts } from '../../core/model.ts';
import type { Turn } from '../conversation.ts';
import { invalid } from '../refusal.ts';

const NOT_HERE =
  'Unexpected role "system". The Messages API accepts a top-level `system` parameter, not "system" as an input message role.';

/**
 * Where `role: system` may stand inside `messages` (`anthropic-surface.md` §4.2).
 * @throws RequestRefused 400.
 */
export function checkSystemTurns(turns: readonly Turn[], model: ModelFacts): void {
  turns.forEach((turn, position) => {
    if (turn.role !== 'system') return;
    if (!model.rules.systemInMessages) throw invalid('messages', NOT_HERE);
    const path = `messages.${turn.index}`;
    const previous = turns[position - 1];
    const next = turns[position + 1];
    if (!previous || (previous.role === 'assistant' && !endsInServerToolResult(previous))) {
      throw invalid(
        path,
        '`system` messages must follow a `user` message or an assistant turn that ends in a server tool result',
      );
    }
    if (next && next.role !== 'assistant') {
      throw invalid(path, '`system` messages must be followed by an `assistant` message or be the last message');
    }
  });
}

/** Whether an assistant turn stopped at a server tool's result, so that it can be gone on with. */
export function endsInServerToolResult(turn: Turn): boolean {
  const type = turn.blocks.at(-1)?.block.type ?? '';
  return (
    type === 'server_tool_use' || type === 'mcp_tool_use' || (type.endsWith('_tool_result') && type !== 'tool_result')
  );
}
