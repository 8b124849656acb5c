import { sql } from 'kysely';
import { type Asking, integerIn } from './asking.ts';
import { correctHolds } from './budget-holds.ts';
import { StoreError } from './failure.ts';
import type { Store } from './open.ts';
import { query } from './query.ts';
import { COUNTERS, type Counter } from './tables/counters.ts';
import { type HourlyDelta, hourlyRow } from './tables/hourly.ts';
import { INSERT_CORRECTION, type LedgerEntry, ledgerRow } from './tables/ledger.ts';
import type { Row } from './tables/row.ts';

/** A charge as it stands after its corrections, with what a price of it depends on. Times are Unix ms. */
export type StandingCharge = { [column in Counter]: number } & {
  id: number;
  exchange_id: string;
  exchange_started_at: number;
  key_id: string;
  project_id: string;
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
  return store.reader.all(
    sql<StandingCharge>`SELECT l.id, l.exchange_id, e.started_at AS exchange_started_at, e.key_id, e.project_id, e.model,
        l.attempt, a.channel, a.provider, a.upstream_model, a.started_at, l.terms, l.partial, l.estimated, ${sums},
        sum(b.cost_nano_usd) AS cost_nano_usd, max(b.sequence) AS sequence
      FROM ledger l
        JOIN ledger b ON b.exchange_id = l.exchange_id AND b.attempt = l.attempt
        JOIN attempts a ON a.exchange_id = l.exchange_id AND a.attempt = l.attempt
        JOIN exchanges e ON e.id = l.exchange_id
      WHERE l.kind = 'charge' AND l.id > ${after} AND e.started_at >= ${since}
      GROUP BY l.id, a.exchange_id, a.attempt, e.id ORDER BY l.id LIMIT ${limit}`.compile(query),
  );
}

/** A correction on its way to the writer. */
export type CorrectionRows = { exchangeId: string; ledger: Row; exchange: Row; at: number };

/**
 * Commits a correction: its ledger row, and with it the cost of the exchange, its budgets and the roll-up, all or nothing. One
 * with this number that is there already stands, and nothing is changed.
 */
export async function writeCorrection(store: Store, entry: LedgerEntry, hourly: HourlyDelta): Promise<void> {
  const { exchangeId, at } = entry;
  const exchange = [entry.costNanoUsd ?? 0, exchangeId, exchangeId];
  await store.writer.submit(['correct', { exchangeId, ledger: ledgerRow(entry), exchange, at }, hourlyRow(hourly)]);
}

/** An exchange is unpriced as long as a charge of it is. */
const CORRECT_EXCHANGE = `UPDATE exchanges SET cost_nano_usd = coalesce(cost_nano_usd, 0) + ?,
  unpriced = CASE WHEN (SELECT sum(CASE kind WHEN 'charge' THEN unpriced ELSE -unpriced END) FROM ledger
    WHERE exchange_id = ?) > 0 THEN 1 ELSE 0 END
  WHERE id = ? RETURNING cost_nano_usd`;

/** Adds a correction to the ledger, its exchange and its budgets; false when it was there already. */
export function* applyCorrection({ exchangeId, ledger, exchange, at }: CorrectionRows): Asking<boolean> {
  const inserted = yield { sql: `${INSERT_CORRECTION} RETURNING id`, parameters: ledger };
  if (inserted.length === 0) return false;
  const [corrected] = yield { sql: CORRECT_EXCHANGE, parameters: exchange };
  if (corrected === undefined) throw new StoreError('rejected', `exchange ${exchangeId} was never opened`);
  yield* correctHolds(exchangeId, integerIn(corrected, 'cost_nano_usd'), at);
  return true;
}
