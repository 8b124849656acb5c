import { type LimitMeasure, type LimitStatus, tightest } from '../../core/limit.ts';

/** Which limits each group of headers is about; of several the tightest is told. */
const GROUPS: readonly (readonly [name: string, measures: readonly LimitMeasure[]])[] = [
  ['requests', ['requests_per_minute']],
  ['tokens', ['input_tokens_per_minute', 'output_tokens_per_minute', 'tokens_per_day']],
];

/** `x-ratelimit-*`; resets are durations such as `1s`, `6m0s` or `250ms`. */
export function formatLimits(limits: readonly LimitStatus[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, measures] of GROUPS) {
    const status = tightest(limits, measures);
    if (status === undefined) continue;
    headers[`x-ratelimit-limit-${name}`] = String(Math.floor(status.limit));
    headers[`x-ratelimit-remaining-${name}`] = String(status.remaining);
    headers[`x-ratelimit-reset-${name}`] = formatDuration(status.resetIn);
  }
  return headers;
}

/** @param time ms. */
function formatDuration(time: number): string {
  if (time < 1000) return `${Math.ceil(time)}ms`;
  const seconds = Math.ceil(time / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = `${seconds % 60}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}
