import { sql } from 'kysely';
import { query } from '../query.ts';
import type { ReaderClient } from '../sqlite/reader-client.ts';

/** How often the subjects are read again, in ms. */
const INTERVAL_MS = 1_000;

/** What hard budgets stand on, as of the last time that the database could be asked. */
export type BoundedSubjects = {
  hasAny(subjects: readonly string[]): boolean;
  /** Resolves when they have been read, or could not be. */
  first: Promise<void>;
  close(): void;
};

/** Follows the subjects of all hard budgets. Until they have been read once, every subject may have one. */
export function followBoundedSubjects(reader: ReaderClient): BoundedSubjects {
  let known: ReadonlySet<string> | undefined;
  const read = async (): Promise<void> => {
    const rows = await reader.all(
      sql<{ subject: string }>`SELECT DISTINCT subject FROM budgets WHERE hard = 1`.compile(query),
    );
    known = new Set(rows.map(({ subject }) => subject));
  };
  const refresh = (): Promise<void> => read().catch(() => undefined);
  const first = refresh();
  const timer = setInterval(refresh, INTERVAL_MS).unref();
  return {
    hasAny: (subjects) => known === undefined || subjects.some((subject) => known?.has(subject)),
    first,
    close: () => clearInterval(timer),
  };
}
