import type { DialectId } from '../core/dialect.ts';
import type { JsonObject } from '../core/json.ts';

/** Where each API bounds the output of a request. What another one calls it bounds nothing, whatever it says. */
const FIELDS: Readonly<Record<DialectId, readonly string[]>> = {
  'anthropic-messages': ['max_tokens'],
  'openai-chat': ['max_completion_tokens', 'max_tokens'],
  'openai-responses': ['max_output_tokens'],
};

/**
 * The most output tokens that a checked request allows itself; undefined where it sets no limit. Of two names of the limit the
 * larger one counts, for upstreams differ in which they follow; 0 is none, as with upstreams that take it for one.
 */
export function outputLimitOf(body: JsonObject, dialect: DialectId): number | undefined {
  const limits = FIELDS[dialect].map((name) => body[name]).filter((value) => typeof value === 'number');
  const isWarming = dialect === 'anthropic-messages' && limits[0] === 0;
  const most = Math.max(0, ...limits);
  return most > 0 || isWarming ? most : undefined;
}
