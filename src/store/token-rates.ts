import { sql } from 'kysely';
import type { Store } from './open.ts';
import { query, type Statement } from './query.ts';

/** What is known of the tokens of one model, as JSON. */
export type TokenRatesRow = { channel: string; upstreamModel: string; rates: string };

/** Rows that are read back at most: more than any process remembers. */
const MOST_ROWS = 2_000;

/** What nobody has taught anything of for so long is forgotten, in ms: 90 days. */
const KEPT_FOR = 90 * 86_400_000;

/** Those of the models that were taught something at or after `since` (Unix ms), the latest first. */
export async function listTokenRates(store: Store, since: number): Promise<TokenRatesRow[]> {
  const rows = await store.reader.all(
    sql<{ channel: string; upstream_model: string; rates: string }>`SELECT channel, upstream_model, rates
      FROM token_rates WHERE taught_at >= ${Math.trunc(since)} ORDER BY taught_at DESC LIMIT ${MOST_ROWS}`.compile(
      query,
    ),
  );
  return rows.map(({ channel, upstream_model: upstreamModel, rates }) => ({ channel, upstreamModel, rates }));
}

/** Keeps what was learnt by `now` (Unix ms), in place of what is there of these models, and forgets what is old. Rejects with StoreError. */
export async function saveTokenRates(store: Store, rows: readonly TokenRatesRow[], now: number): Promise<void> {
  const at = Math.trunc(now);
  const statements: Statement[] = rows.map(({ channel, upstreamModel, rates }) =>
    sql`INSERT INTO token_rates (channel, upstream_model, rates, taught_at)
      VALUES (${channel}, ${upstreamModel}, ${rates}, ${at})
      ON CONFLICT (channel, upstream_model) DO UPDATE SET rates = excluded.rates, taught_at = excluded.taught_at`.compile(
      query,
    ),
  );
  const forget = sql`DELETE FROM token_rates WHERE taught_at < ${at - KEPT_FOR}`.compile(query);
  await store.writer.runTogether([...statements, forget]);
}
