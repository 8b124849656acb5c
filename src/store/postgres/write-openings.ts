import type pg from 'pg';
import { windowAt } from '../../core/budget-window.ts';
import type { HoldRequest, UnstatedHold } from '../budget-holds.ts';
import type { Operation } from '../sqlite/protocol.ts';
import { INSERT_ATTEMPT } from '../tables/attempts.ts';
import { INSERT_EXCHANGE } from '../tables/exchanges.ts';
import type { Row } from '../tables/row.ts';
import type { BudgetsOf, KnownBudget } from './budget-subjects.ts';
import { type Column, type ColumnTypes, columnsOf, insertedBy, type Written } from './bulk-columns.ts';
import { type BulkStatement, createBulkStatement, type Lists, numberOf, runBulk, unlessAll } from './bulk-statement.ts';

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

/** By how much the counter of one period of a budget is raised, and what that was worked out from. */
const RAISE: readonly Column[] = [
  { name: 'budget_id', type: 'text' },
  { name: 'period_start', type: 'bigint' },
  { name: 'amount', type: 'bigint' },
  { name: 'subject', type: 'text' },
  { name: 'period', type: 'text' },
  { name: 'time_zone', type: 'text' },
];
const NAME: readonly Column[] = [{ name: 'name', type: 'text' }];

type List = 'exchange' | 'attempt' | 'hold' | 'raise' | 'subject' | 'budget';

/** Writes intents. */
export type OpeningWriter = (
  client: pg.Client,
  openings: readonly Opening[],
  /** What {@link fitsInBulk} was asked with: nothing may have been learnt since. */
  budgetsOf: BudgetsOf,
) => Promise<void>;

/**
 * What writes intents, with what they hold of their budgets, in one statement that is a transaction by itself: it fails, and
 * nothing is written, unless all of them have room and their subjects have exactly the budgets that they are known to have. It
 * rejects then.
 */
export function createOpeningWriter(types: ColumnTypes): OpeningWriter {
  const statement = createOpeningStatement(types);
  return async (client, openings, budgetsOf) => {
    await runBulk(client, statement, listsOf(openings, budgetsOf));
  };
}

function createOpeningStatement(types: ColumnTypes): BulkStatement<List> {
  return createBulkStatement('ezmodel_open', ({ rows, values, count }) => {
    const inserting = (list: List, written: Written): string => {
      const into = `INSERT INTO ${written.table} (${written.columns.join(', ')})`;
      return `(${into} SELECT * FROM ${rows(list, columnsOf(written, types))} RETURNING 1)`;
    };
    return `WITH raised AS (UPDATE budget_periods p SET reserved_nano_usd = p.reserved_nano_usd + raise.amount
      FROM ${rows('raise', RAISE)} JOIN budgets b ON b.id = raise.budget_id AND b.subject = raise.subject
        AND b.period = raise.period AND b.time_zone = raise.time_zone
      WHERE p.budget_id = raise.budget_id AND p.period_start = raise.period_start
        AND (b.hard = 0 OR p.spent_nano_usd + p.reserved_nano_usd + raise.amount <= b.amount_nano_usd) RETURNING 1),
    exchange AS ${inserting('exchange', EXCHANGE)},
    attempt AS ${inserting('attempt', ATTEMPT)},
    hold AS ${inserting('hold', HOLD)}
    ${unlessAll([
      // Budgets first, as everywhere: transactions that take rows in one order never wait for each other in a ring.
      `${numberOf('raised')} = ${count('raise')}`,
      `${numberOf(`budgets WHERE subject = ANY(${values('subject', NAME, 'name')})`)} = ${count('budget')}`,
      `${numberOf('exchange')} = ${count('exchange')}`,
      `${numberOf('attempt')} = ${count('attempt')}`,
      `${numberOf('hold')} = ${count('hold')}`,
    ])}`;
  });
}

/** What all intents together add to what is held of one budget in one period. */
type Raise = { budget: KnownBudget; start: number; by: number };

function listsOf(openings: readonly Opening[], budgetsOf: BudgetsOf): Lists<List> {
  const raises = new Map<string, Raise>();
  const hold: Row[] = [];
  const subjects = new Set<string>();
  for (const [, , , request] of openings) {
    if (request === undefined) continue;
    for (const subject of request.subjects) subjects.add(subject);
    if (request.needed === undefined) continue;
    for (const budget of budgetsOf(request.subjects)) {
      const { start } = windowAt(budget.period, budget.timeZone, request.now);
      const name = `${budget.id} ${start}`;
      const raise = raises.get(name) ?? { budget, start, by: 0 };
      raise.by += request.needed;
      raises.set(name, raise);
      hold.push([request.exchangeId, budget.id, start, request.needed, request.leaseUntil]);
    }
  }
  // In the order of their keys, so that nodes wait for each other instead of locking up.
  const inOrder = [...raises.values()].sort((a, b) => compare(a.budget.id, b.budget.id) || a.start - b.start);
  return {
    exchange: openings.map(([, exchange]) => exchange),
    attempt: openings.map(([, , attempt]) => attempt),
    hold,
    raise: inOrder.map(({ budget: { id, subject, period, timeZone }, start, by }) => [
      ...[id, start, by],
      ...[subject, period, timeZone],
    ]),
    subject: [...subjects].map((subject) => [subject]),
    budget: [...new Set(inOrder.map(({ budget }) => budget.id))].map((id) => [id]),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Whether an intent may be written with others: not one that budgets refuse or take in any case, and not one that has not said
 * what it needs where there is a budget, since it must be told of that.
 * @param isFull whether a budget had no room lately.
 */
export function fitsInBulk(
  [, , , hold]: Opening,
  budgetsOf: BudgetsOf,
  isFull: (budgetId: string) => boolean,
): boolean {
  if (hold === undefined) return true;
  const budgets = budgetsOf(hold.subjects);
  return budgets.length === 0 || (isUsual(hold) && !budgets.some(({ id }) => isFull(id)));
}

function isUsual(hold: HoldRequest | UnstatedHold): boolean {
  return hold.needed !== undefined && !hold.blocked && hold.isTaken === undefined;
}
