import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { LRUCache } from 'lru-cache';
import { StoreError } from '../failure.ts';

/** How many statements that are not on the hot path stay prepared per connection. */
const CACHED_STATEMENTS = 200;

/** Prepares each SQL text once, least recently used ones dropped. */
export type StatementCache = (sql: string) => StatementSync;

/** A statement cache of one connection. */
export function createStatementCache(database: DatabaseSync): StatementCache {
  const cache = new LRUCache<string, StatementSync>({ max: CACHED_STATEMENTS });
  return (sql) => {
    const known = cache.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    cache.set(sql, statement);
    return statement;
  };
}

/**
 * Parameters as SQLite takes them: booleans become 0 and 1, `undefined` null.
 * @throws StoreError `rejected` for anything else that is no SQLite value.
 */
export function bindable(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map((value) => {
    if (value === undefined || value === null) return null;
    if (typeof value === 'boolean') return value ? 1 : 0;
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return value;
    if (value instanceof Uint8Array) return value;
    throw new StoreError('rejected', `a ${typeof value} is no value of a column`);
  });
}
