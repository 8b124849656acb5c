import { type RawBuilder, sql } from 'kysely';
import { query, type Statement } from '../query.ts';
import { ROLL_UP_SUMS, TIME_SUMS } from './columns.ts';
import { DIMENSIONS, dimensionsAt, type FoldDimension, type Level, OVER_PROJECTS } from './levels.ts';

const SUMS = [...ROLL_UP_SUMS, ...TIME_SUMS];
const COLUMNS = columns(['dimension', 'hours', 'step', 'project_id', 'name', ...SUMS]);
const SUMMED = sql.raw(SUMS.map((column) => `sum(${column})`).join(', '));

/** The statements that fold the steps of a level from `from` to before `to` anew. */
export function foldStatements(level: Level, from: number, to: number): Statement[] {
  const { hours, fromRollUps, below } = level;
  const made = fromRollUps.flatMap((dimension) => OVER_PROJECTS[dimension] ?? []);
  const rest = dimensionsAt(hours).filter((each) => !fromRollUps.includes(each) && !made.includes(each));
  const range = sql`hours = ${sql.lit(hours)} AND step >= ${sql.lit(from)} AND step < ${sql.lit(to)}`;
  const statements = [
    sql`DELETE FROM folds WHERE dimension IN (${texts(dimensionsAt(hours))}) AND ${range}`,
    ...fromRollUps.map((dimension) => sumRollUps(dimension, hours, from, to)),
    ...fromRollUps.flatMap((dimension) => {
      const over = OVER_PROJECTS[dimension];
      return over === undefined ? [] : [sumProjects(dimension, over, range)];
    }),
    ...(below === undefined ? [] : rest.map((dimension) => sumSteps(dimension, below, hours, from, to))),
  ];
  return statements.map((statement) => statement.compile(query));
}

function sumRollUps(dimension: FoldDimension, hours: number, from: number, to: number): RawBuilder<unknown> {
  const { project, name } = DIMENSIONS[dimension];
  const part = (table: string, own: readonly string[]) => sql`SELECT hour / ${sql.lit(hours)} AS step,
      ${sql.raw(project)} AS project_id, ${sql.raw(name)} AS name,
      ${sql.raw(SUMS.map((column) => (own.includes(column) ? column : `0 AS ${column}`)).join(', '))}
    FROM ${sql.table(table)} WHERE hour >= ${sql.lit(from * hours)} AND hour < ${sql.lit(to * hours)}`;
  return sql`INSERT INTO folds (${COLUMNS})
    SELECT ${sql.lit(dimension)}, ${sql.lit(hours)}, step, project_id, name, ${SUMMED}
    FROM (${part('hourly', ROLL_UP_SUMS)} UNION ALL ${part('hourly_times', TIME_SUMS)}) parts
    GROUP BY step, project_id, name`;
}

function sumProjects(dimension: FoldDimension, over: FoldDimension, range: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`INSERT INTO folds (${COLUMNS})
    SELECT ${sql.lit(over)}, hours, step, '', name, ${SUMMED} FROM folds
    WHERE dimension = ${sql.lit(dimension)} AND ${range} GROUP BY hours, step, name`;
}

function sumSteps(
  dimension: FoldDimension,
  below: number,
  hours: number,
  from: number,
  to: number,
): RawBuilder<unknown> {
  const wider = sql`step * ${sql.lit(below)} / ${sql.lit(hours)}`;
  const [first, end] = [(from * hours) / below, (to * hours) / below];
  return sql`INSERT INTO folds (${COLUMNS})
    SELECT dimension, ${sql.lit(hours)}, ${wider}, project_id, name, ${SUMMED} FROM folds
    WHERE dimension = ${sql.lit(dimension)} AND hours = ${sql.lit(below)}
      AND step >= ${sql.lit(first)} AND step < ${sql.lit(end)}
    GROUP BY dimension, ${wider}, project_id, name`;
}

function columns(names: readonly string[]): RawBuilder<unknown> {
  return sql.join(names.map((name) => sql.ref(name)));
}

function texts(values: readonly string[]): RawBuilder<unknown> {
  return sql.join(values.map((value) => sql.lit(value)));
}
