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

/** What one row of figures stands for: all of them, each hour, or each name of a dimension. */
export type FiguresBy = 'all' | 'hour' | Dimension;

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

/** Sums of settled exchanges; `name` is the hour or the id of what they are of, empty for all. */
export type FiguresRow = { [sum in (typeof SUMS)[number]]: number } & { name: string };

/** How long exchanges took, counted by bucket, and what caches saved in nano-USD. */
export type TimesRow = { name: string; firstEvent: number[]; total: number[]; savedNanoUsd: number };

const NAMES: Record<FiguresBy, RawBuilder<unknown>> = {
  all: sql`''`,
  hour: sql`hour`,
  key: sql`key_id`,
  model: sql`model`,
  channel: sql`channel`,
  project: sql`project_id`,
};

/** Sums from the roll-ups. */
export async function sumFigures(store: Store, filter: FiguresFilter, by: FiguresBy): Promise<FiguresRow[]> {
  const rows = await store.reports.all(
    sql<FiguresRow>`SELECT ${NAMES[by]} AS name, ${sumOf(SUMS)} FROM hourly
      WHERE ${conditionOf(filter)} ${grouped(by)}`.compile(query),
  );
  return rows.map((row) => ({ ...row, name: String(row.name) }));
}

/** Counts of times and savings from the roll-ups. */
export async function sumTimes(store: Store, filter: FiguresFilter, by: FiguresBy): Promise<TimesRow[]> {
  const rows = await store.reports.all(
    sql<Record<string, number | string>>`SELECT ${NAMES[by]} AS name,
        ${sumOf(['saved_nano_usd', ...FIRST_EVENT_COLUMNS, ...TOTAL_COLUMNS])} FROM hourly_times
      WHERE ${conditionOf(filter)} ${grouped(by)}`.compile(query),
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

function grouped(by: FiguresBy): RawBuilder<unknown> {
  return by === 'all' ? sql`` : sql`GROUP BY ${NAMES[by]}`;
}

function conditionOf({ fromHour, toHour, projectIds, keyId, model, channel }: FiguresFilter): RawBuilder<unknown> {
  const conditions = [sql`hour >= ${fromHour} AND hour < ${toHour}`];
  if (projectIds !== undefined) conditions.push(sql`project_id IN (${sql.join(idsOrNone(projectIds))})`);
  if (keyId !== undefined) conditions.push(sql`key_id = ${keyId}`);
  if (model !== undefined) conditions.push(sql`model = ${model}`);
  if (channel !== undefined) conditions.push(sql`channel = ${channel}`);
  return sql.join(conditions, sql` AND `);
}
