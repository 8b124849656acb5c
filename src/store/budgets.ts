import { sql } from 'kysely';
import { BUDGET_PERIODS, type BudgetPeriod } from '../core/budget.ts';
import { windowAt } from '../core/budget-window.ts';
import { rearmThresholdsStatement } from './alerts.ts';
import { readThresholds } from './budget-holds.ts';
import { carryPeriodStatements } from './budget-zone.ts';
import type { Store } from './open.ts';
import { query, type Statement } from './query.ts';

/** A budget: how much one subject may spend in a period. Money is nano-USD, times are Unix ms. */
export type BudgetRecord = {
  /** `bud_…` */
  id: string;
  /** Unique. */
  name: string;
  /** `project:<id>`, `key:<id>` or `tag:<tag>`. */
  subject: string;
  /** Of a prepaid budget the sum of its entries. */
  amount: number;
  period: BudgetPeriod;
  /** IANA name: where its days begin. */
  timeZone: string;
  /** A hard one refuses what might not fit; a soft one counts and tells. */
  hard: boolean;
  /** Per cent of the amount at which it tells. */
  alerts: number[];
  createdAt: number;
  /** True when `ezmodel.yaml` rules it: commands leave it alone. */
  managed: boolean;
};

/** A budget with its current period. Money is nano-USD, times are Unix ms. */
export type BudgetStatus = BudgetRecord & {
  spent: number;
  /** Held for running exchanges. */
  reserved: number;
  periodStart: number;
  /** Null for a prepaid one. */
  resetsAt: number | null;
};

type BudgetRow = {
  id: string;
  name: string;
  subject: string;
  amount_nano_usd: number;
  period: string;
  time_zone: string;
  hard: number;
  alerts: string;
  created_at: number;
  managed: number;
};

/** Stores a new budget. Rejects with StoreError `rejected` when its name exists. */
export async function insertBudget(store: Store, budget: BudgetRecord): Promise<void> {
  await store.writer.run(insertBudgetStatement(budget));
}

/** The statement that stores a new budget. */
export function insertBudgetStatement(budget: BudgetRecord): Statement {
  return sql`INSERT INTO budgets (id, name, subject, amount_nano_usd, period, time_zone, hard, alerts, created_at, managed)
    VALUES (${budget.id}, ${budget.name}, ${budget.subject}, ${budget.amount}, ${budget.period}, ${budget.timeZone},
      ${budget.hard ? 1 : 0}, ${JSON.stringify(budget.alerts)}, ${Math.trunc(budget.createdAt)}, ${budget.managed ? 1 : 0})`.compile(
    query,
  );
}

/** A budget as it was, and as it is to be from `now` (Unix ms) on. */
export type BudgetChange = { before: BudgetRecord; after: BudgetRecord; now: number };

/** Writes the settings of a budget that exists; what it is on, its period and its name stay. */
export async function updateBudget(store: Store, change: BudgetChange): Promise<void> {
  await store.writer.runTogether(updateBudgetStatements(change));
}

/**
 * The statements, to be run together, that write the settings of a budget that exists; what it is on, its period and its name
 * stay, and so does a prepaid amount. With another time zone the period goes on with what is spent in it; with a larger amount thresholds can be crossed again.
 */
export function updateBudgetStatements({ before, after, now }: BudgetChange): Statement[] {
  const { id, period } = before;
  return [
    sql`UPDATE budgets SET
        amount_nano_usd = CASE period WHEN 'prepaid' THEN amount_nano_usd ELSE ${after.amount} END, time_zone = ${after.timeZone},
        hard = ${after.hard ? 1 : 0}, alerts = ${JSON.stringify(after.alerts)}, managed = ${after.managed ? 1 : 0}
      WHERE id = ${id}`.compile(query),
    ...carryPeriodStatements({ id, period, from: before.timeZone, to: after.timeZone }, now),
    ...(after.amount > before.amount ? [rearmThresholdsStatement(id)] : []),
  ];
}

/** Removes a budget with its counters; its entries stay. Exchanges that are under way end without it. */
export async function removeBudget(store: Store, id: string): Promise<void> {
  await store.writer.runTogether(removeBudgetStatements(id));
}

