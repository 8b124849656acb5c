import type pg from 'pg';
import { RecentMap } from '../../core/recent-map.ts';
import { StoreError } from '../failure.ts';
import type { Operation } from '../sqlite/protocol.ts';
import type { SqlValue } from '../tables/row.ts';
import { exchangeOf, type Outcome, writeBatch } from './batch.ts';
import type { BudgetSubjects } from './budget-subjects.ts';
import type { ColumnTypes } from './bulk-columns.ts';
import { isConnectionLoss } from './connection.ts';
import { createOpeningWriter, fitsInBulk, type Opening } from './write-openings.ts';

/** For how long the intents of a budget that had no room go step by step, in ms: one of them would hold up all others. */
const FULL_FOR_MS = 1_000;

/** Of so many budgets this is remembered. */
const MOST_FULL = 1_000;

/** What became of a batch, and the places of those operations of which nobody knows, since the connection was lost. */
export type Written = { outcomes: Outcome[]; lost: readonly number[] };

/** Writes a batch; rejects when the connection is lost before anything of it is known to be written. */
export type BulkWriter = (client: pg.Client, operations: readonly Operation[]) => Promise<Written>;

/** Operations of one kind, and their places in the batch. */
type Share<Kind> = { operations: Kind[]; places: number[] };

/**
 * What writes batches: their intents in one statement, instead of half a dozen for each in as many trips. Whatever that refuses
 * (a budget without room, an unknown one) is written again step by step, which tells what each operation comes to.
 */
export function createBulkWriter(types: ColumnTypes, budgets: Pick<BudgetSubjects, 'known'>): BulkWriter {
  const writeOpenings = createOpeningWriter(types);
  /** Budgets that had no room lately, and until when that counts, in monotonic ms. */
  const full = new RecentMap<string, number>(MOST_FULL);
  const isFull = (budgetId: string): boolean => (full.get(budgetId) ?? 0) > performance.now();

  const writeSteps = async (client: pg.Client, operations: readonly Operation[]): Promise<Outcome[]> => {
    const outcomes = await writeBatch(client, operations, false);
    for (const outcome of outcomes) {
      if (typeof outcome !== 'object' || outcome instanceof StoreError) continue;
      if (outcome.reason === 'exhausted') full.set(outcome.budgetId, performance.now() + FULL_FOR_MS);
    }
    return outcomes;
  };

  return async (client, operations) => {
    // One state of knowledge for the whole batch: what is learnt while it is written must not change what was decided by it.
    const budgetsOf = budgets.known();
    if (budgetsOf === undefined || hasSuccession(operations)) {
      return { outcomes: await writeSteps(client, operations), lost: [] };
    }
    const openings: Share<Opening> = { operations: [], places: [] };
    const others: Share<Operation> = { operations: [], places: [] };
    for (const [place, operation] of operations.entries()) {
      if (operation[0] === 'open' && fitsInBulk(operation, budgetsOf, isFull)) put(openings, operation, place);
      else put(others, operation, place);
    }
    const outcomes: Outcome[] = operations.map(() => undefined);
    const writeShare = async (share: Share<Operation>): Promise<void> => {
      const results = await writeSteps(client, share.operations);
      for (const [index, place] of share.places.entries()) outcomes[place] = results[index];
    };
    // First, since an intent may name a price that is among them.
    if (others.operations.length > 0) await writeShare(others);
    if (openings.operations.length === 0) return { outcomes, lost: [] };
    try {
      await writeOpenings(client, openings.operations, budgetsOf).catch((error: unknown) => {
        if (isConnectionLoss(error)) throw error;
        return writeShare(openings);
      });
    } catch {
      // The others are committed: a further attempt that is there must not be taken for one that was not made.
      return { outcomes, lost: openings.places };
    }
    return { outcomes, lost: [] };
  };
}

function put<Kind>(share: Share<Kind>, operation: Kind, place: number): void {
  share.operations.push(operation);
  share.places.push(place);
}

/** Whether several operations are about one exchange: then their order counts. */
function hasSuccession(operations: readonly Operation[]): boolean {
  const seen = new Set<SqlValue>();
  for (const operation of operations) {
    const exchange = exchangeOf(operation);
    if (exchange === undefined) continue;
    if (seen.has(exchange)) return true;
    seen.add(exchange);
  }
  return false;
}
