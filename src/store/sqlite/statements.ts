import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { RecentMap } from '../../core/recent-map.ts';

/** How many statements stay prepared per connection. */
const CACHED_STATEMENTS = 200;

/** A statement, and whether it answers rows: a query, or a change that says what it has changed. */
export type PreparedStatement = { statement: StatementSync; answersRows: boolean };

/** Prepares each SQL text once, least recently used ones dropped. */
export type StatementCache = (sql: string) => PreparedStatement;

/** A statement cache of one connection. */
export function createStatementCache(database: DatabaseSync): StatementCache {
  const cache = new RecentMap<string, PreparedStatement>(CACHED_STATEMENTS);
  return (sql) => {
    const known = cache.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    const prepared = { statement, answersRows: statement.columns().length > 0 };
    cache.set(sql, prepared);
    return prepared;
  };
}
