import { sql } from 'kysely';
import type { Store } from './open.ts';
import { query } from './query.ts';
import { COUNTERS, type Counter } from './tables/counters.ts';

/** A ledger row of an exchange with the price that it was computed with. Times are Unix ms. */
export type ReceiptRow = { [column in Counter]: number } & {
  attempt: number;
  channel: string;
  upstream_model: string;
  outcome: string;
  kind: 'charge' | 'correction';
  sequence: number;
  at: number;
  price_version: string;
  terms: string | null;
  cost_nano_usd: number | null;
  partial: number;
  estimated: number;
  unpriced: number;
  actor: string | null;
  reason: string | null;
  price_id: string | null;
  price_rates: string | null;
};

/** The ledger rows of an exchange: attempt by attempt, each charge before its corrections. */
export function listReceiptRows(store: Store, exchangeId: string): Promise<ReceiptRow[]> {
  return store.reports.all(
    sql<ReceiptRow>`SELECT l.attempt, a.channel, a.upstream_model, a.outcome, l.kind, l.sequence, l.at, l.price_version,
        l.terms, ${sql.raw(COUNTERS.map((column) => `l.${column}`).join(', '))}, l.cost_nano_usd, l.partial, l.estimated,
        l.unpriced, l.actor, l.reason, p.id AS price_id, p.rates AS price_rates
      FROM ledger l JOIN attempts a ON a.exchange_id = l.exchange_id AND a.attempt = l.attempt
        LEFT JOIN prices p ON p.id = l.price_id
      WHERE l.exchange_id = ${exchangeId} ORDER BY l.attempt, l.sequence`.compile(query),
  );
}
