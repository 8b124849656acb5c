import type pg from 'pg';
import { toColumnValues } from '../column-values.ts';
import { type CopiedRow, type CopySource, type CopyTarget, quoted } from '../copy/copy-tables.ts';

/** Rows that are handed over at once. */
const CHUNK = 1_000;

/** Values that one statement may have. */
const MOST_VALUES = 60_000;

/** A database that is read, in the transaction that its owner has begun: one moment of it, while servers write. */
export function postgresSource(client: pg.Client): CopySource {
  return { tables: () => tablesOf(client), rows: (table, columns) => rowsOf(client, table, columns) };
}

/** A database that is filled, in the transaction that its owner has begun. */
export function postgresTarget(client: pg.Client): CopyTarget {
  return {
    tables: () => tablesOf(client),
    count: async (table) => Number((await client.query(`SELECT count(*) AS rows FROM "${table}"`)).rows[0]?.rows),
    clear: async (table) => {
      await client.query(`DELETE FROM "${table}"`);
    },
    insert: async (table, columns, rows) => {
      const most = Math.floor(MOST_VALUES / columns.length);
      for (let start = 0; start < rows.length; start += most) {
        await insert(client, table, columns, rows.slice(start, start + most));
      }
    },
  };
}

/** Goes on numbering rows behind the last that was copied. */
export async function continueNumbers(client: pg.Client): Promise<void> {
  const { rows } = await client.query(
    `SELECT c.table_name AS name, coalesce(substring(c.column_default FROM '''(.+)'''), pg_get_serial_sequence(c.table_name, 'id')) AS numbers
      FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
      WHERE c.table_schema = current_schema() AND c.column_name = 'id' AND t.table_type = 'BASE TABLE'
        AND (c.is_identity = 'YES' OR c.column_default LIKE 'nextval%')
        AND c.table_name NOT IN (SELECT inhrelid::regclass::text FROM pg_inherits)`,
  );
  for (const { name, numbers } of rows) {
    await client.query(`SELECT setval('${numbers}', (SELECT coalesce(max(id), 0) + 1 FROM "${name}"), false)`);
  }
}

/** Without partitions, which are parts of their tables, and without columns that the database works out. */
async function tablesOf(client: pg.Client): Promise<Map<string, string[]>> {
  const { rows } = await client.query(
    `SELECT c.table_name AS table, c.column_name AS column
      FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
      WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER'
        AND c.table_name NOT IN (SELECT inhrelid::regclass::text FROM pg_inherits)`,
  );
  const tables = new Map<string, string[]>();
  for (const { table, column } of rows) tables.set(table, [...(tables.get(table) ?? []), column]);
  return tables;
}

async function* rowsOf(
  client: pg.Client,
  table: string,
  columns: readonly string[],
): AsyncGenerator<readonly CopiedRow[]> {
  await client.query(`DECLARE copied NO SCROLL CURSOR FOR SELECT ${quoted(columns)} FROM "${table}"`);
  for (;;) {
    const { rows } = await client.query({ text: `FETCH ${CHUNK} FROM copied`, rowMode: 'array' });
    if (rows.length === 0) break;
    yield rows.map((row: unknown[]) => toColumnValues(row));
  }
  await client.query('CLOSE copied');
}

async function insert(
  client: pg.Client,
  table: string,
  columns: readonly string[],
  rows: readonly CopiedRow[],
): Promise<void> {
  const places = rows.map((row, at) => `(${row.map((_, place) => `$${at * columns.length + place + 1}`).join(', ')})`);
  await client.query(`INSERT INTO "${table}" (${quoted(columns)}) VALUES ${places.join(', ')}`, rows.flat());
}
