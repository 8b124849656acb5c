import { type RawBuilder, sql } from 'kysely';
import { TIME_SUMS } from './folds/columns.ts';
import { DIMENSION_NAMES, DIMENSIONS, type FoldDimension } from './folds/levels.ts';
import { cutIntoPieces, type Piece } from './folds/pieces.ts';
import { readFoldedState } from './folds/state.ts';
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

const NAMES: Record<'all' | Dimension, RawBuilder<unknown>> = {
  all: sql`''`,
  key: sql`key_id`,
  model: sql`model`,
  channel: sql`channel`,
  project: sql`project_id`,
};

/** Sums of a filter: from folds as far as there are any, else from the roll-ups. */
export async function sumFigures(store: Store, filter: FiguresFilter, by: FiguresBy): Promise<FiguresRow[]> {
  const rows = await sum<FiguresRow>(store, filter, by, { rollUps: SUMS, times: [] });
  return rows.map((row) => ({ ...row, name: String(row.name) }));
}

/** Sums with the counts of times and the savings, in one reading. */
export async function sumFiguresWithTimes(
  store: Store,
  filter: FiguresFilter,
  by: FiguresBy,
): Promise<(FiguresRow & TimesRow)[]> {
  const columns = { rollUps: SUMS, times: TIME_SUMS };
  const rows = await sum<FiguresRow & Record<string, number>>(store, filter, by, columns);
  return rows.map((row) => ({
    ...row,
    name: String(row.name),
    firstEvent: FIRST_EVENT_COLUMNS.map((column) => Number(row[column])),
    total: TOTAL_COLUMNS.map((column) => Number(row[column])),
    savedNanoUsd: Number(row['saved_nano_usd']),
  }));
}

type Columns = { rollUps: readonly string[]; times: readonly string[] };

async function sum<Row>(store: Store, filter: FiguresFilter, by: FiguresBy, columns: Columns): Promise<Row[]> {
  const { fromHour: from, toHour: to } = filter;
  const dimension = dimensionOf(filter, by);
  const state = await readFoldedState(store, from, to);
  const pieces = cutIntoPieces(state, { from, to, dimension, steps: typeof by === 'object' ? by : undefined });
  const all = [...columns.rollUps, ...columns.times];
  const parts = pieces.flatMap((piece) =>
    piece.hours > 0 && dimension !== undefined
      ? sumFolds(piece, dimension, filter, by, all)
      : [
          ...(columns.rollUps.length > 0 ? [sumRollUps('hourly', piece, filter, by, columns.rollUps, all)] : []),
          ...(columns.times.length > 0 ? [sumRollUps('hourly_times', piece, filter, by, columns.times, all)] : []),
        ],
  );
  if (parts.length === 0) return [];
  return store.reports.all(
    sql<Row>`SELECT name, ${sumOf(all)} FROM (${sql.join(parts, sql` UNION ALL `)}) parts GROUP BY name`.compile(query),
  );
}

/** The dimension of folds that has all that a question tells apart; undefined: none has. */
function dimensionOf({ projectIds, keyId, model, channel }: FiguresFilter, by: FiguresBy): FoldDimension | undefined {
  const asked = new Set([
    ...(typeof by === 'object' || by === 'all' ? [] : [by]),
    ...(projectIds === undefined ? [] : ['project']),
    ...(keyId === undefined ? [] : ['key']),
    ...(model === undefined ? [] : ['model']),
    ...(channel === undefined ? [] : ['channel']),
  ]);
  return DIMENSION_NAMES.find((name) => {
    const has: readonly string[] = DIMENSIONS[name].columns;
    return [...asked].every((column) => has.includes(column));
  });
}

/**
 * Each part is summed by itself: the sums of parts are few rows. Folded steps that begin in one asked step and end in the next are
 * read from their single hours.
 */
function sumFolds(
  piece: Piece,
  dimension: FoldDimension,
  filter: FiguresFilter,
  by: FiguresBy,
  columns: readonly string[],
): RawBuilder<unknown>[] {
  const { hours } = piece;
  const part = (each: Piece, which: RawBuilder<unknown>) => sumFoldsOf(each, dimension, filter, by, columns, which);
  if (typeof by !== 'object' || by.shift % hours === 0) return [part(piece, sql`1 = 1`)];
  const ends = (begin: RawBuilder<unknown>) =>
    [begin, sql`${begin} + ${sql.lit(hours - 1)}`].map((hour) => stepOf(hour, by));
  const [begin, end] = ends(sql`step * ${sql.lit(hours)}`);
  const [beginOfHour, endOfHour] = ends(sql`step / ${sql.lit(hours)} * ${sql.lit(hours)}`);
  return [part(piece, sql`${begin} = ${end}`), part({ ...piece, hours: 1 }, sql`${beginOfHour} <> ${endOfHour}`)];
}

function sumFoldsOf(
  { hours, from, to }: Piece,
  dimension: FoldDimension,
  { projectIds, keyId, model, channel }: FiguresFilter,
  by: FiguresBy,
  columns: readonly string[],
  which: RawBuilder<unknown>,
): RawBuilder<unknown> {
  const name = keyId ?? model ?? channel;
  const label =
    typeof by === 'object'
      ? stepOf(sql`step * ${sql.lit(hours)}`, by)
      : by === 'all'
        ? sql`''`
        : by === 'project'
          ? sql`project_id`
          : sql`name`;
  return sql`SELECT ${label} AS name, ${sumOf(columns)} FROM folds
    WHERE dimension = ${sql.lit(dimension)} AND hours = ${sql.lit(hours)} AND step >= ${from / hours} AND step < ${to / hours}
      AND ${inProjects(projectIds)} AND ${name === undefined ? sql`1 = 1` : sql`name = ${name}`} AND ${which} GROUP BY 1`;
}

function sumRollUps(
  table: 'hourly' | 'hourly_times',
  { from, to }: Piece,
  filter: FiguresFilter,
  by: FiguresBy,
  own: readonly string[],
  columns: readonly string[],
): RawBuilder<unknown> {
  const label = typeof by === 'object' ? stepOf(sql`hour`, by) : NAMES[by];
  const sums = columns.map((column) => (own.includes(column) ? sumOf([column]) : sql`0 AS ${sql.ref(column)}`));
  return sql`SELECT ${label} AS name, ${sql.join(sums)} FROM ${sql.table(table)}
    WHERE hour >= ${from} AND hour < ${to} AND ${conditionOf(filter)} GROUP BY 1`;
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

function stepOf(hour: RawBuilder<unknown>, { hours, shift }: Steps): RawBuilder<unknown> {
  return sql`(${hour} + ${sql.lit(shift)}) / ${sql.lit(hours)}`;
}

function inProjects(ids: readonly string[] | undefined): RawBuilder<unknown> {
  return ids === undefined ? sql`1 = 1` : sql`project_id IN (${sql.join(idsOrNone(ids))})`;
}

function conditionOf({ projectIds, keyId, model, channel }: FiguresFilter): RawBuilder<unknown> {
  const conditions = [inProjects(projectIds)];
  if (keyId !== undefined) conditions.push(sql`key_id = ${keyId}`);
  if (model !== undefined) conditions.push(sql`model = ${model}`);
  if (channel !== undefined) conditions.push(sql`channel = ${channel}`);
  return sql.join(conditions, sql` AND `);
}
