import { isJsonObject, type JsonObject, objectAt, stringAt } from '../../core/json.ts';
import type { ToolClass, Usage } from '../../core/usage.ts';
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
  return { ...usage, ...(terms && { terms }), ...countTools(response) };
}

/**
 * Tools are billed by the call, code by the container, and both stand in the output alone; opening a page or looking in it is no
 * search.
 */
function countTools(response: JsonObject): Pick<Usage, ToolClass> {
  const items = Array.isArray(response['output']) ? response['output'].filter(isJsonObject) : [];
  const made = (type: string) => items.filter((item) => item['type'] === type && item['status'] !== 'failed');
  const searches = made('web_search_call').filter(
    (item) => (stringAt(objectAt(item, 'action') ?? {}, 'type') ?? 'search') === 'search',
  ).length;
  const fileSearches = made('file_search_call').length;
  const containers = new Set(made('code_interpreter_call').map((item) => stringAt(item, 'container_id'))).size;
  return {
    ...(searches > 0 && { web_searches: searches }),
    ...(fileSearches > 0 && { file_searches: fileSearches }),
    ...(containers > 0 && { code_containers: containers }),
  };
}
