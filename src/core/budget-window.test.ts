import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BUDGET_PERIODS } from './budget.ts';
import { windowAt } from './budget-window.ts';

const HOUR = 3_600_000;
const at = (text: string) => Date.parse(text);

test.each([
  ['day', 'UTC', '2026-11-26T23:59:59.999Z', '2026-11-26T00:00:00Z', '2026-11-27T00:00:00Z'],
  ['day', 'Europe/Berlin', '2026-11-26T23:30:00Z', '2026-11-26T23:00:00Z', '2026-11-27T23:00:00Z'],
  ['week', 'UTC', '2026-11-29T12:00:00Z', '2026-11-23T00:00:00Z', '2026-11-30T00:00:00Z'],
  ['month', 'America/New_York', '2026-03-01T04:59:59Z', '2026-02-01T05:00:00Z', '2026-03-01T05:00:00Z'],
  ['month', 'Asia/Kathmandu', '2026-12-31T18:15:00Z', '2026-12-31T18:15:00Z', '2027-01-31T18:15:00Z'],
] as const)('S8 a %s in %s at %s', (period, zone, now, start, end) => {
  expect(windowAt(period, zone, at(now))).toEqual({ start: at(start), end: at(end) });
});

test.each([
  ['spring: 23 hours', 'Europe/Berlin', '2026-03-29T12:00:00Z', 23],
  ['autumn: 25 hours', 'Europe/Berlin', '2026-10-25T12:00:00Z', 25],
  ['no midnight at all: it begins at 1 o’clock', 'Africa/Cairo', '2026-04-24T12:00:00Z', 23],
  ['midnight twice', 'America/Havana', '2026-11-01T12:00:00Z', 25],
  ['half an hour', 'Australia/Lord_Howe', '2026-10-04T00:00:00Z', 23.5],
])('S8 the day of a clock change, %s', (_, zone, now, hours) => {
  const { start, end } = windowAt('day', zone, at(now));
  expect(((end ?? 0) - start) / HOUR).toBe(hours);
});

test('S8 windows follow one another without gap or overlap, and hold the moment they are asked for', () => {
  const zones = [
    'UTC',
    'Europe/Berlin',
    'America/Sao_Paulo',
    'Asia/Kolkata',
    'Pacific/Chatham',
    'America/St_Johns',
    'Africa/Cairo',
  ];
  const moment = fc.integer({ min: at('2015-01-01'), max: at('2040-01-01') });
  fc.assert(
    fc.property(fc.constantFrom('day', 'week', 'month'), fc.constantFrom(...zones), moment, (period, zone, now) => {
      const { start, end } = windowAt(period, zone, now);
      if (end === null) throw new Error('it has an end');
      expect(start <= now && now < end).toBe(true);
      expect(windowAt(period, zone, end).start).toBe(end);
      expect(windowAt(period, zone, start - 1).end).toBe(start);
    }),
    { numRuns: 300 },
  );
});

test('a prepaid budget has one window', () => {
  expect(BUDGET_PERIODS).toContain('prepaid');
  expect(windowAt('prepaid', 'UTC', 5)).toEqual({ start: 0, end: null });
});
