import type { Counters } from './counters.ts';
import { flag, placeholders, type Row } from './row.ts';

/** One row of the ledger: what one attempt is charged, or a correction of it. */
export type LedgerEntry = {
  exchangeId: string;
  attempt: number;
  kind: 'charge' | 'correction';
  /** Unix ms. */
  at: number;
  /** Which catalogue and overrides the price came from. */
  priceVersion: string;
  counters: Counters;
  /** Null when unpriced. */
  costNanoUsd: number | null;
  partial: boolean;
  estimated: boolean;
  unpriced: boolean;
};

const COLUMNS = [
  'exchange_id',
  'attempt',
  'kind',
  'at',
  'price_version',
  'input',
  'cache_read',
  'cache_write_5m',
  'cache_write_1h',
  'output',
  'reasoning',
  'web_searches',
  'cost_nano_usd',
  'partial',
  'estimated',
  'unpriced',
] as const;

/** Appends to the ledger; takes a {@link ledgerRow}. A second row of one kind for one attempt is refused by the table. */
export const INSERT_LEDGER = `INSERT INTO ledger (${COLUMNS.join(', ')}) VALUES (${placeholders(COLUMNS.length)})`;

/** The values of {@link INSERT_LEDGER}. */
export function ledgerRow(entry: LedgerEntry): Row {
  const { counters } = entry;
  return [
    entry.exchangeId,
    entry.attempt,
    entry.kind,
    Math.trunc(entry.at),
    entry.priceVersion,
    counters.input,
    counters.cache_read,
    counters.cache_write_5m,
    counters.cache_write_1h,
    counters.output,
    counters.reasoning,
    counters.web_searches,
    entry.costNanoUsd,
    flag(entry.partial),
    flag(entry.estimated),
    flag(entry.unpriced),
  ];
}
