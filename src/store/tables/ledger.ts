import { COUNTERS, type Counters, zeroCounters } from './counters.ts';
import { flag, placeholders, type Row, type SqlValue } from './row.ts';

/** One row of the ledger: what one attempt is charged, or a correction of it. */
export type LedgerEntry = {
  exchangeId: string;
  attempt: number;
  /** Unix ms. */
  at: number;
  /** Which catalogue and overrides the price came from. */
  priceVersion: string;
  /** Names the pinned price that it was computed with; undefined when there was none. */
  priceId: string | undefined;
  /** Under which the upstream bills it, where they are not the standard ones. */
  terms: readonly string[];
  /** What a charge counts, or by how much a correction changes that. */
  counters: Counters;
  /** Of a charge, null when unpriced; of a correction, what it adds to the cost. */
  costNanoUsd: number | null;
  partial: boolean;
  estimated: boolean;
  /** Of a charge: it has no price. Of a correction: it gives a price to a charge that had none until then. */
  unpriced: boolean;
  /** Undefined: this is the charge itself. */
  correction: Correction | undefined;
};

/** What makes a row a correction. */
export type Correction = {
  /** From 1, by attempt; the charge is 0. */
  sequence: number;
  /** Who made it. */
  actor: string;
  /** Why, for people. */
  reason: string;
};

const COLUMNS = [
  'exchange_id',
  'attempt',
  'kind',
  'sequence',
  'at',
  'price_version',
  ...COUNTERS,
  'cost_nano_usd',
  'partial',
  'estimated',
  'unpriced',
  'price_id',
  'terms',
  'actor',
  'reason',
] as const;

/** Appends to the ledger; takes a {@link ledgerRow}. A second charge of one attempt is refused by the table. */
export const INSERT_LEDGER = `INSERT INTO ledger (${COLUMNS.join(', ')}) VALUES (${placeholders(COLUMNS.length)})`;

/** Appends a correction, unless one with its number is there: two that were worked out from the same rows count once. */
export const INSERT_CORRECTION = `${INSERT_LEDGER} ON CONFLICT (exchange_id, attempt, sequence) DO NOTHING`;

/** The values of {@link INSERT_LEDGER} and {@link INSERT_CORRECTION}. */
export function ledgerRow(entry: LedgerEntry): Row {
  const { counters } = entry;
  return [
    entry.exchangeId,
    entry.attempt,
    entry.correction === undefined ? 'charge' : 'correction',
    entry.correction?.sequence ?? 0,
    Math.trunc(entry.at),
    entry.priceVersion,
    ...COUNTERS.map((counter) => counters[counter]),
    entry.costNanoUsd,
    flag(entry.partial),
    flag(entry.estimated),
    flag(entry.unpriced),
    entry.priceId ?? null,
    writeTerms(entry.terms),
    entry.correction?.actor ?? null,
    entry.correction?.reason ?? null,
  ];
}

type Column = (typeof COLUMNS)[number];

function valueIn(row: Row, column: Column): SqlValue {
  return row[COLUMNS.indexOf(column)] ?? null;
}

/** The number of the attempt that a {@link ledgerRow} charges. */
export function attemptIn(row: Row): number {
  return Number(valueIn(row, 'attempt'));
}

/** What stands in the ledger of one attempt: the sums of its rows, and the number of the last one; null when there is none. */
export type Booked = { counters: Counters; costNanoUsd: number | null; unpriced: number; sequence: number | null };

/**
 * A ledger row that makes an attempt cost what `charge`, an {@link ledgerRow}, says: a correction by the difference to what is
 * booked, or the charge itself where nothing is; undefined when nothing differs.
 */
export function differenceRow(
  charge: Row,
  booked: Booked,
  { actor, reason }: Omit<Correction, 'sequence'>,
): Row | undefined {
  if (booked.sequence === null) return charge;
  const of = (column: Column): SqlValue => valueIn(charge, column);
  const counters = zeroCounters();
  for (const counter of COUNTERS) counters[counter] = Number(of(counter)) - booked.counters[counter];
  const cost = of('cost_nano_usd');
  // What has no price after all takes back what was booked; with nothing booked there is nothing to take.
  const isFree = cost === null && booked.costNanoUsd === null;
  const added = isFree ? null : Number(cost ?? 0) - (booked.costNanoUsd ?? 0);
  const priced = booked.unpriced - Number(of('unpriced'));
  if ((added ?? 0) === 0 && priced === 0 && COUNTERS.every((counter) => counters[counter] === 0)) return undefined;
  const changes: Partial<Record<Column, SqlValue>> = {
    ...counters,
    ...{ kind: 'correction', sequence: booked.sequence + 1, cost_nano_usd: added, unpriced: priced, actor, reason },
  };
  return COLUMNS.map((column) => (column in changes ? (changes[column] ?? null) : of(column)));
}

/** Terms as a column holds them. */
function writeTerms(terms: readonly string[]): string | null {
  return terms.length === 0 ? null : terms.join(' ');
}

/** Terms from their column. */
export function readTerms(column: string | null): string[] {
  return column === null ? [] : column.split(' ');
}
