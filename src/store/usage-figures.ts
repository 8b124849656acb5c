import { type RawBuilder, sql } from 'kysely';
import { FIRST_EVENT_COLUMNS, TOTAL_COLUMNS } from './hourly-times.ts';
import { idsOrNone } from './ids-or-none.ts';
import type { Store } from './open.ts';
import { query } from './query.ts';

/** Whole hours since the epoch, the second one excluded, and which roll-ups count; what is undefined does not matter. */
export type FiguresFilter = {
  fromHour: number;
  toHour: number;
  projectIds?: readonly string[] | undefined;
  keyId?: string | undefined;
  model?: string | undefined;
  channel?: string | undefined;
};

/** What figures can be told apart by. */
export type Dimension = 'key' | 'model' | 'channel' | 'project';

/** Equal steps of time: so many hours each, the first one of them beginning so many hours before the epoch. */
export type Steps = { hours: number; shift: number };

/** What one row of figures stands for: all of them, each step of time, or each name of a dimension. */
export type FiguresBy = 'all' | Steps | Dimension;

/** Hour by hour since the epoch. */
export const EACH_HOUR: Steps = { hours: 1, shift: 0 };

const SUMS = [
  'exchanges',
  'errors',
  'unpriced',
  'input',
  'cache_read',
  'cache_write_5m',
  'cache_write_1h',
  'output',
  'reasoning',
  'cost_nano_usd',
] as const;

/** Sums of settled exchanges; `name` is the number of the step or the id of what they are of, empty for all. */
export type FiguresRow = { [sum in (typeof SUMS)[number]]: number } & { name: string };

/** How long exchanges took, counted by bucket, and what caches saved in nano-USD. */
export type TimesRow = { name: string; firstEvent: number[]; total: number[]; savedNanoUsd: number };

const TIME_SUMS = ['saved_nano_usd', ...FIRST_EVENT_COLUMNS, ...TOTAL_COLUMNS];

const NAMES: Record<'all' | Dimension, RawBuilder<unknown>> = {
  all: sql`''`,
  key: sql`key_id`,
  model: sql`model`,
  channel: sql`channel`,
  project: sql`project_id`,
};

/** Sums from the roll-ups. */
export async function sumFigures(store: Store, filter: FiguresFilter, by: FiguresBy): Promise<FiguresRow[]> {
  const rows = await store.reports.all(
    sql<FiguresRow>`SELECT ${nameIn(by)} AS name, ${sumOf(SUMS)}
      FROM (${partsOf('hourly', filter, by, SUMS)}) parts ${grouped(by)}`.compile(query),
  );
  return rows.map((row) => ({ ...row, name: String(row.name) }));
}

/** Roll-ups with all that figures are told apart by, by hour and by UTC day; and by hour and project alone. */
const TABLES = {
  hourly: { hours: sql`hourly`, days: sql`daily`, totals: sql`hourly_totals` },
  hourly_times: { hours: sql`hourly_times`, days: sql`daily_times`, totals: sql`hourly_total_times` },
};

const HOURS_OF_DAY = 24;

/**
 * The roll-ups that make up a filter, the widest that tell what is asked for: those of projects where nothing else matters, else
 * whole days and the hours at both ends.
 */
function partsOf(
  table: keyof typeof TABLES,
  filter: FiguresFilter,
  by: FiguresBy,
  sums: readonly string[],
): RawBuilder<unknown> {
  const { hours, days, totals } = TABLES[table];
  const { fromHour, toHour, keyId, model, channel } = filter;
  const columns = sql`${nameOf(by)} AS name, ${sql.join(sums.map((sum) => sql.ref(sum)))}`;
  const whose = conditionOf(filter);
  const between = (from: number, to: number) => sql`hour >= ${from} AND hour < ${to} AND ${whose}`;
  const isOverTime = typeof by === 'object';
  const isOfProjects = isOverTime || by === 'all' || by === 'project';
  if (isOfProjects && keyId === undefined && model === undefined && channel === undefined) {
    return sql`SELECT ${columns} FROM ${totals} WHERE ${between(fromHour, toHour)}`;
  }
  const [firstDay, lastDay] = [Math.ceil(fromHour / HOURS_OF_DAY), Math.floor(toHour / HOURS_OF_DAY)];
  if (isOverTime || firstDay >= lastDay) return sql`SELECT ${columns} FROM ${hours} WHERE ${between(fromHour, toHour)}`;
  return sql`SELECT ${columns} FROM ${days} WHERE day >= ${firstDay} AND day < ${lastDay} AND ${whose}
    UNION ALL SELECT ${columns} FROM ${hours} WHERE ${between(fromHour, firstDay * HOURS_OF_DAY)}
    UNION ALL SELECT ${columns} FROM ${hours} WHERE ${between(lastDay * HOURS_OF_DAY, toHour)}`;
}

/** Counts of times and savings from the roll-ups. */
export async function sumTimes(store: Store, filter: FiguresFilter, by: FiguresBy): Promise<TimesRow[]> {
  const rows = await store.reports.all(
    sql<Record<string, number | string>>`SELECT ${nameIn(by)} AS name,
        ${sumOf(TIME_SUMS)} FROM (${partsOf('hourly_times', filter, by, TIME_SUMS)}) parts ${grouped(by)}`.compile(
      query,
    ),
  );
  return rows.map((row) => ({
    name: String(row['name']),
    firstEvent: FIRST_EVENT_COLUMNS.map((column) => Number(row[column])),
    total: TOTAL_COLUMNS.map((column) => Number(row[column])),
    savedNanoUsd: Number(row['saved_nano_usd']),
  }));
}

/** Names of keys or projects by id. */
export async function namesOf(store: Store, table: 'keys' | 'projects', ids: readonly string[]) {
  const rows = await store.reports.all(
    sql<{ id: string; name: string }>`SELECT id, name FROM ${sql.table(table)}
      WHERE id IN (${sql.join(idsOrNone(ids))})`.compile(query),
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}

function sumOf(columns: readonly string[]): RawBuilder<unknown> {
  return sql.join(columns.map((column) => sql`coalesce(sum(${sql.ref(column)}), 0) AS ${sql.ref(column)}`));
}

function nameOf(by: FiguresBy): RawBuilder<unknown> {
  return typeof by === 'object' ? sql`(hour + ${sql.lit(by.shift)}) / ${sql.lit(by.hours)}` : NAMES[by];
}

function nameIn(by: FiguresBy): RawBuilder<unknown> {
  return by === 'all' ? sql`''` : sql`name`;
}

function grouped(by: FiguresBy): RawBuilder<unknown> {
  return by === 'all' ? sql`` : sql`GROUP BY name`;
}

function conditionOf({ projectIds, keyId, model, channel }: FiguresFilter): RawBuilder<unknown> {
  const conditions = [sql`1 = 1`];
  if (projectIds !== undefined) conditions.push(sql`project_id IN (${sql.join(idsOrNone(projectIds))})`);
  if (keyId !== undefined) conditions.push(sql`key_id = ${keyId}`);
  if (model !== undefined) conditions.push(sql`model = ${model}`);
  if (channel !== undefined) conditions.push(sql`channel = ${channel}`);
  return sql.join(conditions, sql` AND `);
}
