/** Writes the times of an axis: Unix s, and how far its marks are apart, in s. */
export type AxisTimes = (marks: readonly number[], apart: number) => string[];

const HOUR = 3_600;
const DAY = 86_400;
const MONTH = 28 * DAY;

/** Times as a language writes them in a zone; undefined: that of this machine. A mark says its day where that is a new one. */
export function axisTimes(language: string, timeZone: string | undefined): AxisTimes {
  const write = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(language, { ...options, ...(timeZone !== undefined && { timeZone }) });
    return (mark: number) => format.format(mark * 1_000);
  };
  const month = write({ year: 'numeric', month: 'short' });
  const day = write({ month: 'short', day: 'numeric' });
  const clock = write({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const exact = write({ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
  return (marks, apart) => {
    if (apart >= MONTH) return marks.map(month);
    if (apart >= DAY) return marks.map(day);
    const time = apart >= HOUR / 60 ? clock : exact;
    const days = marks.map(day);
    return marks.map((mark, index) => (days[index] === days[index - 1] ? time(mark) : `${time(mark)}\n${days[index]}`));
  };
}

/** Minutes by which a zone is ahead of UTC at a moment (Unix ms); undefined: that of this machine. */
export function minutesAhead(timeZone: string | undefined, at: number): number {
  if (timeZone === undefined) return -new Date(at).getTimezoneOffset();
  const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at);
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours = '0', minutes = '0'] = /([+-])(\d+):(\d+)/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
