import type { Settlement } from '../store/exchanges.ts';
import { makeReceipt } from './receipt.ts';
import type { UnpricedPolicy } from './reservation.ts';

/** What a settlement costs its budgets, in nano-USD: what it is charged, and the ceiling for what has no price. */
export function budgetCostOf({ exchange, ledger }: Settlement, { policy, ceiling }: UnpricedPolicy): number {
  const charged = exchange.costNanoUsd ?? 0;
  if (policy !== 'hold' || ceiling === undefined) return charged;
  return ledger
    .filter(({ unpriced }) => unpriced)
    .reduce((sum, { counters }) => sum + makeReceipt(counters, ceiling).totalNanoUsd, charged);
}
