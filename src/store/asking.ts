import { StoreError } from './failure.ts';
import type { Row } from './tables/row.ts';

/** One statement of a procedure. */
export type Ask = { sql: string; parameters: Row };

/** A row that answers one. */
export type AnswerRow = Readonly<Record<string, unknown>>;

/**
 * Several statements of one transaction, where one depends on the answer to another: yields each and is given its rows. The
 * same procedure runs on every kind of store, whether its driver waits or not.
 */
export type Asking<Result> = Generator<Ask, Result, readonly AnswerRow[]>;

/** An integer of a row; drivers may give large ones as text or bigint. @throws StoreError `corrupt` when it is none. */
export function integerIn(row: AnswerRow, column: string): number {
  const value = Number(row[column]);
  if (row[column] === null || !Number.isSafeInteger(value)) throw new StoreError('corrupt', `${column} is no integer`);
  return value;
}

/** A text of a row. @throws StoreError `corrupt` when it is none. */
export function textIn(row: AnswerRow, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new StoreError('corrupt', `${column} is no text`);
  return value;
}
