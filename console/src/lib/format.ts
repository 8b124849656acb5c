import { useMemo } from 'react';
import { type Preferences, usePreferences } from './preferences.ts';

const NANO_PER_USD = 1_000_000_000;

/** How values are written in the language and time zone that are chosen. */
export type Format = {
  /** Nano-USD, short: two decimals from a dollar on, else as many as two digits take. Never `$0.00` for what is not nothing. */
  money(nanoUsd: number): string;
  /** Nano-USD to the last digit. */
  exactMoney(nanoUsd: number): string;
  /** A whole number with separators. */
  count(value: number): string;
  /** Such as `1.2M`. */
  shortCount(value: number): string;
  /** A share of 1, such as `12.5%`. */
  percent(share: number): string;
  /** Ms, such as `340 ms`, `1.2 sec` or `7 days`. */
  duration(ms: number): string;
  /** Unix ms: day and time to the second. */
  time(at: number): string;
  /** Unix ms: day without its year, and time to the second; for lists. */
  listTime(at: number): string;
  /** Unix ms: day and time to the minute, short. */
  shortTime(at: number): string;
  /** Unix ms: the day. */
  day(at: number): string;
  /** How long ago or ahead, such as `3 minutes ago`. */
  relative(at: number, now: number): string;
  /** Bytes, such as `1.2 MB`. */
  bytes(value: number): string;
};

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
];

/** Units of durations from the longest, from how many ms on each is used, and how its name is written. */
const LENGTHS = [
  ['day', 86_400_000, 'long'],
  ['hour', 3_600_000, 'short'],
  ['minute', 60_000, 'short'],
  ['second', 1_000, 'short'],
] as const;

/** The formats for a language and a time zone. */
export function createFormat({ language, timeZone }: Pick<Preferences, 'language' | 'timeZone'>): Format {
  const zone = timeZone === 'system' ? {} : { timeZone };
  const number = (options: Intl.NumberFormatOptions) => {
    const made = new Intl.NumberFormat(language, options);
    return (value: number) => made.format(value);
  };
  const date = (options: Intl.DateTimeFormatOptions) => {
    const made = new Intl.DateTimeFormat(language, { ...zone, ...options });
    return (at: number) => made.format(at);
  };
  const usd = { style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol' } as const;
  const dollars = number(usd);
  const cents = number({ ...usd, minimumSignificantDigits: 2, maximumSignificantDigits: 3 });
  const exact = number({ ...usd, minimumFractionDigits: 2, maximumFractionDigits: 9 });
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const milliseconds = number({ style: 'unit', unit: 'millisecond', maximumFractionDigits: 0 });
  const lengths = LENGTHS.map(
    ([unit, ms, unitDisplay]) =>
      [ms, number({ style: 'unit', unit, unitDisplay, maximumSignificantDigits: 3 })] as const,
  );
  const sizes = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'].map((unit) =>
    number({ style: 'unit', unit, unitDisplay: unit === 'byte' ? 'long' : 'short', maximumFractionDigits: 1 }),
  );
  return {
    money: (nano) => {
      const value = nano / NANO_PER_USD;
      return value === 0 || Math.abs(value) >= 1 ? dollars(value) : cents(value);
    },
    exactMoney: (nano) => exact(nano / NANO_PER_USD),
    count: number({ maximumFractionDigits: 0 }),
    shortCount: number({ notation: 'compact', maximumFractionDigits: 1 }),
    percent: number({ style: 'percent', maximumFractionDigits: 1 }),
    duration: (ms) => {
      const [length = 1, write = milliseconds] = lengths.find(([least]) => ms >= least) ?? [];
      return write(ms / length);
    },
    time: date({ dateStyle: 'medium', timeStyle: 'medium' }),
    listTime: date({
      month: 'short',
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hour12: false,
    }),
    shortTime: date({ month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' }),
    day: date({ month: 'short', day: 'numeric' }),
    relative: (at, now) => {
      const away = at - now;
      const [unit, length] = STEPS.find(([, ms]) => Math.abs(away) >= ms) ?? (['second', 1_000] as const);
      return relative.format(Math.trunc(away / length), unit);
    },
    bytes: (value) => {
      const step = Math.max(0, Math.min(sizes.length - 1, Math.floor(Math.log10(value || 1) / 3)));
      return sizes[step]?.(value / 1_000 ** step) ?? '';
    },
  };
}

/** The formats of whoever looks. */
export function useFormat(): Format {
  const { language, timeZone } = usePreferences();
  return useMemo(() => createFormat({ language, timeZone }), [language, timeZone]);
}
