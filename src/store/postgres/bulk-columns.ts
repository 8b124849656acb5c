import type pg from 'pg';

/** A column of a list of rows: its name, and its type as PostgreSQL calls it. */
export type Column = { name: string; type: string };

/** Column types of the tables that are written in bulk, by table and column. */
export type ColumnTypes = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Reads the column types of tables. */
export async function readColumnTypes(client: pg.Client, tables: readonly string[]): Promise<ColumnTypes> {
  const types = new Map<string, Map<string, string>>(tables.map((table) => [table, new Map()]));
  const { rows } = await client.query(
    `SELECT c.relname AS table, a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      WHERE a.attrelid = ANY($1::regclass[]) AND a.attnum > 0 AND NOT a.attisdropped`,
    [tables],
  );
  for (const { table, column, type } of rows) types.get(String(table))?.set(String(column), String(type));
  return types;
}

/** What a portable statement writes: its table, and the column of each of its parameters in their order. */
export type Written = { table: string; columns: readonly string[] };

/** Reads that of `INSERT INTO table (columns) VALUES …`. @throws Error for another statement. */
export function insertedBy(sql: string): Written {
  const [, table, columns] = /^INSERT INTO (\w+)\s+\(([^)]+)\)/.exec(sql) ?? [];
  if (table === undefined || columns === undefined) throw new Error(`not an insert: ${sql}`);
  return { table, columns: columns.split(',').map((column) => column.trim()) };
}

/** Reads that of `UPDATE table SET column = ?, … WHERE column = ? …`. @throws Error for another statement. */
export function updatedBy(sql: string): Written {
  const [, table] = /^UPDATE (\w+)/.exec(sql) ?? [];
  if (table === undefined) throw new Error(`not an update: ${sql}`);
  return { table, columns: [...sql.matchAll(/(\w+) = \?/g)].map(([, column]) => column ?? '') };
}

/** The columns that are written, with their types. @throws Error for a column that the table does not have. */
export function columnsOf({ table, columns }: Written, types: ColumnTypes): Column[] {
  return columns.map((name) => {
    const type = types.get(table)?.get(name);
    if (type === undefined) throw new Error(`${table} has no column ${name}`);
    return { name, type };
  });
}
