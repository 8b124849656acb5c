import { isJsonObject, type Json, type JsonObject, objectAt } from '../../core/json.ts';
import type { Usage } from '../../core/usage.ts';
import { readBillingTerms } from '../shared/billing-terms.ts';
import { type Counting, readChatUsage } from '../shared/openai-usage.ts';
import { overlayUsage } from '../shared/overlay-usage.ts';

/** Usage after a later chunk or answer, wherever in it the figures stand. */
export function overlayChatUsage(earlier: Usage, holder: JsonObject, counting: Counting): Usage {
  const wire = wireUsageOf(holder);
  const { service_tier } = holder;
  const terms = service_tier ? readBillingTerms({ service_tier }) : undefined;
  const usage = wire ? overlayUsage(earlier, wire, (whole) => readChatUsage(whole, counting).usage) : earlier;
  return terms ? { ...usage, terms } : usage;
}

/** The usage object, which vendors put at the top, on the choice, or under a name of their own (P91). */
function wireUsageOf(holder: JsonObject): JsonObject | undefined {
  return objectAt(holder, 'usage') ?? usageOfChoices(holder['choices'] ?? null) ?? vendorUsage(holder);
}

function usageOfChoices(choices: Json): JsonObject | undefined {
  if (!Array.isArray(choices)) return undefined;
  for (const choice of choices) {
    const usage = isJsonObject(choice) ? objectAt(choice, 'usage') : undefined;
    if (usage) return usage;
  }
  return undefined;
}

function vendorUsage(holder: JsonObject): JsonObject | undefined {
  const vendor = objectAt(holder, 'x_groq');
  return vendor && objectAt(vendor, 'usage');
}
