import { isJsonObject, type JsonObject, objectAt } from '../../core/json.ts';
import type { Usage } from '../../core/usage.ts';
import { readBillingTerms } from '../shared/billing-terms.ts';
import { type Counting, readChatUsage } from '../shared/openai-usage.ts';
import { overlayUsage } from '../shared/overlay-usage.ts';

/** Usage after a later chunk or answer, wherever in it the figures stand. */
export function overlayChatUsage(earlier: Usage, holder: JsonObject, counting: Counting): Usage {
  const wire = wireUsageOf(holder);
  const terms = readBillingTerms({ service_tier: holder['service_tier'] ?? null });
  const usage = wire ? overlayUsage(earlier, wire, (whole) => readChatUsage(whole, counting).usage) : earlier;
  return terms ? { ...usage, terms } : usage;
}

/** The usage object, which vendors put at the top, on the choice, or under a name of their own (P91). */
function wireUsageOf(holder: JsonObject): JsonObject | undefined {
  const choices = Array.isArray(holder['choices']) ? holder['choices'].filter(isJsonObject) : [];
  return [holder, ...choices, objectAt(holder, 'x_groq') ?? {}]
    .map((each) => objectAt(each, 'usage'))
    .find((usage) => usage !== undefined);
}
