/** What a column holds as it crosses to the writer: `node:sqlite` takes no booleans and no `undefined`. */
export type SqlValue = string | number | null;

/** The values of one statement, in the order of its placeholders. */
export type Row = SqlValue[];

/** A boolean as SQLite stores it. */
export function flag(value: boolean): 0 | 1 {
  return value ? 1 : 0;
}

/** `?, ?, …` for `count` values. */
export function placeholders(count: number): string {
  return Array.from({ length: count }, () => '?').join(', ');
}
