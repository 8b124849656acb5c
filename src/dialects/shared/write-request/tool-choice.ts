import type { JsonObject } from '../../../core/json.ts';
import type { PlainTool, PlainToolChoice } from '../../../core/plain-request.ts';

/** What a named tool is called in `tool_choice`. */
export type NamedToolType = 'function' | 'custom';

/**
 * `tool_choice` in words that both formats share.
 * @param spellNamed the form that names one tool.
 */
export function formatToolChoice(
  choice: PlainToolChoice,
  tools: readonly PlainTool[],
  spellNamed: (type: NamedToolType, name: string) => JsonObject,
): JsonObject | string {
  switch (choice.type) {
    case 'auto':
    case 'none':
      return choice.type;
    case 'any':
      return 'required';
    case 'tool': {
      const { name } = choice;
      const isFreeForm = tools.some((tool) => tool.kind === 'free_form' && tool.name === name);
      return spellNamed(isFreeForm ? 'custom' : 'function', name);
    }
    default:
      return choice satisfies never;
  }
}
