import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { LRUCache } from 'lru-cache';

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
