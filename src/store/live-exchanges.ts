import { sql } from 'kysely';
import { type ExchangeSummary, findExchanges } from './exchange-pages.ts';
import { firstIdAt } from './first-id.ts';
import type { Store } from './open.ts';
import { query } from './query.ts';

/** Exchanges that are shown of one look at most. */
const MOST_AT_ONCE = 200;

/** Rows of the ledger that a look goes back over: several nodes number them before they commit them. */
const OVERLAP = 200;

/** How long an exchange may be in coming after its id was made, in ms. */
const LATENESS = 5_000;

/** Up to where something has been looked at. */
export type LookedUpTo = { ledgerRow: number; openedAt: number };

/** Exchanges that were opened, settled or corrected since the last look, in no order, and where the next look begins. */
export async function lookAtExchanges(
  store: Store,
  { ledgerRow, openedAt }: LookedUpTo,
  now: number,
): Promise<{ rows: ExchangeSummary[]; next: LookedUpTo }> {
  const [settled, opened] = await Promise.all([
    store.reports.all(
      sql<{ row: number; id: string }>`SELECT max(id) AS row, exchange_id AS id FROM ledger
        WHERE id > ${ledgerRow - OVERLAP} GROUP BY exchange_id ORDER BY row DESC LIMIT ${MOST_AT_ONCE}`.compile(query),
    ),
    store.reports.all(
      sql<{ id: string }>`SELECT id FROM exchanges WHERE id >= ${firstIdAt(openedAt - LATENESS)}
        ORDER BY id DESC LIMIT ${MOST_AT_ONCE}`.compile(query),
    ),
  ]);
  const ids = new Set([...settled, ...opened].map(({ id }) => id));
  const newestRow = settled.reduce((newest, { row }) => Math.max(newest, row), ledgerRow);
  return { rows: await findExchanges(store, [...ids]), next: { ledgerRow: newestRow, openedAt: now } };
}

/** Where the ledger ends now. */
export async function findLedgerEnd(store: Store): Promise<number> {
  const [row] = await store.reports.all(
    sql<{ last: number }>`SELECT coalesce(max(id), 0) AS last FROM ledger`.compile(query),
  );
  return row?.last ?? 0;
}
