import { sql } from 'kysely';
import { BUDGET_PERIODS, type BudgetPeriod } from '../../core/budget.ts';
import { query } from '../query.ts';
import type { ReaderClient } from '../sqlite/reader-client.ts';

/** How often the budgets are read again, in ms. */
const INTERVAL_MS = 1_000;

/** What decides in which period of a budget an exchange counts. */
export type KnownBudget = { id: string; subject: string; period: BudgetPeriod; timeZone: string; hard: boolean };

/** The budgets of subjects, as they were known at one moment. */
export type BudgetsOf = (subjects: readonly string[]) => readonly KnownBudget[];

/** The budgets, as of the last time that the database could be asked. */
export type BudgetSubjects = {
  /** Whether any of these subjects may have a hard one. */
  hasHard(subjects: readonly string[]): boolean;
  /** What is known now, which does not change any more; undefined while they have never been read. */
  known(): BudgetsOf | undefined;
  /** Resolves when they have been read, or could not be. */
  first: Promise<void>;
  close(): void;
};

/** Follows the budgets. Until they have been read once, every subject may have one. */
export function followBudgetSubjects(reader: ReaderClient): BudgetSubjects {
  let known: BudgetsOf | undefined;
  const read = async (): Promise<void> => {
    const rows = await reader.all(
      sql<{ id: string; subject: string; period: string; time_zone: string; hard: number }>`SELECT id, subject, period,
        time_zone, hard FROM budgets`.compile(query),
    );
    const budgets = rows.flatMap(({ id, subject, period: name, time_zone: timeZone, hard }) => {
      const period = BUDGET_PERIODS.find((each) => each === name);
      return period === undefined ? [] : [{ id, subject, period, timeZone, hard: hard === 1 }];
    });
    const bySubject = Map.groupBy(budgets, ({ subject }) => subject);
    known = (subjects) => [...new Set(subjects)].flatMap((subject) => bySubject.get(subject) ?? []);
  };
  const refresh = (): Promise<void> => read().catch(() => undefined);
  const first = refresh();
  const timer = setInterval(refresh, INTERVAL_MS).unref();
  return {
    hasHard: (subjects) => known?.(subjects).some(({ hard }) => hard) ?? true,
    known: () => known,
    first,
    close: () => clearInterval(timer),
  };
}
