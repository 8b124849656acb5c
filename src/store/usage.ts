import { sql } from 'kysely';
import type { Outcome } from '../core/exchange.ts';
import { idsOrNone } from './ids-or-none.ts';
import type { Store } from './open.ts';
import { query } from './query.ts';
import { HOUR_MS } from './tables/hourly.ts';
import { ofHolder, type UsageFilter } from './usage-filter.ts';

const DAY_MS = 24 * HOUR_MS;

/** Sums of settled exchanges. */
export type UsageSums = {
  exchanges: number;
  input: number;
  output: number;
  cache_read: number;
  cache_write_5m: number;
  cache_write_1h: number;
  cost_nano_usd: number;
};

/** Sums of one day (UTC, `YYYY-MM-DD`), key and model; `key_name` is null for a key that is gone. */
export type UsageGroup = UsageSums & { day: string; key_id: string; key_name: string | null; model: string };

/**
 * Sums of the settled exchanges that started at `since` (Unix ms) or later. Reads roll-ups; only the hour that `since` cuts
 * is summed from its exchanges.
 * @param projectIds those that count; undefined: all.
 */
export async function sumUsage(store: Store, since: number, projectIds?: readonly string[]): Promise<UsageGroup[]> {
  const owned = projectIds === undefined ? sql`` : sql`AND project_id IN (${sql.join(idsOrNone(projectIds))})`;
  const firstWholeHour = Math.ceil(since / HOUR_MS);
  const groups = await store.reports.all(
    sql<Omit<UsageGroup, 'day'> & { day: number }>`WITH figures AS (
        SELECT hour / 24 AS day, key_id, model, exchanges, input, output, cache_read, cache_write_5m, cache_write_1h, cost_nano_usd
          FROM hourly WHERE hour >= ${firstWholeHour} ${owned}
        UNION ALL
        SELECT started_at / 86400000, key_id, model, 1, input, output, cache_read, cache_write_5m, cache_write_1h,
            coalesce(cost_nano_usd, 0)
          FROM exchanges
          WHERE started_at >= ${since} AND started_at < ${firstWholeHour * HOUR_MS} AND outcome IS NOT NULL ${owned}
      )
      SELECT f.day, f.key_id, k.name AS key_name, f.model,
        sum(exchanges) AS exchanges, sum(input) AS input, sum(output) AS output, sum(cache_read) AS cache_read,
        sum(cache_write_5m) AS cache_write_5m, sum(cache_write_1h) AS cache_write_1h, sum(cost_nano_usd) AS cost_nano_usd
      FROM figures f LEFT JOIN keys k ON k.id = f.key_id
      GROUP BY f.day, f.key_id, k.name, f.model ORDER BY f.day, f.key_id, f.model`.compile(query),
  );
  return groups.map((group) => ({ ...group, day: new Date(group.day * DAY_MS).toISOString().slice(0, 10) }));
}

/** An exchange as a list shows it; `outcome` is null while it is open. */
export type ExchangeRow = Omit<UsageSums, 'exchanges' | 'cost_nano_usd'> & {
  id: string;
  key_id: string;
  model: string;
  dialect: string;
  stream: number;
  started_at: number;
  ended_at: number | null;
  first_event_at: number | null;
  outcome: Outcome | null;
  http_status: number | null;
  error_kind: string | null;
  channel: string | null;
  upstream_model: string | null;
  upstream_request_id: string | null;
  reasoning: number;
  web_searches: number;
  cost_nano_usd: number | null;
  partial: number;
  estimated: number;
  unpriced: number;
  attempts: number;
  losses: string | null;
  project_id: string;
  /** Separated by spaces; null: none. */
  tags: string | null;
};

/** Exchanges that were begun in a time, oldest first, open ones included. */
export function listExchanges(store: Store, filter: UsageFilter): Promise<ExchangeRow[]> {
  return store.reports.all(
    sql<ExchangeRow>`SELECT e.id, e.key_id, e.model, e.dialect, e.stream, e.started_at, e.ended_at, e.first_event_at,
        e.outcome, e.http_status, e.error_kind, coalesce(e.channel, a.channel) AS channel,
        coalesce(e.upstream_model, a.upstream_model) AS upstream_model, a.upstream_request_id,
        e.input, e.output, e.cache_read, e.cache_write_5m, e.cache_write_1h, e.reasoning, e.web_searches,
        e.cost_nano_usd, e.partial, e.estimated, e.unpriced, CASE WHEN a.attempt > e.attempts THEN a.attempt ELSE e.attempts END AS attempts, e.losses,
        e.project_id, e.tags
      FROM exchanges e LEFT JOIN attempts a ON a.exchange_id = e.id
        AND a.attempt = (SELECT max(attempt) FROM attempts WHERE exchange_id = e.id)
      WHERE e.started_at >= ${filter.from} AND e.started_at < ${filter.to ?? Number.MAX_SAFE_INTEGER} AND ${ofHolder(filter)}
      ORDER BY e.started_at, e.id`.compile(query),
  );
}

/**
 * What a key has spent on exchanges that started at `since` or later, in nano-USD: from the roll-ups, so what is still open is not in it.
 * @param since Unix ms; a whole hour.
 */
export async function sumKeySpend(store: Store, keyId: string, since: number): Promise<number> {
  const [row] = await store.reports.all(
    sql<{ spent: number }>`SELECT coalesce(sum(cost_nano_usd), 0) AS spent FROM hourly
      WHERE hour >= ${Math.floor(since / HOUR_MS)} AND key_id = ${keyId}`.compile(query),
  );
  return row?.spent ?? 0;
}
