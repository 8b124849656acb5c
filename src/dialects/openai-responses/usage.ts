import { type JsonObject, objectAt } from '../../core/json.ts';
import type { Usage } from '../../core/usage.ts';
import { type Counting, readResponsesUsage } from '../shared/openai-usage.ts';
import { overlayUsage } from '../shared/overlay-usage.ts';

/** Usage after a later response object: it counts however the response ended (P59). */
export function overlayResponsesUsage(earlier: Usage, response: JsonObject, counting: Counting): Usage {
  const wire = objectAt(response, 'usage');
  return wire ? overlayUsage(earlier, wire, (whole) => readResponsesUsage(whole, counting).usage) : earlier;
}
