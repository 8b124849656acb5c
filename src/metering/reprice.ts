import { listStandingCharges, type StandingCharge, writeCorrection } from '../store/corrections.ts';
import { writePrice } from '../store/exchanges.ts';
import type { Store } from '../store/open.ts';
import { zeroCounters } from '../store/tables/counters.ts';
import type { HourlyDelta } from '../store/tables/hourly.ts';
import { type LedgerEntry, readTerms } from '../store/tables/ledger.ts';
import { type Price, toPinnedPrice } from './price.ts';
import type { Prices } from './prices.ts';
import { makeReceipt } from './receipt.ts';

const CHARGES_PER_PAGE = 2_000;

/** Which charges to price again, by whom and why. */
export type RepriceOptions = {
  /** Exchanges that started then (Unix ms) or later. */
  since: number;
  /** Public or upstream name; undefined: all models. */
  model: string | undefined;
  /** Charges that have a price too, where another amount comes out of the one that holds for them now. */
  priced: boolean;
  /** Work out the corrections and write none. */
  dryRun: boolean;
  actor: string;
  reason: string;
};

/** What came of it. */
export type RepriceReport = {
  /** Charges that were looked at. */
  charges: number;
  corrections: {
    exchange_id: string;
    attempt: number;
    model: string;
    upstream_model: string;
    /** Null: it had no price. */
    before_nano_usd: number | null;
    after_nano_usd: number;
  }[];
  /** Sum of what the corrections add. */
  added_nano_usd: number;
  /** Unpriced charges that have no price now either. */
  still_unpriced: number;
};

/**
 * Prices charges again by correction rows; charges are never changed. Every attempt is priced as at its start. What is right
 * already is left alone, so the same again corrects nothing. Rejects with StoreError when the store cannot write; what was
 * written until then stands, and the next run goes on.
 */
export async function reprice(
  store: Store,
  prices: Prices,
  now: number,
  options: RepriceOptions,
): Promise<RepriceReport> {
  const report: RepriceReport = { charges: 0, corrections: [], added_nano_usd: 0, still_unpriced: 0 };
  for (let after = 0; ; ) {
    const page = await listStandingCharges(store, { since: options.since, after, limit: CHARGES_PER_PAGE });
    const writes: Promise<void>[] = [];
    for (const charge of page) {
      after = charge.id;
      if (!isAsked(charge, options)) continue;
      report.charges += 1;
      const correction = correct(charge, prices, now, options);
      if (correction === 'unpriced') report.still_unpriced += 1;
      if (typeof correction === 'string') continue;
      note(report, charge, correction.entry);
      if (!options.dryRun) writes.push(write(store, charge, correction));
    }
    await Promise.all(writes);
    if (page.length < CHARGES_PER_PAGE) return report;
  }
}

function isAsked(charge: StandingCharge, { model, priced }: RepriceOptions): boolean {
  if (model !== undefined && model !== charge.model && model !== charge.upstream_model) return false;
  return priced || charge.cost_nano_usd === null;
}

type Corrected = { entry: LedgerEntry; price: Price };

function correct(
  charge: StandingCharge,
  prices: Prices,
  now: number,
  { actor, reason }: RepriceOptions,
): Corrected | 'right' | 'unpriced' {
  const { channel, cost_nano_usd: before, project_markup } = charge;
  const place = { channel, ...(project_markup !== null && { markup: project_markup }) };
  const price = prices.priceOf(charge.provider, charge.upstream_model, charge.started_at, place);
  if (price === undefined) return before === null ? 'unpriced' : 'right';
  const terms = readTerms(charge.terms);
  const receipt = makeReceipt(charge, price, terms);
  if (receipt.totalNanoUsd === before) return 'right';
  const entry: LedgerEntry = {
    exchangeId: charge.exchange_id,
    attempt: charge.attempt,
    at: now,
    priceVersion: price.version,
    priceId: price.id,
    terms,
    counters: zeroCounters(),
    costNanoUsd: receipt.totalNanoUsd - (before ?? 0),
    partial: charge.partial === 1,
    estimated: charge.estimated === 1 || !receipt.isCovered,
    unpriced: before === null,
    correction: { sequence: charge.sequence + 1, actor, reason },
  };
  return { entry, price };
}

function note(report: RepriceReport, charge: StandingCharge, { costNanoUsd }: LedgerEntry): void {
  const added = costNanoUsd ?? 0;
  report.added_nano_usd += added;
  report.corrections.push({
    exchange_id: charge.exchange_id,
    attempt: charge.attempt,
    model: charge.model,
    upstream_model: charge.upstream_model,
    before_nano_usd: charge.cost_nano_usd,
    after_nano_usd: (charge.cost_nano_usd ?? 0) + added,
  });
}

/** The price goes ahead of the row that names it, in the same queue. */
async function write(store: Store, charge: StandingCharge, { entry, price }: Corrected): Promise<void> {
  const hourly: HourlyDelta = {
    startedAt: charge.exchange_started_at,
    keyId: charge.key_id,
    projectId: charge.project_id,
    model: charge.model,
    channel: charge.channel,
    exchanges: 0,
    errors: 0,
    unpriced: entry.unpriced ? -1 : 0,
    counters: entry.counters,
    costNanoUsd: entry.costNanoUsd ?? 0,
  };
  await Promise.all([writePrice(store, toPinnedPrice(price)), writeCorrection(store, entry, hourly)]);
}
