/** Longest wait that is passed on, in seconds: an SDK obeys whatever it is told (P125). */
export const MAX_RETRY_AFTER_SECONDS = 600;

/**
 * What `retry-after-ms` or `retry-after` (seconds or an HTTP date) asks for, in whole seconds rounded up: the first
 * of them that can be read, as the SDKs do; undefined when both are absent, negative or unreadable (U11).
 * @param now Unix ms, for dates.
 */
export function retryAfterSeconds(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  const seconds = [Number(headers['retry-after-ms'] || NaN) / 1000, parse(headers['retry-after'] ?? '', now)].find(
    (wait) => Number.isFinite(wait) && wait >= 0,
  );
  return seconds === undefined ? undefined : Math.min(Math.ceil(seconds), MAX_RETRY_AFTER_SECONDS);
}

function parse(value: string, now: number): number {
  const trimmed = value.trim();
  if (/^[+-]?[\d.]+(e\d+)?$/i.test(trimmed)) return Number(trimmed);
  return (Date.parse(trimmed) - now) / 1000;
}
