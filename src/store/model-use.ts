import { sql } from 'kysely';
import type { Store } from './open.ts';
import { query } from './query.ts';
import { COUNTERS, type Counter } from './tables/counters.ts';

/** What was used of one upstream model through one channel. */
export type ModelUse = { [column in Counter]: number } & { provider: string; channel: string; upstream_model: string };

/** What was used by exchanges that started at `since` (Unix ms) or later, by channel and upstream model. */
export function sumModelUse(store: Store, since: number): Promise<ModelUse[]> {
  return store.reader.all(
    sql<ModelUse>`SELECT a.provider, a.channel, a.upstream_model,
        ${sql.raw(COUNTERS.map((column) => `sum(l.${column}) AS ${column}`).join(', '))}
      FROM exchanges e JOIN ledger l ON l.exchange_id = e.id
        JOIN attempts a ON a.exchange_id = l.exchange_id AND a.attempt = l.attempt
      WHERE e.started_at >= ${since}
      GROUP BY a.provider, a.channel, a.upstream_model ORDER BY a.upstream_model, a.channel`.compile(query),
  );
}
