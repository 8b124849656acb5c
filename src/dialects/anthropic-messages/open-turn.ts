import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { isThinking } from './thinking-state.ts';

/**
 * Whether the model is asked to go on with an assistant turn (a tool loop, or a prefill) that does not begin with thinking:
 * models whose thinking has a budget refuse that (`anthropic-surface.md` §4.1, P18).
 * @param messages turns as on the wire; same roles in a row are one turn.
 */
export function lacksLeadingThinking(messages: readonly JsonObject[]): boolean {
  const spoken = messages.filter((message) => message['role'] !== 'system');
  const lastAssistant = spoken.findLastIndex((message) => message['role'] === 'assistant');
  const answers = spoken.slice(lastAssistant + 1);
  if (lastAssistant === -1 || (answers.length > 0 && !answers.some(holdsToolResult))) return false;
  let first = lastAssistant;
  while (spoken[first - 1]?.['role'] === 'assistant') first--;
  const content = spoken[first]?.['content'];
  const leading = Array.isArray(content) ? content[0] : undefined;
  return !isJsonObject(leading) || !isThinking(leading);
}

function holdsToolResult({ content }: JsonObject): boolean {
  return Array.isArray(content) && content.some((block) => isJsonObject(block) && block['type'] === 'tool_result');
}
