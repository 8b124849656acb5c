import { isJsonObject, type JsonObject, stringAt } from '../../../core/json.ts';
import { MAX_RETRY_AFTER_SECONDS } from '../../retry-after.ts';

/** What OpenAI counts separately: when one of them is used up, its own reset counts. */
const COUNTED = ['requests', 'tokens'] as const;

/** Above this a number is Unix time in ms, not in s. */
const MS_FROM = 1e11;

/** Above this a number is Unix time, not a span. */
const UNIX_FROM = 1e9;

/**
 * Seconds until an upstream's rate limit is reset, by its `x-ratelimit-reset` headers, for an answer without `retry-after`:
 * OpenAI's spans (`6m0s`, `120ms`) or a router's Unix time; undefined where they do not say.
 * @param now Unix ms.
 */
export function rateLimitReset(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  const usedUp = COUNTED.filter((counted) => headers[`x-ratelimit-remaining-${counted}`] === '0');
  const waits = usedUp.flatMap((counted) => spanSeconds(headers[`x-ratelimit-reset-${counted}`] ?? '') ?? []);
  if (waits.length > 0) return capped(Math.max(...waits));
  const reset = Number(headers['x-ratelimit-reset'] || NaN);
  if (!Number.isFinite(reset) || reset < 0) return undefined;
  if (reset < UNIX_FROM) return capped(reset);
  return capped(Math.max(0, (reset >= MS_FROM ? reset : reset * 1000) - now) / 1000);
}

/** Seconds that Google's `RetryInfo` among the details of an error asks for. */
export function retryDelay(error: JsonObject): number | undefined {
  const details = Array.isArray(error['details']) ? error['details'].filter(isJsonObject) : [];
  const [delay] = details.flatMap((detail) => stringAt(detail, 'retryDelay') ?? []);
  const seconds = delay === undefined ? undefined : spanSeconds(delay);
  return seconds === undefined ? undefined : capped(seconds);
}

const SECONDS_OF_UNIT = new Map([
  ['h', 3600],
  ['m', 60],
  ['s', 1],
  ['ms', 0.001],
]);

function spanSeconds(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[hms])/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) return undefined;
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (SECONDS_OF_UNIT.get(unit ?? '') ?? 0), 0);
}

function capped(seconds: number): number {
  return Math.min(Math.ceil(seconds), MAX_RETRY_AFTER_SECONDS);
}
