import type { BudgetPeriod } from './budget.ts';

/** One period of a budget in Unix ms, its end excluded; `end` is null where there is none. */
export type BudgetWindow = { start: number; end: number | null };

const HOUR = 3_600_000;
/** No time zone is further from UTC than this, and no clock change larger than the rest. */
const FARTHEST = 28 * HOUR;
/** A window is remembered by period and zone; zones come from operators, so the memory is small. */
const known = new Map<string, { start: number; end: number }>();
const formats = new Map<string, Intl.DateTimeFormat>();

/** Whether this is an IANA time zone that can be computed with. */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * The period that holds at `now` (Unix ms): from the first instant of a day, of a Monday or of a first day of the month, as
 * clocks in the zone tell, until the next one's. A day with a clock change is shorter or longer; windows neither overlap nor
 * leave a gap.
 * @throws RangeError for an unknown time zone.
 */
export function windowAt(period: BudgetPeriod, timeZone: string, now: number): BudgetWindow {
  if (period === 'prepaid') return { start: 0, end: null };
  const name = `${period} ${timeZone}`;
  const remembered = known.get(name);
  if (remembered && remembered.start <= now && now < remembered.end) return remembered;
  const [first, next] = datesOf(period, dateAt(now, timeZone));
  const window = { start: firstInstantOf(first, timeZone), end: firstInstantOf(next, timeZone) };
  known.set(name, window);
  return window;
}

/** A date as ms since the epoch, as if it were UTC midnight: ordered, and easily counted with. */
type PlainDate = number;

/** First days of the period that a date is in, and of the one after it. */
function datesOf(period: Exclude<BudgetPeriod, 'prepaid'>, date: PlainDate): [PlainDate, PlainDate] {
  const at = new Date(date);
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
  switch (period) {
    case 'day':
      return [date, Date.UTC(year, month, day + 1)];
    case 'week': {
      const monday = day - ((at.getUTCDay() + 6) % 7);
      return [Date.UTC(year, month, monday), Date.UTC(year, month, monday + 7)];
    }
    case 'month':
      return [Date.UTC(year, month, 1), Date.UTC(year, month + 1, 1)];
  }
}

/** The first ms at which clocks in the zone show this date, or a later one where it was skipped. */
function firstInstantOf(date: PlainDate, timeZone: string): number {
  let before = date - FARTHEST;
  let reached = date + FARTHEST;
  while (reached - before > 1) {
    const middle = Math.floor((before + reached) / 2);
    if (dateAt(middle, timeZone) >= date) reached = middle;
    else before = middle;
  }
  return reached;
}

function dateAt(now: number, timeZone: string): PlainDate {
  const parts = formatOf(timeZone).formatToParts(now);
  const numberOf = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return Date.UTC(numberOf('year'), numberOf('month') - 1, numberOf('day'));
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone,
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      calendar: 'gregory',
    });
  formats.set(timeZone, format);
  return format;
}
