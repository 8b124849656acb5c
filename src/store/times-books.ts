import { type RawBuilder, sql } from 'kysely';
import type { Breach } from './budget-books.ts';
import { FIRST_EVENT_COLUMNS, TOTAL_COLUMNS } from './hourly-times.ts';

const sumOf = (columns: readonly string[]) => sql.raw(columns.join(' + '));
const anyNegative = sql.raw([...FIRST_EVENT_COLUMNS, ...TOTAL_COLUMNS].map((column) => `${column} < 0`).join(' OR '));

/**
 * The rule of the times by hour: they are of exchanges that are in the books, so there are never more of them than answers. Fewer there
 * may be: they are no money, and a crash loses the last second. Of an hour with closed rows nothing can be said.
 */
export const TIMES_RULES: Readonly<Record<string, RawBuilder<Breach>>> = {
  'hourly times are of answers in the books': sql`WITH counted AS (
      SELECT hour, key_id, model, channel, ${sumOf(FIRST_EVENT_COLUMNS)} AS firsts, ${sumOf(TOTAL_COLUMNS)} AS totals,
        CASE WHEN ${anyNegative} THEN 1 ELSE 0 END AS negative
      FROM hourly_times WHERE hour NOT IN (SELECT hour FROM closed_hours)),
    answers AS (
      SELECT started_at / 3600000 AS hour, key_id, model, channel, count(first_event_at) AS firsts, count(*) AS totals
      FROM exchanges WHERE outcome = 'ok' GROUP BY started_at / 3600000, key_id, model, channel)
    SELECT count(*) AS broken, min('hour ' || c.hour || ', key ' || c.key_id || ', model ' || c.model) AS example
    FROM counted c LEFT JOIN answers a
      ON a.hour = c.hour AND a.key_id = c.key_id AND a.model = c.model AND a.channel = c.channel
    WHERE c.negative = 1 OR c.firsts > coalesce(a.firsts, 0) OR c.totals > coalesce(a.totals, 0)`,
};
