import type pg from 'pg';
import type { Row } from '../tables/row.ts';

/** The parameters of a statement, as they are added to it. */
export type Parameters = { values: unknown[]; add(value: unknown, type: string): string };

/** No parameters yet. */
export function createParameters(): Parameters {
  const values: unknown[] = [];
  return {
    values,
    add: (value, type) => {
      values.push(value);
      return `$${values.length}::${type}`;
    },
  };
}

/** Column types of the tables that are written in bulk, by table and column, as PostgreSQL calls them. */
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

/** `unnest(…) AS name (columns)`: rows of one statement as the columns of one list each. */
export function unnest(
  { table, columns }: Written,
  rows: readonly Row[],
  { name, types, parameters }: { name: string; types: ColumnTypes; parameters: Parameters },
): string {
  const lists = columns.map((column, index) => {
    const type = types.get(table)?.get(column) ?? 'bigint';
    return parameters.add(
      rows.map((row) => row[index]),
      `${type}[]`,
    );
  });
  return `unnest(${lists.join(', ')}) AS ${name} (${columns.join(', ')})`;
}
