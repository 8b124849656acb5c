import type { Store } from './open.ts';
import { query } from './query.ts';
import type { RefusedFeaturesTable } from './schema.ts';

/** Lessons that are read back at most: more than any server remembers. */
const MOST_ROWS = 10_000;

/** Keeps lessons; one that is known already is dated anew. */
export async function saveRefusedFeatures(store: Store, rows: readonly RefusedFeaturesTable[]): Promise<void> {
  const statement = query
    .insertInto('refused_features')
    .values([...rows])
    .onConflict((conflict) =>
      conflict.columns(['channel', 'base_url', 'upstream_model', 'feature']).doUpdateSet((excluded) => ({
        learned_at: excluded.ref('excluded.learned_at'),
        expires_at: excluded.ref('excluded.expires_at'),
      })),
    );
  await store.writer.run(statement.compile());
}

/** The lessons in force at `now` (Unix ms), by channel and model. */
export function listRefusedFeatures(store: Store, now: number): Promise<RefusedFeaturesTable[]> {
  const statement = query
    .selectFrom('refused_features')
    .selectAll()
    .where('expires_at', '>', now)
    .orderBy('channel')
    .orderBy('upstream_model')
    .orderBy('feature')
    .limit(MOST_ROWS);
  return store.reader.all(statement.compile());
}

/** Forgets lessons that are not in force any more at `now` (Unix ms); answers how many. */
export async function deleteExpiredFeatures(store: Store, now: number): Promise<number> {
  return store.writer.run(query.deleteFrom('refused_features').where('expires_at', '<=', now).compile());
}
