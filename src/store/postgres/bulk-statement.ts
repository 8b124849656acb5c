import type pg from 'pg';
import type { Row, SqlValue } from '../tables/row.ts';
import type { Column } from './bulk-columns.ts';
import { isTransient } from './connection.ts';

/** The rows that one run of a bulk statement writes, by the names of the lists that it is made of. */
export type Lists<Name extends string> = Readonly<Record<Name, readonly Row[]>>;

/** A statement over whole lists of rows: its text is made once, whatever their lengths. */
export type BulkStatement<Name extends string> = {
  /** Under which connections keep it prepared. */
  name: string;
  text: string;
  /** Its parameters. */
  valuesOf(lists: Lists<Name>): (string | number)[];
};

/** What the text of a bulk statement says of its lists. */
export type Parts<Name extends string> = {
  /** `unnest(…) AS list (columns)`: the rows of a list. */
  rows(list: Name, columns: readonly Column[]): string;
  /** One column of a list, as an array. */
  values(list: Name, columns: readonly Column[], name: string): string;
  /** How many rows a list has. */
  count(list: Name): string;
};

/** Makes a bulk statement: `write` says its text. */
export function createBulkStatement<Name extends string>(
  name: string,
  write: (parts: Parts<Name>) => string,
): BulkStatement<Name> {
  const sources: ((lists: Lists<Name>) => string | number)[] = [];
  const add = (type: string, source: (lists: Lists<Name>) => string | number): string => {
    sources.push(source);
    return `$${sources.length}::${type}`;
  };
  const addColumn = (list: Name, { type }: Column, index: number): string =>
    add(`${type}[]`, (lists) => arrayText(lists[list], index));
  const text = write({
    rows: (list, columns) => {
      const arrays = columns.map((column, index) => addColumn(list, column, index));
      return `unnest(${arrays.join(', ')}) AS ${list} (${columns.map(({ name }) => name).join(', ')})`;
    },
    values: (list, columns, wanted) => {
      const index = columns.findIndex((column) => column.name === wanted);
      const column = columns[index];
      if (column === undefined) throw new Error(`${list} has no column ${wanted}`);
      return addColumn(list, column, index);
    },
    count: (list) => add('bigint', (lists) => lists[list].length),
  });
  return { name, text, valuesOf: (lists) => sources.map((source) => source(lists)) };
}

/**
 * The end of a bulk statement, which may only do what it does when all conditions hold. Where one does not, it divides by zero:
 * that takes back all that the statement did, without a second trip to the database.
 */
export function unlessAll(conditions: readonly string[]): string {
  return `SELECT 1 / CASE WHEN ${conditions.join(' AND ')} THEN 1 ELSE 0 END AS done`;
}

/** How often a bulk statement is run that loses deadlocks. */
const TRIES = 3;

/** Runs a bulk statement, again where it only lost a deadlock. Rejects when it was refused or the connection is lost. */
export async function runBulk<Name extends string>(
  client: pg.Client,
  { name, text, valuesOf }: BulkStatement<Name>,
  lists: Lists<Name>,
): Promise<void> {
  const values = valuesOf(lists);
  for (let tries = 1; ; tries++) {
    try {
      await client.query({ name, text, values });
      return;
    } catch (error) {
      if (!isTransient(error) || tries === TRIES) throw error;
    }
  }
}

/** How many rows there are, or a part of a statement has changed. */
export function numberOf(rows: string): string {
  return `(SELECT count(*) FROM ${rows})`;
}

/** One column of rows as the text of an array. Written here since `pg` takes four times as long for it. */
export function arrayText(rows: readonly Row[], column: number): string {
  let text = '{';
  for (const row of rows) {
    if (text.length > 1) text += ',';
    text += elementText(row[column] ?? null);
  }
  return `${text}}`;
}

function elementText(value: SqlValue): string {
  if (value === null) return 'NULL';
  if (typeof value === 'number') return `${value}`;
  return `"${SPECIAL.test(value) ? value.replaceAll(/["\\]/g, '\\$&') : value}"`;
}

const SPECIAL = /["\\]/;