/** The statements that remove a budget with its counters. */
export function removeBudgetStatements(id: string): Statement[] {
  return [
    sql`DELETE FROM budgets WHERE id = ${id}`.compile(query),
    sql`DELETE FROM budget_holds WHERE budget_id = ${id}`.compile(query),
    sql`DELETE FROM budget_periods WHERE budget_id = ${id}`.compile(query),
    sql`DELETE FROM budget_alerts WHERE budget_id = ${id}`.compile(query),
  ];
}

/** What was added to a prepaid budget, or taken from it with a negative amount (nano-USD), at a time (Unix ms). */
export type BudgetEntry = { budgetId: string; at: number; amount: number; note: string };

/** The entries of a prepaid budget, the oldest first. */
export async function listBudgetEntries(store: Store, budgetId: string): Promise<BudgetEntry[]> {
  const rows = await store.reader.all(
    sql<{ at: number; amount_nano_usd: number; note: string }>`SELECT at, amount_nano_usd, note FROM budget_entries
      WHERE budget_id = ${budgetId} ORDER BY id`.compile(query),
  );
  return rows.map(({ at, amount_nano_usd: amount, note }) => ({ budgetId, at, amount, note }));
}

/** Adds to a prepaid budget by an entry that stays. */
export async function addBudgetEntry(store: Store, entry: BudgetEntry): Promise<void> {
  await store.writer.runTogether(budgetEntryStatements(entry));
}

/** The statements, to be run together, that add to a prepaid budget by an entry that stays. */
export function budgetEntryStatements({ budgetId, at, amount, note }: BudgetEntry): Statement[] {
  return [
    // Who adds at the same time waits for this row: the sum below then knows of both entries.
    sql`UPDATE budgets SET amount_nano_usd = amount_nano_usd WHERE id = ${budgetId}`.compile(query),
    sql`INSERT INTO budget_entries (budget_id, at, amount_nano_usd, note)
      VALUES (${budgetId}, ${Math.trunc(at)}, ${amount}, ${note})`.compile(query),
    // The sum, not a difference: whatever became of an earlier write, the amount is what the entries say.
    sql`UPDATE budgets SET amount_nano_usd =
        (SELECT coalesce(sum(amount_nano_usd), 0) FROM budget_entries WHERE budget_id = ${budgetId})
      WHERE id = ${budgetId}`.compile(query),
    rearmThresholdsStatement(budgetId),
  ];
}

/** All budgets, by name. */
export async function listBudgets(store: Store): Promise<BudgetRecord[]> {
  const rows = await store.reader.all(sql<BudgetRow>`SELECT * FROM budgets ORDER BY name`.compile(query));
  return rows.map(toBudgetRecord);
}

/**
 * Budgets with their periods at `now` (Unix ms), by name.
 * @param subjects only those on one of these; undefined: all.
 */
export async function budgetStatus(store: Store, now: number, subjects?: readonly string[]): Promise<BudgetStatus[]> {
  const budgets = await listBudgets(store);
  const wanted = subjects === undefined ? budgets : budgets.filter(({ subject }) => subjects.includes(subject));
  return Promise.all(wanted.map((budget) => statusOf(store, budget, now)));
}

async function statusOf(store: Store, budget: BudgetRecord, now: number): Promise<BudgetStatus> {
  const { start, end } = windowAt(budget.period, budget.timeZone, now);
  const [counters] = await store.reader.all(
    sql<{ spent: number; reserved: number }>`SELECT spent_nano_usd AS spent, reserved_nano_usd AS reserved
      FROM budget_periods WHERE budget_id = ${budget.id} AND period_start = ${start}`.compile(query),
  );
  return {
    ...budget,
    spent: counters?.spent ?? 0,
    reserved: counters?.reserved ?? 0,
    periodStart: start,
    resetsAt: end,
  };
}

function toBudgetRecord(row: BudgetRow): BudgetRecord {
  return {
    id: row.id,
    name: row.name,
    subject: row.subject,
    amount: row.amount_nano_usd,
    period: BUDGET_PERIODS.find((period) => period === row.period) ?? 'month',
    timeZone: row.time_zone,
    hard: row.hard === 1,
    alerts: readThresholds(row.alerts),
    createdAt: row.created_at,
    managed: row.managed === 1,
  };
}
