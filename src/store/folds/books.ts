import { type RawBuilder, sql } from 'kysely';
import type { Breach } from '../budget-books.ts';
import { ROLL_UP_SUMS, TIME_SUMS } from './columns.ts';
import { DIMENSION_NAMES, DIMENSIONS, dimensionsAt, LEVELS } from './levels.ts';

/** Which dimensions steps of which length have, and whether they tell projects apart. */
const KINDS = LEVELS.flatMap(({ hours }) =>
  DIMENSION_NAMES.filter((name) => dimensionsAt(hours).includes(name)).map((name) => {
    const columns: readonly string[] = DIMENSIONS[name].columns;
    return `SELECT ${hours} AS hours, '${name}' AS dimension, ${columns.includes('project') ? 1 : 0} AS by_project`;
  }),
).join(' UNION ALL ');

/** That the folds are what a roll-up says of these sums, in each dimension, where nothing has changed since. */
function foldsAre(table: string, columns: readonly string[]): RawBuilder<Breach> {
  const each = (separator: string, text: (column: string) => string) => sql.raw(columns.map(text).join(separator));
  return sql`WITH by_hour AS (
      SELECT hour, project_id, ${each(', ', (column) => `sum(${column}) AS ${column}`)} FROM ${sql.table(table)}
      GROUP BY hour, project_id),
    kinds AS (${sql.raw(KINDS)}),
    differences AS (
      SELECT dimension, hours, step, project_id, ${each(', ', (column) => `sum(${column}) AS ${column}`)} FROM (
        SELECT f.dimension, f.hours, f.step, f.project_id, ${each(', ', (column) => `f.${column}`)}
          FROM folds f JOIN fold_levels l ON l.hours = f.hours WHERE f.step >= l.first_step AND f.step < l.next_step
        UNION ALL
        SELECT k.dimension, l.hours, b.hour / l.hours, CASE k.by_project WHEN 1 THEN b.project_id ELSE '' END,
            ${each(', ', (column) => `-b.${column}`)}
          FROM by_hour b JOIN fold_levels l ON b.hour >= l.first_step * l.hours AND b.hour < l.next_step * l.hours
            JOIN kinds k ON k.hours = l.hours
      ) AS both_sides GROUP BY dimension, hours, step, project_id)
    SELECT count(*) AS broken, min(dimension || ', step ' || step || ' of ' || hours || ' hours') AS example FROM differences d
    WHERE (${each(' OR ', (column) => `${column} <> 0`)})
      AND NOT EXISTS (SELECT 1 FROM stale_hours s WHERE s.hour / d.hours = d.step)`;
}

/** Folds are what the roll-ups of their hours say. */
export const FOLD_RULES: Readonly<Record<string, RawBuilder<Breach>>> = {
  'folds = hourly, by step and project': foldsAre('hourly', ROLL_UP_SUMS),
  'folds = hourly times, by step and project': foldsAre('hourly_times', TIME_SUMS),
};
