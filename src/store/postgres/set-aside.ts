import type { HoldRequest, UnstatedHold } from '../budget-holds.ts';
import type { Operation } from '../sqlite/protocol.ts';
import { openingIn } from '../tables/exchanges.ts';
import type { Row } from '../tables/row.ts';

/** Whether any of these subjects has a hard budget, as far as is known. */
export type IsBounded = (subjects: readonly string[]) => boolean;

/**
 * What the spool keeps of an operation while the database is away; undefined: nothing, and who waits for it is refused.
 * @param isGrace whether intents are still taken.
 */
export function toSpool(operation: Operation, isBounded: IsBounded, isGrace: boolean): Operation | undefined {
  const keeping = KEPT[operation[0]];
  if (keeping === undefined || (keeping === 'for a while' && !isGrace)) return undefined;
  switch (operation[0]) {
    case 'open': {
      const [, exchange, attempt, hold] = operation;
      if (hold && isBounded(hold.subjects)) return undefined;
      return ['open', exchange, attempt, hold && taken(hold, exchange)];
    }
    case 'attempt': {
      const [, attempt, hold] = operation;
      if (typeof hold === 'object' && isBounded(hold.subjects)) return undefined;
      return ['attempt', attempt, 'made'];
    }
    default:
      return operation;
  }
}

/**
 * What the spool takes: settlements and what they need always, intents for a while. A checkpoint is worth nothing later, and who
 * waits for a change must learn that it was not made.
 */
const KEPT: Readonly<Record<Operation[0], 'always' | 'for a while' | undefined>> = {
  settle: 'always',
  attempt: 'always',
  price: 'always',
  open: 'for a while',
  checkpoint: undefined,
  correct: undefined,
  run: undefined,
  'all-or-none': undefined,
};

/** Only the database knows whether a hard budget has room. Soft ones refuse nothing: they count what it has cost, later. */
function taken({ subjects }: HoldRequest | UnstatedHold, exchange: Row): HoldRequest {
  const { id, startedAt } = openingIn(exchange);
  const nothing = { needed: 0, blocked: false, leaseUntil: startedAt };
  return { exchangeId: id, subjects, ...nothing, now: startedAt, isTaken: true };
}
