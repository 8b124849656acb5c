import { stringAt } from '../../../core/json.ts';
import type { MessageParam } from '../../../core/message.ts';
import { refuse } from '../fields.ts';
import { blocksOf, type PlacedBlock } from './message-blocks.ts';

/**
 * Every call of an assistant turn must be answered before the next one, and every answer must have its call: upstreams
 * refuse the rest with texts that name neither (P112). The texts here are Anthropic's, which clients know.
 * @throws GatewayError `invalid_request` naming the ids.
 */
export function refuseOrphans(messages: readonly MessageParam[]): void {
  const unanswered = new Set<string>();
  let field = 'messages';
  let previous: string | undefined;
  for (const [index, message] of messages.entries()) {
    const path = `messages.${index}`;
    const blocks = blocksOf(message, path);
    if (message.role === 'assistant') {
      if (previous !== 'assistant') refuseUnanswered(unanswered, field);
      for (const id of idsOf(blocks, 'tool_use', 'id')) unanswered.add(id);
      field = path;
    } else {
      const orphans = idsOf(blocks, 'tool_result', 'tool_use_id').filter((id) => !unanswered.delete(id));
      if (orphans.length > 0)
        refuse(path, `unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${orphans.join(', ')}`);
    }
    previous = message.role;
  }
  refuseUnanswered(unanswered, field);
}

function refuseUnanswered(ids: ReadonlySet<string>, field: string): void {
  if (ids.size === 0) return;
  const list = [...ids].join(', ');
  refuse(field, `\`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${list}`);
}

function idsOf(blocks: PlacedBlock[], type: string, key: string): string[] {
  return blocks
    .filter(({ block }) => block.type === type)
    .map(({ block, path }) => stringAt(block, key) ?? refuse(`${path}.${key}`, 'must be a string'));
}
