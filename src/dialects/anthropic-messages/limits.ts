import { type LimitMeasure, type LimitStatus, tightest } from '../../core/limit.ts';

/** Which limits each group of headers is about; of several the tightest is told (`anthropic-surface.md` §2). */
const GROUPS: readonly (readonly [name: string, measures: readonly LimitMeasure[]])[] = [
  ['requests', ['requests_per_minute']],
  ['input-tokens', ['input_tokens_per_minute']],
  ['output-tokens', ['output_tokens_per_minute']],
  ['tokens', ['input_tokens_per_minute', 'output_tokens_per_minute', 'tokens_per_day']],
];

/** `anthropic-ratelimit-*`; resets are RFC 3339. @param now Unix ms. */
export function formatLimits(limits: readonly LimitStatus[], now: number): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, measures] of GROUPS) {
    const status = tightest(limits, measures);
    if (status === undefined) continue;
    headers[`anthropic-ratelimit-${name}-limit`] = String(Math.floor(status.limit));
    headers[`anthropic-ratelimit-${name}-remaining`] = String(status.remaining);
    headers[`anthropic-ratelimit-${name}-reset`] = timestamp(now + status.resetIn);
  }
  return headers;
}

/** RFC 3339 in whole seconds, never too early. */
function timestamp(time: number): string {
  return new Date(Math.ceil(time / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}
