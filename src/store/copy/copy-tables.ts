import type { ColumnValue } from '../column-values.ts';
import { StoreError } from '../failure.ts';

/** Rows as they are copied: values in the order of their columns. */
export type CopiedRow = readonly ColumnValue[];

/** A database that is read for a copy, as it was at one moment. */
export type CopySource = {
  /** The columns of each table of its own, in no order. */
  tables(): Promise<ReadonlyMap<string, readonly string[]>>;
  /** All rows, some at a time. */
  rows(table: string, columns: readonly string[]): AsyncIterable<readonly CopiedRow[]>;
};

/** A database that is filled; all of it appears at once, when its owner commits. */
export type CopyTarget = {
  tables(): Promise<ReadonlyMap<string, readonly string[]>>;
  count(table: string): Promise<number>;
  /** Takes away what a fresh schema comes with. */
  clear(table: string): Promise<void>;
  insert(table: string, columns: readonly string[], rows: readonly CopiedRow[]): Promise<void>;
};

/** Belongs to the schema itself: both sides are at the newest. */
const OF_SCHEMA = 'schema_versions';

/** Changed or filled by triggers while other tables are, so they come last, in place of what stands there by then. */
const LAST = ['revisions', 'fold_state', 'stale_hours'];

/** Rows that a fresh schema comes with stand in these alone. */
const SEEDED = ['projects', 'revisions', 'fold_state'];

/** Without rows in any of these a database has not been used. */
const SIGNS_OF_USE = ['exchanges', 'keys', 'users', 'budgets'];

/**
 * Copies every row of every table into a database of the same schema that nobody has used.
 * @throws StoreError `rejected` when the target has been used, lacks a table, or has not taken every row.
 */
export async function copyTables(source: CopySource, target: CopyTarget): Promise<void> {
  const [from, to] = [await source.tables(), await target.tables()];
  for (const table of SIGNS_OF_USE) {
    if ((await target.count(table)) > 0) {
      throw new StoreError('rejected', `the database is in use, it has ${table}: copy into an empty one`);
    }
  }
  for (const table of SEEDED) await target.clear(table);
  const names = [...from.keys()].filter((name) => name !== OF_SCHEMA && !LAST.includes(name)).toSorted();
  for (const table of names) await copyTable(source, target, table, columnsOf(table, from, to));
  for (const table of LAST) {
    await target.clear(table);
    await copyTable(source, target, table, columnsOf(table, from, to));
  }
}

/** What one side works out by itself, such as an index of words, is in its own columns only. */
function columnsOf(
  table: string,
  from: ReadonlyMap<string, readonly string[]>,
  to: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const known = to.get(table);
  if (known === undefined) throw new StoreError('rejected', `there is no table ${table} to copy into`);
  return (from.get(table) ?? []).filter((column) => known.includes(column));
}

async function copyTable(
  source: CopySource,
  target: CopyTarget,
  table: string,
  columns: readonly string[],
): Promise<void> {
  let copied = 0;
  for await (const rows of source.rows(table, columns)) {
    if (rows.length > 0) await target.insert(table, columns, rows);
    copied += rows.length;
  }
  const arrived = await target.count(table);
  if (arrived !== copied) {
    throw new StoreError('rejected', `of ${copied} rows of ${table} ${arrived} have arrived`);
  }
}

/** Names of columns as both databases take them. */
export function quoted(columns: readonly string[]): string {
  return columns.map((column) => `"${column}"`).join(', ');
}
