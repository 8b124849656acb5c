import type pg from 'pg';
import type { Operation } from '../sqlite/protocol.ts';
import { SETTLE_ATTEMPT } from '../tables/attempts.ts';
import { SETTLE_EXCHANGE } from '../tables/exchanges.ts';
import { ADD_TO_HOURLY, createHourlySums, drainInOrder } from '../tables/hourly.ts';
import { INSERT_LEDGER } from '../tables/ledger.ts';
import { type Column, type ColumnTypes, columnsOf, insertedBy, updatedBy, type Written } from './bulk-columns.ts';
import { type BulkStatement, createBulkStatement, type Lists, numberOf, runBulk, unlessAll } from './bulk-statement.ts';

/** The end of an exchange. */
export type Settling = Extract<Operation, ['settle', ...unknown[]]>;

/** Tables that are written here. */
export const SETTLED_TABLES = ['exchanges', 'attempts', 'ledger', 'hourly'];

const EXCHANGE = updatedBy(SETTLE_EXCHANGE);
const ATTEMPT = updatedBy(SETTLE_ATTEMPT);
const CHARGE = insertedBy(INSERT_LEDGER);
const ROLL_UP = insertedBy(ADD_TO_HOURLY);
const ON_CONFLICT = ADD_TO_HOURLY.slice(ADD_TO_HOURLY.indexOf('ON CONFLICT'));

/** What an exchange costs its budgets, and when. */
const SPENDING: readonly Column[] = [
  { name: 'id', type: 'text' },
  { name: 'cost', type: 'bigint' },
  { name: 'at', type: 'bigint' },
];

type List = 'exchange' | 'attempt' | 'charge' | 'spending' | 'roll_up';

/** Settles exchanges. */
export type SettlementWriter = (client: pg.Client, settlements: readonly Settling[]) => Promise<void>;

/**
 * What settles exchanges in one statement that is a transaction by itself: it fails, and nothing is written, unless all of them
 * and all their attempts were open and all that they held is turned into what they spent. It rejects then.
 */
export function createSettlementWriter(types: ColumnTypes): SettlementWriter {
  const statement = createSettlementStatement(types);
  return async (client, settlements) => {
    await runBulk(client, statement, listsOf(settlements));
  };
}

function createSettlementStatement(types: ColumnTypes): BulkStatement<List> {
  return createBulkStatement('ezmodel_settle', ({ rows, values, count }) => {
    const rowsOf = (list: List, written: Written): string => rows(list, columnsOf(written, types));
    const ids = values('spending', SPENDING, 'id');
    return `WITH exchange_ended AS (UPDATE exchanges x SET ${settingOf('exchange', EXCHANGE, ['id'])}
      FROM ${rowsOf('exchange', EXCHANGE)} WHERE x.id = exchange.id AND x.outcome IS NULL RETURNING 1),
    attempt_ended AS (UPDATE attempts x SET ${settingOf('attempt', ATTEMPT, ['exchange_id', 'attempt'])}
      FROM ${rowsOf('attempt', ATTEMPT)}
      WHERE x.exchange_id = attempt.exchange_id AND x.attempt = attempt.attempt AND x.outcome IS NULL RETURNING 1),
    charged AS (INSERT INTO ledger (${CHARGE.columns.join(', ')}) SELECT * FROM ${rowsOf('charge', CHARGE)} RETURNING 1),
    ${spendingParts(rows('spending', SPENDING))},
    rolled_up AS (INSERT INTO hourly (${ROLL_UP.columns.join(', ')}) SELECT * FROM ${rowsOf('roll_up', ROLL_UP)}
      ${ON_CONFLICT} RETURNING 1)
    ${unlessAll([
      // In this order rows are taken: the exchange keeps others from all that is its own, then come those that are shared.
      `${numberOf('exchange_ended')} = ${count('exchange')}`,
      `${numberOf('attempt_ended')} = ${count('attempt')}`,
      `${numberOf('charged')} = ${count('charge')}`,
      `${numberOf('hold')} = ${numberOf(`budget_holds h JOIN budgets b ON b.id = h.budget_id
        WHERE h.exchange_id = ANY(${ids}) AND h.spent_nano_usd IS NULL`)}`,
      `${numberOf('period')} = ${numberOf('(SELECT DISTINCT budget_id, period_start FROM hold) AS wanted')}`,
      `${numberOf('rolled_up')} = ${count('roll_up')}`,
    ])}`;
  });
}

/**
 * Turns holds into what was spent, and notes the thresholds of budgets that this crosses; as `settleHolds` does. Each of these
 * updates may have waited for another transaction and then find that its row does not fit any more: how many rows they changed
 * is compared with how many there were to change.
 */
function spendingParts(spending: string): string {
  return `hold AS (UPDATE budget_holds h SET spent_nano_usd = spending.cost FROM ${spending}, budgets b
      WHERE h.exchange_id = spending.id AND b.id = h.budget_id AND h.spent_nano_usd IS NULL
      RETURNING h.budget_id, h.period_start, h.held_nano_usd, spending.cost, spending.at),
    period AS (UPDATE budget_periods p SET spent_nano_usd = p.spent_nano_usd + s.cost,
        reserved_nano_usd = p.reserved_nano_usd - s.held
      FROM (SELECT budget_id, period_start, sum(cost)::bigint AS cost, sum(held_nano_usd)::bigint AS held, max(at) AS at
        FROM hold GROUP BY budget_id, period_start ORDER BY budget_id, period_start) AS s
      WHERE p.budget_id = s.budget_id AND p.period_start = s.period_start
      RETURNING p.budget_id, p.period_start, p.spent_nano_usd, s.at),
    alert AS (INSERT INTO budget_alerts (budget_id, period_start, threshold, crossed_at, spent_nano_usd, next_try_at)
      SELECT p.budget_id, p.period_start, t.threshold::bigint, p.at, p.spent_nano_usd, p.at
      FROM period p JOIN budgets b ON b.id = p.budget_id, json_array_elements_text(b.alerts::json) AS t (threshold)
      WHERE p.spent_nano_usd <> 0 AND p.spent_nano_usd * 100.0 >= b.amount_nano_usd * t.threshold::numeric
      ON CONFLICT DO NOTHING)`;
}

function settingOf(list: List, { columns }: Written, keys: readonly string[]): string {
  return columns
    .filter((column) => !keys.includes(column))
    .map((column) => `${column} = ${list}.${column}`)
    .join(', ');
}

function listsOf(settlements: readonly Settling[]): Lists<List> {
  // In the order of their ids, so that others that settle the same ones wait instead of locking up.
  const inOrder = settlements.toSorted(([, a], [, b]) => (a < b ? -1 : 1));
  const sums = createHourlySums();
  for (const [, , , , , rollUps] of inOrder) for (const row of rollUps) sums.add(row);
  return {
    exchange: inOrder.map(([, , exchange]) => exchange),
    attempt: inOrder.flatMap(([, , , attempts]) => attempts),
    charge: inOrder.flatMap(([, , , , charges]) => charges),
    spending: inOrder.map(([, id, , , , , { cost, at }]) => [id, cost, at]),
    roll_up: drainInOrder(sums),
  };
}
