import { isJsonObject, type JsonObject, numberAt, objectAt } from '../../core/json.ts';
import { containerOf } from '../../core/opaque-states.ts';
import type { Usage } from '../../core/usage.ts';
import { readBillingTerms } from '../shared/billing-terms.ts';

/**
 * Anthropic's usage fields as disjoint counters (`anthropic-surface.md` §8):
 *
 * | wire | counter |
 * |---|---|
 * | `input_tokens` | input (already without cache reads and writes) |
 * | `cache_read_input_tokens` | cache_read |
 * | `cache_creation.ephemeral_5m_input_tokens`, `…_1h_…` | cache_write_5m, cache_write_1h |
 * | `cache_creation_input_tokens` alone | cache_write_5m, the default lifetime |
 * | `output_tokens` | output (thinking included) |
 * | `output_tokens_details.thinking_tokens` | reasoning |
 * | `server_tool_use.web_search_requests`, `….web_fetch_requests` | web_searches, web_fetches |
 * | `service_tier`, `speed`, `inference_geo` | terms, where they are not the standard ones |
 * | `iterations[]` of type `compaction` | added to input, cache and output: the top level leaves them out |
 */
export function toUsage(wire: JsonObject): Usage {
  const usage: Usage = { ...readCounters(wire), raw: wire };
  const reasoning = count(objectAt(wire, 'output_tokens_details'), 'thinking_tokens');
  const searches = count(objectAt(wire, 'server_tool_use'), 'web_search_requests');
  const terms = readBillingTerms(wire);
  if (terms !== undefined) usage.terms = terms;
  if (reasoning !== undefined) usage.reasoning = reasoning;
  if (searches !== undefined) usage.web_searches = searches;
  const fetches = count(objectAt(wire, 'server_tool_use'), 'web_fetch_requests');
  if (fetches !== undefined) usage.web_fetches = fetches;
  const iterations = Array.isArray(wire['iterations']) ? wire['iterations'] : [];
  for (const iteration of iterations) {
    if (isJsonObject(iteration) && iteration['type'] === 'compaction') addCounters(usage, readCounters(iteration));
  }
  return usage;
}

/** Usage with the container of an answer: what runs code names it in the message or at its end, and the usage does not count it. */
export function withContainer(usage: Usage, message: JsonObject): Usage {
  return containerOf(message) === undefined ? usage : { ...usage, code_containers: 1 };
}

/** Usage after a later usage object: what it reports replaces; what it leaves out, nulls or garbles stays (P56, P57, U20). */
export function overlayWireUsage(earlier: Usage, wire: JsonObject): Usage {
  return { ...earlier, ...toUsage(overlayUsage(earlier.raw ?? {}, wire)) };
}

/** A usage object after a later one, both as on the wire: a null reports nothing. */
export function overlayUsage(earlier: JsonObject, later: JsonObject): JsonObject {
  return { ...earlier, ...Object.fromEntries(Object.entries(later).filter(([, value]) => value !== null)) };
}

/**
 * A usage object as clients rely on it: every counter there, and a whole number (P106, P11, P54).
 * @param estimatedInput stands for input tokens that nobody has reported.
 */
export function wholeUsage(wire: JsonObject, estimatedInput: number): JsonObject {
  const { extra: _openAiOnly, ...usage } = wire;
  const { cache_write_5m = 0, cache_write_1h = 0 } = readCacheWrites(wire);
  return {
    ...usage,
    input_tokens: count(wire, 'input_tokens') ?? estimatedInput,
    cache_creation_input_tokens: cache_write_5m + cache_write_1h,
    cache_read_input_tokens: count(wire, 'cache_read_input_tokens') ?? 0,
    cache_creation: { ephemeral_5m_input_tokens: cache_write_5m, ephemeral_1h_input_tokens: cache_write_1h },
    output_tokens: count(wire, 'output_tokens') ?? 0,
  };
}

type Counters = Pick<Usage, 'input' | 'cache_read' | 'cache_write_5m' | 'cache_write_1h' | 'output'>;

function readCounters(wire: JsonObject): Counters {
  const counters: Counters = {};
  const input = count(wire, 'input_tokens');
  const read = count(wire, 'cache_read_input_tokens');
  const output = count(wire, 'output_tokens');
  if (input !== undefined) counters.input = input;
  if (read !== undefined) counters.cache_read = read;
  if (output !== undefined) counters.output = output;
  return { ...counters, ...readCacheWrites(wire) };
}

/**
 * The split by lifetime, made to sum to the total: a later total without a split corrects the 5-minute part, so that
 * no written token is counted under two lifetimes.
 */
function readCacheWrites(wire: JsonObject): Counters {
  const total = count(wire, 'cache_creation_input_tokens');
  const split = objectAt(wire, 'cache_creation');
  const hour = count(split, 'ephemeral_1h_input_tokens');
  const minutes = count(split, 'ephemeral_5m_input_tokens');
  if (total === undefined) {
    return {
      ...(minutes !== undefined && { cache_write_5m: minutes }),
      ...(hour !== undefined && { cache_write_1h: hour }),
    };
  }
  const oneHour = Math.min(hour ?? 0, total);
  return { cache_write_5m: total - oneHour, cache_write_1h: oneHour };
}

function addCounters(usage: Usage, more: Counters): void {
  for (const counter of ['input', 'cache_read', 'cache_write_5m', 'cache_write_1h', 'output'] as const) {
    const value = more[counter];
    if (value !== undefined) usage[counter] = (usage[counter] ?? 0) + value;
  }
}

/** A count that can be billed: a whole, non-negative, safe number; anything else is not reported (U20). */
function count(object: JsonObject | undefined, key: string): number | undefined {
  const value = object && numberAt(object, key);
  return value !== undefined && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
