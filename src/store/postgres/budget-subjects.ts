import { sql } from 'kysely';
import { query } from '../query.ts';
import type { ReaderClient } from '../sqlite/reader-client.ts';

/** How often the subjects are read again, in ms. */
const INTERVAL_MS = 1_000;

/** What budgets stand on, as of the last time that the database could be asked. */
export type BudgetSubjects = { hasAny(subjects: readonly string[]): boolean; close(): void };

/** Follows the subjects of all budgets. Until they have been read once, every subject may have one. */
export function followBudgetSubjects(reader: ReaderClient): BudgetSubjects {
  let known: ReadonlySet<string> | undefined;
  const read = async (): Promise<void> => {
    const rows = await reader.all(sql<{ subject: string }>`SELECT DISTINCT subject FROM budgets`.compile(query));
    known = new Set(rows.map(({ subject }) => subject));
  };
  const refresh = (): void => {
    read().catch(() => undefined);
  };
  refresh();
  const timer = setInterval(refresh, INTERVAL_MS).unref();
  return {
    hasAny: (subjects) => known === undefined || subjects.some((subject) => known?.has(subject)),
    close: () => clearInterval(timer),
  };
}
