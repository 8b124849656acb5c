import { type JsonObject, stringAt } from '../../core/json.ts';
import type { Usage } from '../../core/usage.ts';

/** What each field says when nothing special is billed. */
const STANDARD: Readonly<Record<'service_tier' | 'speed' | 'inference_geo', readonly string[]>> = {
  service_tier: ['', 'standard', 'standard_only', 'default', 'auto'],
  speed: ['', 'standard'],
  inference_geo: ['', 'global', 'not_available'],
};

/** A term as the ledger keeps it. */
const READABLE = /^[a-z0-9_-]{1,32}$/;

/**
 * The terms under which an answer is billed, from the object that states them: Anthropic's usage, an OpenAI answer. Standard
 * terms are not listed; one that cannot be read is `other`, so that it does not pass for standard.
 */
export function readBillingTerms(holder: JsonObject): Usage['terms'] {
  const terms = Object.entries(STANDARD).flatMap(([field, standard]) => {
    const told = (stringAt(holder, field) ?? '').toLowerCase();
    if (standard.includes(told)) return [];
    return [READABLE.test(told) ? told : 'other'];
  });
  return terms.length === 0 ? undefined : [...new Set(terms)].sort();
}
