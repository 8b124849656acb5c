import type pg from 'pg';
import { windowAt } from '../../core/budget-window.ts';
import type { HoldRequest } from '../budget-holds.ts';
import type { Operation } from '../sqlite/protocol.ts';
import { INSERT_ATTEMPT } from '../tables/attempts.ts';
import { INSERT_EXCHANGE } from '../tables/exchanges.ts';
import type { Row } from '../tables/row.ts';
import type { KnownBudget } from './budget-subjects.ts';
import { type ColumnTypes, createParameters, insertedBy, unnest, type Written } from './bulk-columns.ts';
import { fails } from './fails.ts';

/** An intent. */
export type Opening = Extract<Operation, ['open', ...unknown[]]>;

/** Tables that are written here. */
export const OPENED_TABLES = ['exchanges', 'attempts', 'budget_holds'];

const EXCHANGE = insertedBy(INSERT_EXCHANGE);
const ATTEMPT = insertedBy(INSERT_ATTEMPT);
const HOLD: Written = {
  table: 'budget_holds',
  columns: ['exchange_id', 'budget_id', 'period_start', 'held_nano_usd', 'lease_until'],
};

/** What all intents together add to what is held of one budget in one period. */
type Raise = { budget: KnownBudget; start: number; by: number };

/**
 * Writes intents, with what they hold of their budgets, in one statement that is a transaction by itself: it fails, and nothing
 * is written, unless all of them fit and their subjects have exactly the budgets that they are known to have. Rejects then.
 */
export async function writeOpenings(
  client: pg.Client,
  types: ColumnTypes,
  openings: readonly Opening[],
  budgetsOf: (subjects: readonly string[]) => readonly KnownBudget[],
): Promise<void> {
  const parameters = createParameters();
  const rowsOf = (written: Written, rows: readonly Row[]) => {
    const into = `INSERT INTO ${written.table} (${written.columns.join(', ')})`;
    return `${into} SELECT * FROM ${unnest(written, rows, { name: 'new', types, parameters })}`;
  };
  const { raises, holds, subjects } = holdsOf(openings, budgetsOf);
  const parts = [
    `exchange AS (${rowsOf(
      EXCHANGE,
      openings.map(([, exchange]) => exchange),
    )})`,
    `attempt AS (${rowsOf(
      ATTEMPT,
      openings.map(([, , attempt]) => attempt),
    )})`,
  ];
  const conditions: string[] = [];
  if (subjects.length > 0) {
    const asked = parameters.add(subjects, 'text[]');
    const known = parameters.add(budgetsOf(subjects).length, 'bigint');
    conditions.push(`(SELECT count(*) FROM budgets WHERE subject = ANY(${asked})) = ${known}`);
  }
  if (raises.length > 0) {
    const list = (of: (raise: Raise) => unknown, type: string) => parameters.add(raises.map(of), type);
    const lists = [
      list(({ budget }) => budget.id, 'text[]'),
      list(({ start }) => start, 'bigint[]'),
      list(({ by }) => by, 'bigint[]'),
      list(({ budget }) => budget.period, 'text[]'),
      list(({ budget }) => budget.timeZone, 'text[]'),
    ];
    parts.unshift(`raised AS (UPDATE budget_periods p SET reserved_nano_usd = p.reserved_nano_usd + w.amount
      FROM unnest(${lists.join(', ')}) AS w (budget_id, period_start, amount, period, time_zone)
        JOIN budgets b ON b.id = w.budget_id AND b.period = w.period AND b.time_zone = w.time_zone
      WHERE p.budget_id = w.budget_id AND p.period_start = w.period_start
        AND (b.hard = 0 OR p.spent_nano_usd + p.reserved_nano_usd + w.amount <= b.amount_nano_usd) RETURNING 1)`);
    parts.push(`hold AS (${rowsOf(HOLD, holds)})`);
    conditions.push(`(SELECT count(*) FROM raised) = ${parameters.add(raises.length, 'bigint')}`);
  }
  const text = `WITH ${parts.join(', ')} ${fails(conditions)}`;
  await client.query({
    name: `ezmodel_open_${subjects.length > 0}_${raises.length > 0}`,
    text,
    values: parameters.values,
  });
}

function holdsOf(openings: readonly Opening[], budgetsOf: (subjects: readonly string[]) => readonly KnownBudget[]) {
  const raises = new Map<string, Raise>();
  const holds: Row[] = [];
  const subjects = new Set<string>();
  for (const [, , , hold] of openings) {
    if (hold === undefined) continue;
    for (const subject of hold.subjects) subjects.add(subject);
    if (hold.needed === undefined) continue;
    for (const budget of budgetsOf(hold.subjects)) {
      const { start } = windowAt(budget.period, budget.timeZone, hold.now);
      const name = `${budget.id} ${start}`;
      const raise = raises.get(name) ?? { budget, start, by: 0 };
      raise.by += hold.needed;
      raises.set(name, raise);
      holds.push([hold.exchangeId, budget.id, start, hold.needed, hold.leaseUntil]);
    }
  }
  // In the order of their keys, so that nodes wait for each other instead of locking up.
  const inOrder = [...raises.values()].sort((a, b) => (a.budget.id < b.budget.id ? -1 : 1) || a.start - b.start);
  return { raises: inOrder, holds, subjects: [...subjects] };
}

/** Whether an intent may be written with others: not one that budgets refuse, or that has to be told of them. */
export function fitsInBulk(
  [, , , hold]: Opening,
  budgetsOf: (subjects: readonly string[]) => readonly KnownBudget[] | undefined,
): boolean {
  if (hold === undefined) return true;
  const budgets = budgetsOf(hold.subjects);
  if (budgets === undefined) return false;
  return budgets.length === 0 || (isStated(hold) && !hold.blocked);
}

function isStated(hold: HoldRequest | { needed?: undefined }): hold is HoldRequest {
  return hold.needed !== undefined;
}
