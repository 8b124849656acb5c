import { isJsonObject, type JsonObject, objectAt, stringAt } from '../../core/json.ts';
import type { Usage } from '../../core/usage.ts';
import { readBillingTerms } from '../shared/billing-terms.ts';
import { type Counting, readResponsesUsage } from '../shared/openai-usage.ts';
import { overlayUsage } from '../shared/overlay-usage.ts';

/** Usage after a later response object: it counts however the response ended (P59). */
export function overlayResponsesUsage(earlier: Usage, response: JsonObject, counting: Counting): Usage {
  const wire = objectAt(response, 'usage');
  if (!wire) return earlier;
  const usage = overlayUsage(earlier, wire, (whole) => readResponsesUsage(whole, counting).usage);
  // Read with the usage alone: before it, the response repeats what was asked for.
  const terms = readBillingTerms({ service_tier: response['service_tier'] ?? null });
  const searches = countSearches(response);
  return { ...usage, ...(terms && { terms }), ...(searches > 0 && { web_searches: searches }) };
}

/** Web searches are billed by the call and stand in the output alone; opening a page or looking in it is no search. */
function countSearches(response: JsonObject): number {
  const items = Array.isArray(response['output']) ? response['output'].filter(isJsonObject) : [];
  return items.filter((item) => {
    const action = stringAt(objectAt(item, 'action') ?? {}, 'type') ?? 'search';
    return item['type'] === 'web_search_call' && item['status'] !== 'failed' && action === 'search';
  }).length;
}
