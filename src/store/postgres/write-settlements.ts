import type pg from 'pg';
import type { Operation } from '../sqlite/protocol.ts';
import { SETTLE_ATTEMPT } from '../tables/attempts.ts';
import { SETTLE_EXCHANGE } from '../tables/exchanges.ts';
import { ADD_TO_HOURLY, createHourlySums, inOrderOfKeys } from '../tables/hourly.ts';
import { INSERT_LEDGER } from '../tables/ledger.ts';
import type { Row } from '../tables/row.ts';
import { type ColumnTypes, createParameters, insertedBy, unnest, updatedBy, type Written } from './bulk-columns.ts';
import { fails } from './fails.ts';

/** The end of an exchange. */
export type Settling = Extract<Operation, ['settle', ...unknown[]]>;

/** Tables that are written here. */
export const SETTLED_TABLES = ['exchanges', 'attempts', 'ledger', 'hourly'];

const EXCHANGE = updatedBy(SETTLE_EXCHANGE);
const ATTEMPT = updatedBy(SETTLE_ATTEMPT);
const CHARGE = insertedBy(INSERT_LEDGER);
const ROLL_UP = insertedBy(ADD_TO_HOURLY);
const ON_CONFLICT = ADD_TO_HOURLY.slice(ADD_TO_HOURLY.indexOf('ON CONFLICT'));

/** Turns holds into what was spent, and notes the thresholds of budgets that this crosses; as `settleHolds` does. */
const budgetParts = (spending: string) => [
  `hold AS (UPDATE budget_holds h SET spent_nano_usd = n.cost FROM ${spending}, budgets b
    WHERE h.exchange_id = n.id AND b.id = h.budget_id AND h.spent_nano_usd IS NULL
    RETURNING h.budget_id, h.period_start, h.held_nano_usd, n.cost, n.at)`,
  `period AS (UPDATE budget_periods p SET spent_nano_usd = p.spent_nano_usd + s.cost,
      reserved_nano_usd = p.reserved_nano_usd - s.held
    FROM (SELECT budget_id, period_start, sum(cost)::bigint AS cost, sum(held_nano_usd)::bigint AS held, max(at) AS at
      FROM hold GROUP BY budget_id, period_start ORDER BY budget_id, period_start) AS s
    WHERE p.budget_id = s.budget_id AND p.period_start = s.period_start
    RETURNING p.budget_id, p.period_start, p.spent_nano_usd, s.at)`,
  `alert AS (INSERT INTO budget_alerts (budget_id, period_start, threshold, crossed_at, spent_nano_usd, next_try_at)
    SELECT p.budget_id, p.period_start, t.threshold::bigint, p.at, p.spent_nano_usd, p.at
    FROM period p JOIN budgets b ON b.id = p.budget_id, json_array_elements_text(b.alerts::json) AS t (threshold)
    WHERE p.spent_nano_usd <> 0 AND p.spent_nano_usd * 100.0 >= b.amount_nano_usd * t.threshold::numeric
    ON CONFLICT DO NOTHING)`,
];

/**
 * Settles exchanges in one statement that is a transaction by itself: it fails, and nothing is written, unless all of them and
 * all their attempts were open. Rejects then.
 */
export async function writeSettlements(
  client: pg.Client,
  types: ColumnTypes,
  settlements: readonly Settling[],
): Promise<void> {
  const parameters = createParameters();
  const listed = (written: Written, rows: readonly Row[]) => unnest(written, rows, { name: 'n', types, parameters });
  const exchanges = settlements.map(([, , exchange]) => exchange);
  const attempts = settlements.flatMap(([, , , rows]) => rows);
  const charges = settlements.flatMap(([, , , , rows]) => rows);
  const spending = `unnest(${parameters.add(
    settlements.map(([, id]) => id),
    'text[]',
  )}, ${parameters.add(
    settlements.map(([, , , , , , { cost }]) => cost),
    'bigint[]',
  )}, ${parameters.add(
    settlements.map(([, , , , , , { at }]) => at),
    'bigint[]',
  )}) AS n (id, cost, at)`;
  const parts = [
    `exchange AS (UPDATE exchanges x SET ${settingOf(EXCHANGE, ['id'])} FROM ${listed(EXCHANGE, exchanges)}
      WHERE x.id = n.id AND x.outcome IS NULL RETURNING 1)`,
    `attempt AS (UPDATE attempts x SET ${settingOf(ATTEMPT, ['exchange_id', 'attempt'])} FROM ${listed(ATTEMPT, attempts)}
      WHERE x.exchange_id = n.exchange_id AND x.attempt = n.attempt AND x.outcome IS NULL RETURNING 1)`,
    `charge AS (INSERT INTO ledger (${CHARGE.columns.join(', ')}) SELECT * FROM ${listed(CHARGE, charges)})`,
    ...budgetParts(spending),
    // Budgets first, as everywhere: transactions that take rows in one order never wait for each other in a ring.
    `rolled AS (INSERT INTO hourly (${ROLL_UP.columns.join(', ')}) SELECT * FROM ${listed(ROLL_UP, rollUpsOf(settlements))}
      WHERE (SELECT count(*) FROM period) >= 0 ${ON_CONFLICT})`,
  ];
  const conditions = [
    `(SELECT count(*) FROM exchange) = ${parameters.add(exchanges.length, 'bigint')}`,
    `(SELECT count(*) FROM attempt) = ${parameters.add(attempts.length, 'bigint')}`,
  ];
  const text = `WITH ${parts.join(', ')} ${fails(conditions)}`;
  await client.query({ name: 'ezmodel_settle', text, values: parameters.values });
}

function settingOf({ columns }: Written, keys: readonly string[]): string {
  return columns
    .filter((column) => !keys.includes(column))
    .map((column) => `${column} = n.${column}`)
    .join(', ');
}

function rollUpsOf(settlements: readonly Settling[]): Row[] {
  const sums = createHourlySums();
  for (const [, , , , , rollUps] of settlements) for (const row of rollUps) sums.add(row);
  const rows: Row[] = [];
  sums.drain((row) => rows.push(row));
  return inOrderOfKeys(rows);
}
