import { sql } from 'kysely';
import type { Store } from './open.ts';
import { query } from './query.ts';
import { COUNTERS } from './tables/counters.ts';

const AMOUNTS = [...COUNTERS, 'cost_nano_usd'];
const CLOSING = 'SELECT exchange_id FROM closing';
const adding = (columns: readonly string[]) =>
  columns.map((column) => `${column} = closed_hours.${column} + excluded.${column}`).join(', ');

/** Everything that goes with an exchange, the exchange last: table and the column that names it. */
const ROWS = [
  ['ledger', 'exchange_id'],
  ['attempt_errors', 'exchange_id'],
  ['cache_prefixes', 'exchange_id'],
  ['attempts', 'exchange_id'],
  ['budget_holds', 'exchange_id'],
  ['payloads', 'exchange_id'],
  ['exchanges', 'id'],
] as const;

/** What one transaction says of the exchanges that are named in `closing`: their sums are kept, then their rows deleted. */
const STATEMENTS: readonly string[] = [
  `INSERT INTO closed_hours (hour, exchanges, errors)
    SELECT started_at / 3600000, count(*), sum(CASE WHEN outcome <> 'ok' THEN 1 ELSE 0 END)
    FROM exchanges WHERE id IN (${CLOSING}) GROUP BY started_at / 3600000
    ON CONFLICT (hour) DO UPDATE SET ${adding(['exchanges', 'errors'])}`,
  `INSERT INTO closed_hours (hour, unpriced, ${AMOUNTS.join(', ')})
    SELECT e.started_at / 3600000, sum(CASE l.kind WHEN 'charge' THEN l.unpriced ELSE -l.unpriced END),
      ${AMOUNTS.map((column) => `sum(coalesce(l.${column}, 0))`).join(', ')}
    FROM ledger l JOIN exchanges e ON e.id = l.exchange_id
    WHERE l.exchange_id IN (${CLOSING}) GROUP BY e.started_at / 3600000
    ON CONFLICT (hour) DO UPDATE SET ${adding(['unpriced', ...AMOUNTS])}`,
  `INSERT INTO budget_periods (budget_id, period_start, closed_nano_usd)
    SELECT h.budget_id, h.period_start, sum(h.spent_nano_usd)
    FROM budget_holds h JOIN budget_periods p ON p.budget_id = h.budget_id AND p.period_start = h.period_start
    WHERE h.exchange_id IN (${CLOSING}) GROUP BY h.budget_id, h.period_start
    ON CONFLICT (budget_id, period_start) DO UPDATE SET
      closed_nano_usd = budget_periods.closed_nano_usd + excluded.closed_nano_usd`,
  ...ROWS.map(([table, column]) => `DELETE FROM ${table} WHERE ${column} IN (${CLOSING})`),
  'DELETE FROM closing',
];

/**
 * Closes up to `limit` settled exchanges that started before `before` (Unix ms), oldest first, in one transaction: their sums
 * stay in the books, their rows go. Open exchanges stay. Several processes may do so at once. Rejects with StoreError.
 */
export async function closeOldestRows(store: Store, before: number, limit: number): Promise<void> {
  const choose = {
    sql: `INSERT INTO closing (exchange_id) SELECT id FROM exchanges
      WHERE started_at < ? AND outcome IS NOT NULL ORDER BY started_at LIMIT ? ON CONFLICT DO NOTHING`,
    parameters: [Math.trunc(before), limit],
  };
  await store.writer.runTogether([choose, ...STATEMENTS.map((text) => ({ sql: text, parameters: [] }))]);
}

/** How many settled exchanges started before `before` (Unix ms), counted up to `most`. */
export async function countRowsBefore(store: Store, before: number, most: number): Promise<number> {
  const [row] = await store.reports.all(
    sql<{ found: number }>`SELECT count(*) AS found FROM
      (SELECT 1 AS one FROM exchanges WHERE started_at < ${Math.trunc(before)} AND outcome IS NOT NULL LIMIT ${most}) AS old`.compile(
      query,
    ),
  );
  return row?.found ?? 0;
}

/** How many exchanges have rows, told from roll-ups without counting them, and when the oldest one started (Unix ms). */
export async function measureRows(store: Store): Promise<{ count: number; oldest: number | null }> {
  const [row] = await store.reports.all(
    sql<{ count: number; oldest: number | null }>`SELECT
      coalesce((SELECT sum(exchanges) FROM hourly), 0) - coalesce((SELECT sum(exchanges) FROM closed_hours), 0) AS count,
      (SELECT min(started_at) FROM exchanges) AS oldest`.compile(query),
  );
  return row ?? { count: 0, oldest: null };
}

/** How many hourly roll-ups there are, and the hour (since the epoch) of the oldest one. */
export async function measureRollUps(store: Store): Promise<{ count: number; oldest: number | null }> {
  const [row] = await store.reports.all(
    sql<{ count: number; oldest: number | null }>`SELECT count(*) AS count, min(hour) AS oldest FROM hourly`.compile(
      query,
    ),
  );
  return row ?? { count: 0, oldest: null };
}

/** The hour (since the epoch) of the oldest roll-up; null without any. */
export async function oldestRollUp(store: Store): Promise<number | null> {
  const [row] = await store.reports.all(
    sql<{ oldest: number | null }>`SELECT min(hour) AS oldest FROM hourly`.compile(query),
  );
  return row?.oldest ?? null;
}

/**
 * Deletes the roll-ups of one hour (since the epoch), with what was closed of it. Its exchanges must have no rows any more, or
 * the books would not prove out: nothing is deleted then. Answers whether it was.
 */
export async function deleteRollUpsOf(store: Store, hour: number): Promise<boolean> {
  const [start, end] = [hour * 3_600_000, (hour + 1) * 3_600_000];
  const statements = ['hourly', 'hourly_times', 'closed_hours'].map((table) =>
    sql`DELETE FROM ${sql.table(table)} WHERE hour = ${hour}
      AND NOT EXISTS (SELECT 1 FROM exchanges WHERE started_at >= ${start} AND started_at < ${end})`.compile(query),
  );
  const before = await measureHour(store, hour);
  await store.writer.runTogether(statements);
  return before > 0 && (await measureHour(store, hour)) === 0;
}

async function measureHour(store: Store, hour: number): Promise<number> {
  const [row] = await store.reports.all(
    sql<{ count: number }>`SELECT count(*) AS count FROM hourly WHERE hour = ${hour}`.compile(query),
  );
  return row?.count ?? 0;
}
