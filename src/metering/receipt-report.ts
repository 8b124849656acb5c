import { TOKEN_CLASSES, TOOL_CLASSES, type TokenClass, type ToolClass } from '../core/usage.ts';
import { type ExchangeRecord, findExchange } from '../store/exchange-details.ts';
import type { Store } from '../store/open.ts';
import { listReceiptRows, type ReceiptRow } from '../store/receipts.ts';
import { COUNTERS, type Counters, zeroCounters } from '../store/tables/counters.ts';
import { readTerms } from '../store/tables/ledger.ts';
import { addCounters, isUnused } from './meter.ts';
import { FACTOR_UNIT, fromPinnedPrice } from './price.ts';
import { makeReceipt, type Receipt, type ReceiptLine, TOKENS_PER_RATE, USES_PER_RATE } from './receipt.ts';

/** The receipt of an exchange, named as `ezmodel receipts ID --json` prints it; times are Unix ms. */
export type ReceiptReport = Pick<
  ExchangeRecord,
  'id' | 'key_id' | 'key_name' | 'project_id' | 'model' | 'started_at' | 'ended_at' | 'cost_nano_usd'
> & { status: string; attempts: AttemptReceipt[] };

/** What one attempt cost: its charge, and what was corrected of it. */
export type AttemptReceipt = {
  attempt: number;
  channel: string;
  upstream_model: string;
  status: string;
  partial: boolean;
  estimated: boolean;
  /** As things stand after the corrections. */
  unpriced: boolean;
  charge: Computation;
  corrections: Correction[];
  /** Null when unpriced. */
  cost_nano_usd: number | null;
};

/** How an amount was computed. Factors are plain numbers: 0.5 is half. */
export type Computation = {
  price_version: string;
  price_id: string | null;
  /** Rates of prompts above this many tokens were used; 0 for the usual ones. */
  prompt_above: number;
  terms: { term: string; multiplier: number | null }[];
  markup: number;
  project_markup: number;
  /** What has no price has its count alone. */
  lines: { class: string; count: number; rate_nano_usd: number | null; per: number; nano_usd: number | null }[];
  /** Sum of the lines; null without a price. */
  total_nano_usd: number | null;
  /** What stands in the ledger up to here; equal to the total, or the books are wrong. */
  booked_nano_usd: number | null;
};

/** A correction: what the attempt costs by it, and what it added. */
export type Correction = Computation & {
  sequence: number;
  at: number;
  actor: string | null;
  reason: string | null;
  added_nano_usd: number;
};

/** The receipt of an exchange, recomputed from its ledger rows alone; undefined for an id that is not in the books. */
export async function reportReceipt(store: Store, id: string): Promise<ReceiptReport | undefined> {
  const exchange = await findExchange(store, id);
  if (exchange === undefined) return undefined;
  const rows = Map.groupBy(await listReceiptRows(store, id), (row) => row.attempt);
  return {
    id: exchange.id,
    key_id: exchange.key_id,
    key_name: exchange.key_name,
    project_id: exchange.project_id,
    model: exchange.model,
    status: exchange.outcome ?? 'open',
    started_at: exchange.started_at,
    ended_at: exchange.ended_at,
    cost_nano_usd: exchange.cost_nano_usd,
    attempts: [...rows.values()].flatMap(toAttemptReceipt),
  };
}

function toAttemptReceipt(rows: readonly ReceiptRow[]): AttemptReceipt[] {
  const [charge, ...corrections] = rows;
  if (charge === undefined) return [];
  const counters = zeroCounters();
  let booked: number | null = null;
  const compute = (row: ReceiptRow): Computation => {
    addCounters(counters, countersOf(row));
    if (row.cost_nano_usd !== null) booked = (booked ?? 0) + row.cost_nano_usd;
    return toComputation(row, counters, booked);
  };
  const computed = compute(charge);
  const corrected = corrections.map((row) => ({
    ...compute(row),
    sequence: row.sequence,
    at: row.at,
    actor: row.actor,
    reason: row.reason,
    added_nano_usd: row.cost_nano_usd ?? 0,
  }));
  return [
    {
      attempt: charge.attempt,
      channel: charge.channel,
      upstream_model: charge.upstream_model,
      status: charge.outcome,
      partial: charge.partial === 1,
      estimated: (corrections.at(-1) ?? charge).estimated === 1,
      unpriced: charge.unpriced === 1 && corrections.length === 0,
      charge: computed,
      corrections: corrected,
      cost_nano_usd: booked,
    },
  ];
}

function toComputation(row: ReceiptRow, counters: Counters, booked: number | null): Computation {
  const receipt = receiptOf(row, counters);
  const { aboveInput, markup, projectMarkup, totalNanoUsd, terms } = receipt ?? {
    aboveInput: 0,
    markup: FACTOR_UNIT,
    projectMarkup: FACTOR_UNIT,
    totalNanoUsd: isUnused(counters) ? 0 : null,
    terms: readTerms(row.terms).map((term) => ({ term, multiplier: null })),
  };
  return {
    price_version: row.price_version,
    price_id: row.price_id,
    prompt_above: aboveInput,
    terms: terms.map(({ term, multiplier }) => ({ term, multiplier: multiplier && multiplier / FACTOR_UNIT })),
    markup: markup / FACTOR_UNIT,
    project_markup: projectMarkup / FACTOR_UNIT,
    lines: receipt ? linesOf(receipt) : unpricedLines(counters),
    total_nano_usd: totalNanoUsd,
    booked_nano_usd: booked,
  };
}

function receiptOf(row: ReceiptRow, counters: Counters): Receipt | undefined {
  const { price_id: id, price_version: version, price_rates: rates } = row;
  if (id === null || rates === null) return undefined;
  return makeReceipt(counters, fromPinnedPrice({ id, version, rates }), readTerms(row.terms));
}

/** Priced lines, then what was used beside them and costs something that nobody has said. */
function linesOf({ lines, unpricedTools }: Receipt): Computation['lines'] {
  const unpriced = unpricedTools.map(({ class: name, count }) => unpricedLine(name, count, USES_PER_RATE));
  return [...lines.map(toLine), ...unpriced];
}

function toLine({ class: name, count, rate, per, nanoUsd }: ReceiptLine): Computation['lines'][number] {
  return { class: name, count, rate_nano_usd: rate, per, nano_usd: nanoUsd };
}

function unpricedLines(counters: Counters): Computation['lines'] {
  const of = (classes: readonly (TokenClass | ToolClass)[], per: number) =>
    classes.filter((name) => counters[name] > 0).map((name) => unpricedLine(name, counters[name], per));
  return [...of(TOKEN_CLASSES, TOKENS_PER_RATE), ...of(TOOL_CLASSES, USES_PER_RATE)];
}

function unpricedLine(name: string, count: number, per: number): Computation['lines'][number] {
  return { class: name, count, rate_nano_usd: null, per, nano_usd: null };
}

function countersOf(row: ReceiptRow): Counters {
  const counters = zeroCounters();
  for (const counter of COUNTERS) counters[counter] = row[counter];
  return counters;
}
