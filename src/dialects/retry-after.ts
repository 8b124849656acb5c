/** Longest wait that is passed on, in seconds: an SDK obeys whatever it is told (P125). */
const MAX_RETRY_AFTER_SECONDS = 600;

/**
 * What `retry-after-ms` or `retry-after` (seconds or an HTTP date) asks for, in whole seconds rounded up; undefined when
 * absent, negative or unreadable (U11).
 * @param now Unix ms, for dates.
 */
export function retryAfterSeconds(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  const milliseconds = headers['retry-after-ms'];
  const value = headers['retry-after'];
  const seconds =
    milliseconds !== undefined ? Number(milliseconds) / 1000 : value !== undefined ? parse(value, now) : NaN;
  if (!Number.isFinite(seconds) || seconds < 0) return undefined;
  return Math.min(Math.ceil(seconds), MAX_RETRY_AFTER_SECONDS);
}

function parse(value: string, now: number): number {
  const trimmed = value.trim();
  if (/^[+-]?[\d.]+(e\d+)?$/i.test(trimmed)) return Number(trimmed);
  return (Date.parse(trimmed) - now) / 1000;
}
