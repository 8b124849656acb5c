import * as z from 'zod';
import { isTimeZone } from '../core/budget-window.ts';
import type { Config } from './config.ts';

/** The languages of the console. */
export const CONSOLE_LANGUAGES = ['en', 'zh-CN'] as const;

const days = z.int().min(1).max(36_600).nullable();

/** What may be set over the admin API; null: as it is without. */
export const storedSettingsShape = {
  language: z.enum(CONSOLE_LANGUAGES).nullable(),
  time_zone: z.string().refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin').nullable(),
  bodies_days: days,
  rows_days: days,
  rollups_days: days,
};

/** Their values; null where nothing was set. */
export type StoredSettings = {
  language: (typeof CONSOLE_LANGUAGES)[number] | null;
  time_zone: string | null;
  bodies_days: number | null;
  rows_days: number | null;
  rollups_days: number | null;
};

/** Which part of retention each of those settings says. */
export const RETENTION_SETTINGS = { bodies_days: 'bodies', rows_days: 'rows', rollups_days: 'rollups' } as const;

/** Stored values as settings; what cannot be read counts as not set. */
export function parseSettings(stored: ReadonlyMap<string, unknown>): StoredSettings {
  const { language, time_zone, bodies_days, rows_days, rollups_days } = storedSettingsShape;
  return {
    language: language.safeParse(stored.get('language')).data ?? null,
    time_zone: time_zone.safeParse(stored.get('time_zone')).data ?? null,
    bodies_days: bodies_days.safeParse(stored.get('bodies_days')).data ?? null,
    rows_days: rows_days.safeParse(stored.get('rows_days')).data ?? null,
    rollups_days: rollups_days.safeParse(stored.get('rollups_days')).data ?? null,
  };
}

/**
 * Retention as the file says, and where it says nothing as was set. Sums are kept at least as long as the rows that they are of:
 * a shorter time for them does not count.
 */
export function withRetention(
  { bodies, rows, rollups, ...disk }: Config['retention'],
  settings: Pick<StoredSettings, keyof typeof RETENTION_SETTINGS>,
): Config['retention'] {
  const rowDays = rows.days ?? settings.rows_days ?? undefined;
  const sumDays = rollups.days ?? settings.rollups_days ?? undefined;
  const isLongEnough = sumDays === undefined || (rowDays !== undefined && rowDays <= sumDays);
  return {
    ...disk,
    bodies: { ...bodies, days: bodies.days ?? settings.bodies_days ?? undefined },
    rows: { ...rows, days: rowDays },
    rollups: { ...rollups, days: isLongEnough ? sumDays : rollups.days },
  };
}
