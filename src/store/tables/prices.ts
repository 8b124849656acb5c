import type { Row } from './row.ts';

/** A price as it is pinned to attempts: an immutable row named by the hash of what it says. */
export type PinnedPrice = {
  id: string;
  /** Which catalogue and overrides it came from. */
  version: string;
  /** The rates, as metering writes them. */
  rates: string;
};

/** Keeps a price that attempts refer to; the same price again changes nothing. Takes a {@link priceRow}. */
export const INSERT_PRICE = 'INSERT INTO prices (id, version, rates) VALUES (?, ?, ?) ON CONFLICT DO NOTHING';

/** The values of {@link INSERT_PRICE}. */
export function priceRow(price: PinnedPrice): Row {
  return [price.id, price.version, price.rates];
}
