import { sql } from 'kysely';
import type { Store } from './open.ts';
import { query } from './query.ts';

/** Tokens that one key used of one model: input without cache reads, and output. */
export type DayTokens = { key_id: string; project_id: string; model: string; tokens: number };

const HOURS = 24;

/** What settled exchanges of one day used that limits count. @param day days since the epoch, in UTC. */
export function dayTokens(store: Store, day: number): Promise<DayTokens[]> {
  return store.reader.all(
    sql<DayTokens>`SELECT key_id, project_id, model, sum(input + cache_write_5m + cache_write_1h + output) AS tokens
      FROM hourly WHERE hour >= ${day * HOURS} AND hour < ${(day + 1) * HOURS}
      GROUP BY key_id, project_id, model`.compile(query),
  );
}
