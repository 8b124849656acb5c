import type { Environment } from '../config/environment.ts';
import { priceCatalogueOf } from '../gateway/wiring.ts';
import { createLedger } from '../metering/ledger.ts';
import { createConfiguredPrices } from '../metering/prices.ts';
import { unpricedPolicyOf } from '../metering/reservation.ts';
import { openStore, type StoreLocation } from '../store/open.ts';
import { configOf } from './settings.ts';

/** No process has this name: processes that serve are named otherwise. */
const RESTORER = 'restore';

/**
 * Settles, from the last checkpoints, what was open when a backup was made: the processes that had it open work on another
 * database, and nodes of this one would keep the money that it holds of hard budgets until its calls can run no more. Answers how
 * many exchanges.
 */
export async function settleCopied(environment: Environment, location: StoreLocation): Promise<number> {
  const config = configOf(environment);
  const policy = unpricedPolicyOf(config.spending.unpriced);
  const prices = await createConfiguredPrices(config, priceCatalogueOf);
  const store = await openStore(location);
  try {
    const ledger = createLedger({ store, prices, now: Date.now, node: RESTORER, unpriced: () => policy });
    return await ledger.recover(() => true);
  } finally {
    await store.close();
  }
}
