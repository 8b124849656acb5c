import { sql } from 'kysely';
import { BUDGET_PERIODS, type BudgetPeriod } from '../../core/budget.ts';
import { query } from '../query.ts';
import type { ReaderClient } from '../sqlite/reader-client.ts';

/** How often the budgets are read again, in ms. */
const INTERVAL_MS = 1_000;

/** What decides in which period of a budget an exchange counts. */
export type KnownBudget = { id: string; subject: string; period: BudgetPeriod; timeZone: string; hard: boolean };

/** The budgets, as of the last time that the database could be asked. */
export type BudgetSubjects = {
  /** Whether any of these subjects may have a hard one. */
  hasHard(subjects: readonly string[]): boolean;
  /** Those of these subjects; undefined while they have never been read. */
  of(subjects: readonly string[]): readonly KnownBudget[] | undefined;
  /** Resolves when they have been read, or could not be. */
  first: Promise<void>;
  close(): void;
};

/** Follows the budgets. Until they have been read once, every subject may have one. */
export function followBudgetSubjects(reader: ReaderClient): BudgetSubjects {
  let known: ReadonlyMap<string, readonly KnownBudget[]> | undefined;
  const read = async (): Promise<void> => {
    const rows = await reader.all(
      sql<{ id: string; subject: string; period: string; time_zone: string; hard: number }>`SELECT id, subject, period,
        time_zone, hard FROM budgets`.compile(query),
    );
    const budgets = rows.flatMap(({ id, subject, period: name, time_zone: timeZone, hard }) => {
      const period = BUDGET_PERIODS.find((each) => each === name);
      return period === undefined ? [] : [{ id, subject, period, timeZone, hard: hard === 1 }];
    });
    known = Map.groupBy(budgets, ({ subject }) => subject);
  };
  const refresh = (): Promise<void> => read().catch(() => undefined);
  const first = refresh();
  const timer = setInterval(refresh, INTERVAL_MS).unref();
  const of = (subjects: readonly string[]) => known && subjects.flatMap((subject) => known?.get(subject) ?? []);
  return {
    hasHard: (subjects) => of(subjects)?.some(({ hard }) => hard) ?? true,
    of,
    first,
    close: () => clearInterval(timer),
  };
}
