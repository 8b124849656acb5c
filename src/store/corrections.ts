import { sql } from 'kysely';
import type { Store } from './open.ts';
import { query } from './query.ts';
import { COUNTERS, type Counter } from './tables/counters.ts';
import { type HourlyDelta, hourlyRow } from './tables/hourly.ts';
import { type LedgerEntry, ledgerRow } from './tables/ledger.ts';

/** A charge as it stands after its corrections, with what a price of it depends on. Times are Unix ms. */
export type StandingCharge = { [column in Counter]: number } & {
  id: number;
  exchange_id: string;
  exchange_started_at: number;
  key_id: string;
  project_id: string;
  /** That of the project now, in ten-thousandths; null: the project is gone. */
  project_markup: number | null;
  model: string;
  attempt: number;
  channel: string;
  provider: string;
  upstream_model: string;
  started_at: number;
  terms: string | null;
  /** Null when it is unpriced. */
  cost_nano_usd: number | null;
  partial: number;
  estimated: number;
  /** Of its last correction; 0 when there is none. */
  sequence: number;
};

const sums = sql.raw(COUNTERS.map((column) => `sum(b.${column}) AS ${column}`).join(', '));

/** Up to `limit` charges with ledger ids above `after`, of exchanges that started at `since` (Unix ms) or later, in order. */
export function listStandingCharges(
  store: Store,
  { since, after, limit }: { since: number; after: number; limit: number },
): Promise<StandingCharge[]> {
  return store.reports.all(
    sql<StandingCharge>`SELECT l.id, l.exchange_id, e.started_at AS exchange_started_at, e.key_id, e.project_id, e.model, p.markup AS project_markup,
        l.attempt, a.channel, a.provider, a.upstream_model, a.started_at, l.terms, l.partial, l.estimated, ${sums},
        sum(b.cost_nano_usd) AS cost_nano_usd, max(b.sequence) AS sequence
      FROM ledger l
        JOIN ledger b ON b.exchange_id = l.exchange_id AND b.attempt = l.attempt
        JOIN attempts a ON a.exchange_id = l.exchange_id AND a.attempt = l.attempt
        JOIN exchanges e ON e.id = l.exchange_id
        LEFT JOIN projects p ON p.id = e.project_id
      WHERE l.kind = 'charge' AND l.id > ${after} AND e.started_at >= ${since}
      GROUP BY l.id, l.exchange_id, l.attempt, l.terms, l.partial, l.estimated, a.exchange_id, a.attempt, e.id, p.id
      ORDER BY l.id LIMIT ${limit}`.compile(query),
  );
}

/**
 * Commits a correction: its ledger row, and with it the cost of the exchange, its budgets and the roll-up, all or nothing. One
 * with this number that is there already stands, and nothing is changed.
 */
export async function writeCorrection(store: Store, entry: LedgerEntry, hourly: HourlyDelta): Promise<void> {
  const { exchangeId, at } = entry;
  const exchange = [entry.costNanoUsd ?? 0, exchangeId, exchangeId];
  await store.writer.submit(['correct', { exchangeId, ledger: ledgerRow(entry), exchange, at }, hourlyRow(hourly)]);
}
