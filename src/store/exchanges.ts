import { sql } from 'kysely';
import type { BudgetRefusal } from '../core/budget.ts';
import type { AttemptCheckpoint, AttemptOpening, AttemptSettlement, ExchangeOpening } from '../core/exchange.ts';
import { postAttemptError } from './attempt-errors.ts';
import type { HoldRequest, UnstatedHold } from './budget-holds.ts';
import type { Store } from './open.ts';
import { query } from './query.ts';
import { attemptCheckpointRow, attemptOpeningRow, attemptSettlementRow } from './tables/attempts.ts';
import type { Counter } from './tables/counters.ts';
import { exchangeOpeningRow, exchangeSettlementRow, type SettledExchange } from './tables/exchanges.ts';
import { type HourlyDelta, hourlyRow } from './tables/hourly.ts';
import { type LedgerEntry, ledgerRow } from './tables/ledger.ts';
import { type PinnedPrice, priceRow } from './tables/prices.ts';

/** Everything that is written when an exchange ends, in one transaction. */
export type Settlement = {
  exchange: SettledExchange;
  attempts: readonly AttemptSettlement[];
  ledger: readonly LedgerEntry[];
  hourly: readonly HourlyDelta[];
};

/**
 * Commits the intent of an exchange and of its first attempt (law Intent), and with it what it holds of its budgets. Answers the
 * refusal of a budget that has no room; then nothing is written.
 * @param node names the process that has it open.
 */
export function writeIntent(
  store: Store,
  exchange: ExchangeOpening,
  attempt: AttemptOpening,
  priceId: string | null,
  node: string,
  hold?: HoldRequest | UnstatedHold,
): Promise<BudgetRefusal | undefined> {
  return store.writer.submit(['open', exchangeOpeningRow(exchange, node), attemptOpeningRow(attempt, priceId), hold]);
}

/** Commits the intent of a further attempt, and raises what its exchange holds; answers as {@link writeIntent}. */
export function writeAttemptIntent(
  store: Store,
  attempt: AttemptOpening,
  priceId: string | null,
  hold?: HoldRequest,
): Promise<BudgetRefusal | undefined> {
  return store.writer.submit(['attempt', attemptOpeningRow(attempt, priceId), hold]);
}

/** Queues what an open attempt has used so far. */
export function postCheckpoint(store: Store, checkpoint: AttemptCheckpoint): void {
  store.writer.post(['checkpoint', attemptCheckpointRow(checkpoint)]);
}

/** Commits a price that attempts written after this call may be pinned to. */
export async function writePrice(store: Store, price: PinnedPrice): Promise<void> {
  await store.writer.submit(['price', priceRow(price)]);
}

/**
 * Commits the end of an exchange: exchange, attempts, ledger and roll-ups, all or nothing. The same settlement again is no
 * error and changes nothing. Rejects with StoreError `rejected` for an exchange or attempt that was never opened.
 * @param budgetCost what its budgets are charged, in nano-USD: more than its cost where something without a price is held to have one.
 */
export async function writeSettlement(
  store: Store,
  settlement: Settlement,
  budgetCost: number = settlement.exchange.costNanoUsd ?? 0,
): Promise<void> {
  for (const { exchangeId, attempt, errorText } of settlement.attempts) {
    if (errorText !== undefined) postAttemptError(store, { exchangeId, attempt, text: errorText });
  }
  await store.writer.submit([
    'settle',
    settlement.exchange.id,
    exchangeSettlementRow(settlement.exchange),
    settlement.attempts.map(attemptSettlementRow),
    settlement.ledger.map(ledgerRow),
    settlement.hourly.map(hourlyRow),
    { cost: budgetCost, at: Math.trunc(settlement.exchange.endedAt) },
  ]);
}

/** An open attempt of an open exchange, with the price it is pinned to; several rows make one exchange. */
export type OpenAttempt = { [column in `so_far_${Counter}`]: number | null } & {
  exchange_id: string;
  /** The process that opened it. */
  node: string | null;
  key_id: string;
  project_id: string;
  model: string;
  exchange_started_at: number;
  attempt: number;
  channel: string;
  upstream_model: string;
  estimated_input: number;
  price_version: string | null;
  price_rates: string | null;
  price_id: string | null;
  /** For how long a hard budget holds money for it without a sign of life from its process, in ms; null: none does. */
  held_for: number | null;
};

/** All attempts of exchanges that these processes have open, by exchange and attempt. */
export function listOpenAttempts(store: Store, nodes: readonly (string | null)[]): Promise<OpenAttempt[]> {
  const named = nodes.filter((node) => node !== null);
  const isOfNamed = named.length === 0 ? sql`1 = 0` : sql`e.node IN (${sql.join(named)})`;
  const isOfNone = nodes.includes(null) ? sql`e.node IS NULL` : sql`1 = 0`;
  return store.reader.all(
    sql<OpenAttempt>`SELECT e.id AS exchange_id, e.node, e.key_id, e.project_id, e.model, e.started_at AS exchange_started_at,
        a.attempt, a.channel, a.upstream_model, a.estimated_input,
        a.so_far_input, a.so_far_cache_read, a.so_far_cache_write_5m, a.so_far_cache_write_1h, a.so_far_output,
        a.so_far_reasoning, a.so_far_web_searches, a.so_far_web_fetches, a.so_far_file_searches, a.so_far_code_containers,
        p.id AS price_id, p.version AS price_version, p.rates AS price_rates,
        (SELECT max(h.lease_until) - e.started_at FROM budget_holds h JOIN budgets b ON b.id = h.budget_id
          WHERE h.exchange_id = e.id AND h.spent_nano_usd IS NULL AND b.hard = 1) AS held_for
      FROM exchanges e JOIN attempts a ON a.exchange_id = e.id LEFT JOIN prices p ON p.id = a.price_id
      WHERE e.outcome IS NULL AND (${isOfNamed} OR ${isOfNone}) ORDER BY e.id, a.attempt`.compile(query),
  );
}

/** What a settled exchange cost; undefined when it is open or unknown. */
export async function findSettledCost(store: Store, id: string): Promise<{ costNanoUsd: number | null } | undefined> {
  const [row] = await store.reader.all(
    query
      .selectFrom('exchanges')
      .select(['cost_nano_usd as costNanoUsd'])
      .where('id', '=', id)
      .where('outcome', 'is not', null)
      .compile(),
  );
  return row;
}
