import { StoreError } from './failure.ts';

/** What a column can be given. */
export type ColumnValue = string | number | bigint | Uint8Array | null;

/**
 * Parameters as both databases take them: booleans become 0 and 1, as they are stored; `undefined` null.
 * @throws StoreError `rejected` for anything that is no value of a column.
 */
export function toColumnValues(parameters: readonly unknown[]): ColumnValue[] {
  return parameters.map((value) => {
    if (value === undefined || value === null) return null;
    if (typeof value === 'boolean') return value ? 1 : 0;
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return value;
    if (value instanceof Uint8Array) return value;
    throw new StoreError('rejected', `a ${typeof value} is no value of a column`);
  });
}
