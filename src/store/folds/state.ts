import { sql } from 'kysely';
import { query } from '../query.ts';
import type { Store } from '../store.ts';
import type { FoldedState } from './pieces.ts';

/** What is folded, and which hours from `from` to before `to` have changed since. */
export async function readFoldedState(store: Store, from: number, to: number): Promise<FoldedState> {
  const rows = await store.reports.all(
    sql<{
      hours: number;
      first: number;
      next: number;
    }>`SELECT hours, first_step AS first, next_step AS next FROM fold_levels
      UNION ALL SELECT 0, hour, hour FROM stale_hours WHERE hour >= ${from} AND hour < ${to}`.compile(query),
  );
  return {
    levels: rows.filter(({ hours }) => hours > 0),
    stale: rows
      .filter(({ hours }) => hours === 0)
      .map(({ first }) => first)
      .sort((a, b) => a - b),
  };
}
