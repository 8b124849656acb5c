import { objectAt, stringAt } from '../../../core/json.ts';
import type { MessagesRequest } from '../../../core/message.ts';
import { refuse, reportUnknown } from '../fields.ts';
import { cleanText } from './plain-text.ts';
import type { Reduction } from './reduction.ts';

/**
 * The output limit, not above the model's own: clients that do not know the model ask for that of another one.
 * @throws GatewayError `invalid_request` for 0, which only warms Anthropic's cache.
 */
export function plainMaxTokens(
  { max_tokens: wanted }: MessagesRequest,
  { target, losses }: Reduction,
): number | undefined {
  if (wanted === undefined || wanted === null) return undefined;
  if (wanted === 0) refuse('max_tokens', 'must be at least 1 for this model');
  const limits = [target.quirks.maxOutputTokens, target.facts?.maxOutputTokens].filter((each) => each !== undefined);
  const most = Math.min(...limits.filter((each) => each > 0));
  if (wanted <= most) return wanted;
  losses.add('max_tokens_lowered', 'max_tokens');
  return most;
}

/** The sampling parameters that the target takes. */
export type Sampling = { temperature: number | undefined; topP: number | undefined; topK: number | undefined };

/** Copied where they are taken: Anthropic's range of temperatures is the lower half of OpenAI's. */
export function plainSampling(request: MessagesRequest, { target, losses }: Reduction): Sampling {
  const { sampling, topK } = target.quirks;
  const temperature = request.temperature ?? undefined;
  const topP = request.top_p ?? undefined;
  const wantedTopK = request.top_k ?? undefined;
  if (temperature !== undefined && !sampling) losses.add('temperature_dropped', 'temperature');
  if (topP !== undefined && !sampling) losses.add('top_p_dropped', 'top_p');
  if (wantedTopK !== undefined && !topK) losses.add('top_k_dropped', 'top_k');
  return {
    temperature: sampling ? temperature : undefined,
    topP: sampling ? topP : undefined,
    topK: topK ? wantedTopK : undefined,
  };
}

/**
 * All stop sequences. A target that takes none leaves them to us, and its formatter reports that; one that takes only some
 * would take more for an error.
 * @throws GatewayError `invalid_request` naming the field when there are more than the target takes (P121).
 */
export function plainStops(request: MessagesRequest, { target, losses }: Reduction): string[] {
  const { stopSequences: most } = target.quirks;
  const stops = (request.stop_sequences ?? []).filter((stop) => stop !== '');
  if (stops.length < (request.stop_sequences ?? []).length) losses.add('stop_dropped', 'stop_sequences');
  if (most > 0 && stops.length > most) refuse('stop_sequences', `this model takes at most ${most}`);
  return stops;
}

/** The longest `safety_identifier` (`translation.md` §1); Claude Code's user ids have about 190 characters. */
const LONGEST_USER_ID = 64;

const METADATA_KEYS: ReadonlySet<string> = new Set(['user_id']);

/** Who the end user is: the same user always has the same id, if need be a hash. */
export function plainUserId(request: MessagesRequest, reduction: Reduction): string | undefined {
  const { target, losses } = reduction;
  const metadata = objectAt(request, 'metadata') ?? {};
  reportUnknown(metadata, METADATA_KEYS, 'metadata', losses.report);
  const field = 'metadata.user_id';
  const userId = stringAt(metadata, 'user_id') ?? '';
  if (userId === '') return undefined;
  if (target.quirks.userField === undefined) {
    losses.add('user_dropped', field);
    return undefined;
  }
  if (userId.length <= LONGEST_USER_ID) return cleanText(userId, field, reduction);
  losses.add('user_hashed', field);
  return target.tools.hash(userId).slice(0, LONGEST_USER_ID);
}

/** OpenAI's word for a tier of Anthropic's (`translation.md` §1). */
const TIERS: ReadonlyMap<string, string> = new Map([
  ['auto', 'auto'],
  ['standard_only', 'default'],
]);

/** OpenAI's own word counts more; `auto` is what a target does that knows no tiers. */
export function plainServiceTier(request: MessagesRequest, { target, losses }: Reduction): string | undefined {
  const own = stringAt(request, 'service_tier');
  const tier = stringAt(objectAt(request, 'extra') ?? {}, 'service_tier') ?? (own && TIERS.get(own));
  if (tier !== undefined && target.quirks.serviceTier) return tier;
  if ((tier ?? own ?? 'auto') !== 'auto') losses.add('service_tier_dropped', 'service_tier');
  return undefined;
}
