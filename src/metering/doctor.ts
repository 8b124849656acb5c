import {
  countBreaches,
  countOpenExchanges,
  listPricedRows,
  type PricedRow,
  RULE_NAMES,
  readSchemaVersion,
} from '../store/books.ts';
import type { Store } from '../store/open.ts';
import { readTerms } from '../store/tables/ledger.ts';
import { fromPinnedPrice } from './price.ts';
import { makeReceipt } from './receipt.ts';

/** One finding of the doctor; `detail` is for people. */
export type Check = { name: string; ok: boolean; detail: string };

const ROWS_PER_PAGE = 5_000;

/**
 * Proves the books (`reliability.md` G3): the data is whole, ledger = exchanges = roll-ups, every settled attempt is charged
 * once, and every receipt recomputes from its row and pinned price. Reads all of them; works beside a running server. A check that
 * cannot be made (a damaged page) is a failed check, so this never rejects.
 */
export async function checkBooks(store: Store): Promise<Check[]> {
  const checks: Check[] = [];
  const add = async (name: string, check: () => Promise<Omit<Check, 'name'>>): Promise<void> => {
    const result = await check().catch((error: unknown) => ({
      ok: false,
      detail: `could not be checked: ${error instanceof Error ? error.message : String(error)}`,
    }));
    checks.push({ name, ...result });
  };
  await add('schema', async () => ({ ok: true, detail: `version ${await readSchemaVersion(store)}` }));
  await add('data is whole', async () => {
    const damage = await store.findDamage();
    return { ok: damage.length === 0, detail: damage.length === 0 ? 'nothing found' : damage.join('; ') };
  });
  for (const rule of RULE_NAMES) {
    await add(rule, async () => {
      const { broken, example } = await countBreaches(store, rule);
      return { ok: broken === 0, detail: broken === 0 ? 'holds' : `${broken} broken, such as ${example}` };
    });
  }
  await add('every receipt recomputes', () => checkReceipts(store));
  await add('open exchanges', async () => ({
    ok: true,
    detail: `${await countOpenExchanges(store)} (live, or settled at the next start)`,
  }));
  return checks;
}

async function checkReceipts(store: Store): Promise<Omit<Check, 'name'>> {
  let checked = 0;
  const wrong: number[] = [];
  for (let after = 0; ; ) {
    const page = await listPricedRows(store, after, ROWS_PER_PAGE);
    for (const row of page) {
      if (row.cost_nano_usd !== expectedCost(row)) wrong.push(row.id);
      after = row.id;
    }
    checked += page.length;
    if (page.length < ROWS_PER_PAGE) break;
  }
  const detail = wrong.length === 0 ? `${checked} ledger rows` : `${wrong.length} wrong, such as row ${wrong[0]}`;
  return { ok: wrong.length === 0, detail };
}

/** The cost as the pinned price gives it; without a price the cost that stands there is only held to be absent or zero. */
function expectedCost(row: PricedRow): number | null {
  const { price_id: id, price_version: version, price_rates: rates } = row;
  if (id === null || version === null || rates === null) return row.cost_nano_usd === 0 ? 0 : null;
  return makeReceipt(row, fromPinnedPrice({ id, version, rates }), readTerms(row.terms)).totalNanoUsd;
}
