const MILLISECONDS = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

const BYTES = new Map([
  ['B', 1],
  ['KB', 1024],
  ['MB', 1024 ** 2],
  ['GB', 1024 ** 3],
]);

/** How a duration is written: `700ms`, `2s`, `10m`, `1h`, `30d`. */
export const DURATION_PATTERN = /^\d{1,9}(?:\.\d{1,3})?(?:ms|s|m|h|d)$/;

/** How a size is written: `512KB`, `32MB`; 1 KB is 1024 bytes. */
export const SIZE_PATTERN = /^\d{1,9}(?:\.\d{1,3})?(?:B|KB|MB|GB)$/;

/** The longest delay that a timer takes; a longer one would fire at once (`reliability.md` S8). In ms. */
export const LONGEST_TIMER = 2 ** 31 - 1;

/** A written duration in whole ms, or undefined when it is not one. */
export function parseDuration(text: string): number | undefined {
  return DURATION_PATTERN.test(text) ? scaled(text, MILLISECONDS) : undefined;
}

/** A written size in whole bytes, or undefined when it is not one. */
export function parseSize(text: string): number | undefined {
  return SIZE_PATTERN.test(text) ? scaled(text, BYTES) : undefined;
}

function scaled(text: string, units: ReadonlyMap<string, number>): number | undefined {
  const unitAt = text.search(/[A-Za-z]/);
  const unit = units.get(text.slice(unitAt));
  return unit === undefined ? undefined : Math.round(Number(text.slice(0, unitAt)) * unit);
}
