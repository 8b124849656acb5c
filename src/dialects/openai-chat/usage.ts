import { isJsonObject, type JsonObject, objectAt } from '../../core/json.ts';
import type { Usage } from '../../core/usage.ts';
import { type Counting, readChatUsage } from '../shared/openai-usage.ts';
import { overlayUsage } from '../shared/overlay-usage.ts';

/** Usage after a later chunk or answer, wherever in it the figures stand. */
export function overlayChatUsage(earlier: Usage, holder: JsonObject, counting: Counting): Usage {
  const wire = wireUsageOf(holder);
  return wire ? overlayUsage(earlier, wire, (whole) => readChatUsage(whole, counting).usage) : earlier;
}

/** The usage object, which vendors put at the top, on the choice, or under a name of their own (P91). */
function wireUsageOf(holder: JsonObject): JsonObject | undefined {
  const choices = Array.isArray(holder['choices']) ? holder['choices'].filter(isJsonObject) : [];
  return [holder, ...choices, objectAt(holder, 'x_groq') ?? {}]
    .map((each) => objectAt(each, 'usage'))
    .find((usage) => usage !== undefined);
}
