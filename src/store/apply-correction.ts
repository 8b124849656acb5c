import { type Asking, integerIn } from './asking.ts';
import { correctHolds } from './budget-holds.ts';
import { StoreError } from './failure.ts';
import { INSERT_CORRECTION } from './tables/ledger.ts';
import type { Row } from './tables/row.ts';

/** A correction on its way to the writer. */
export type CorrectionRows = { exchangeId: string; ledger: Row; exchange: Row; at: number };

/** An exchange is unpriced as long as a charge of it is. */
const CORRECT_EXCHANGE = `UPDATE exchanges SET cost_nano_usd = coalesce(cost_nano_usd, 0) + ?,
  unpriced = CASE WHEN (SELECT sum(CASE kind WHEN 'charge' THEN unpriced ELSE -unpriced END) FROM ledger
    WHERE exchange_id = ?) > 0 THEN 1 ELSE 0 END
  WHERE id = ? RETURNING cost_nano_usd`;

/** Adds a correction to the ledger, its exchange and its budgets; false when it was there already. */
export function* applyCorrection({ exchangeId, ledger, exchange, at }: CorrectionRows): Asking<boolean> {
  const inserted = yield { sql: `${INSERT_CORRECTION} RETURNING id`, parameters: ledger };
  if (inserted.length === 0) return false;
  const [corrected] = yield { sql: CORRECT_EXCHANGE, parameters: exchange };
  if (corrected === undefined) throw new StoreError('rejected', `exchange ${exchangeId} was never opened`);
  yield* correctHolds(exchangeId, integerIn(corrected, 'cost_nano_usd'), at);
  return true;
}
