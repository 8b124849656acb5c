import { sql } from 'kysely';
import type { Store } from './open.ts';
import { query } from './query.ts';

/** Ids of exchanges that hold something of a budget beyond their lease at `now` (Unix ms): their process has died. */
export async function listExpiredHolders(store: Store, now: number): Promise<string[]> {
  const rows = await store.reader.all(
    sql<{ id: string }>`SELECT DISTINCT exchange_id AS id FROM budget_holds
      WHERE spent_nano_usd IS NULL AND lease_until < ${Math.trunc(now)}`.compile(query),
  );
  return rows.map(({ id }) => id);
}
