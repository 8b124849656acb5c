import type { DatabaseSync } from 'node:sqlite';
import { type ColumnValue, toColumnValues } from '../column-values.ts';
import { type CopiedRow, type CopySource, type CopyTarget, quoted } from '../copy/copy-tables.ts';

/** Rows that are handed over at once. */
const CHUNK = 1_000;

/** A file that is read; nobody else may write it meanwhile. */
export function sqliteSource(database: DatabaseSync): CopySource {
  return {
    tables: async () => tablesOf(database),
    rows: (table, columns) => rowsOf(database, table, columns),
  };
}

/** A file that is filled, in the transaction that its owner has begun. */
export function sqliteTarget(database: DatabaseSync): CopyTarget {
  return {
    tables: async () => tablesOf(database),
    count: async (table) => Number(database.prepare(`SELECT count(*) AS rows FROM "${table}"`).get()?.['rows']),
    clear: async (table) => {
      database.exec(`DELETE FROM "${table}"`);
    },
    insert: async (table, columns, rows) => {
      const places = columns.map(() => '?').join(', ');
      const insert = database.prepare(`INSERT INTO "${table}" (${quoted(columns)}) VALUES (${places})`);
      for (const row of rows) insert.run(...row);
    },
  };
}

/** Not those of a full-text index: it fills itself. */
function tablesOf(database: DatabaseSync): Map<string, string[]> {
  const tables = database
    .prepare("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all();
  return new Map(
    tables.map(({ name }) => {
      const columns = database.prepare('SELECT name FROM pragma_table_info(?)').all(String(name));
      return [String(name), columns.map((column) => String(column['name']))];
    }),
  );
}

async function* rowsOf(
  database: DatabaseSync,
  table: string,
  columns: readonly string[],
): AsyncGenerator<readonly CopiedRow[]> {
  let chunk: ColumnValue[][] = [];
  for (const row of database.prepare(`SELECT ${quoted(columns)} FROM "${table}"`).iterate()) {
    chunk.push(toColumnValues(columns.map((column) => row[column])));
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = [];
  }
  yield chunk;
}
