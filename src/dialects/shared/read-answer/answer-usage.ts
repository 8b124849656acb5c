import type { JsonObject } from '../../../core/json.ts';

/** Tiers that both sides have (`translation.md` §7); of any other nothing is said. */
const TIERS: ReadonlyMap<string, string> = new Map([
  ['default', 'standard'],
  ['priority', 'priority'],
]);

/**
 * The usage at the end of an answer: every counter there, and a whole number (P54, P106). What the upstream never said is
 * the estimate for the input, else 0.
 * @param reported what the upstream said, in canonical names.
 */
export function answerUsage(reported: JsonObject, estimatedInput: number, tier: string | undefined): JsonObject {
  const service_tier = TIERS.get(tier ?? '');
  return {
    input_tokens: estimatedInput,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: 0,
    ...reported,
    ...(service_tier !== undefined && { service_tier }),
  };
}
