import type pg from 'pg';
import type { Operation } from '../sqlite/protocol.ts';
import { type Outcome, writeBatch } from './batch.ts';
import type { BudgetSubjects } from './budget-subjects.ts';
import type { ColumnTypes } from './bulk-columns.ts';
import { isConnectionLoss } from './connection.ts';
import { fitsInBulk, type Opening, writeOpenings } from './write-openings.ts';
import { type Settling, writeSettlements } from './write-settlements.ts';

/** What bulk writing has to know beforehand. */
export type BulkKnowledge = { types: ColumnTypes; budgets: Pick<BudgetSubjects, 'of'> };

/** Operations of one kind, and their places in the batch. */
type Share<Kind> = { operations: Kind[]; places: number[] };

/**
 * Writes a batch: its intents in one statement, its settlements in another, both sent at once, instead of a dozen statements for
 * each exchange in half a dozen trips. Whatever one of the two refuses (a budget without room, a settlement that came twice) is
 * written again step by step, which tells what each operation comes to. Rejects as {@link writeBatch}.
 */
export async function writeInBulk(
  client: pg.Client,
  operations: readonly Operation[],
  { types, budgets }: BulkKnowledge,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = operations.map(() => undefined);
  const openings: Share<Opening> = { operations: [], places: [] };
  const settlements: Share<Settling> = { operations: [], places: [] };
  const others: Share<Operation> = { operations: [], places: [] };
  for (const [place, operation] of operations.entries()) {
    if (operation[0] === 'open' && fitsInBulk(operation, budgets.of)) put(openings, operation, place);
    else if (operation[0] === 'settle') put(settlements, operation, place);
    else put(others, operation, place);
  }
  const writeSteps = async (share: Share<Operation>): Promise<void> => {
    const results = await writeBatch(client, share.operations, false);
    for (const [index, place] of share.places.entries()) outcomes[place] = results[index];
  };
  // First, since an intent may name a price that is among them.
  if (others.operations.length > 0) await writeSteps(others);
  const sent: { share: Share<Operation>; writing: Promise<void> }[] = [];
  if (openings.operations.length > 0) {
    const budgetsOf = (subjects: readonly string[]) => budgets.of(subjects) ?? [];
    sent.push({ share: openings, writing: writeOpenings(client, types, openings.operations, budgetsOf) });
  }
  if (settlements.operations.length > 0) {
    sent.push({ share: settlements, writing: writeSettlements(client, types, settlements.operations) });
  }
  const results = await Promise.allSettled(sent.map(({ writing }) => writing));
  for (const [index, result] of results.entries()) {
    const share = sent[index]?.share;
    if (result.status === 'fulfilled' || share === undefined) continue;
    if (isConnectionLoss(result.reason)) throw result.reason;
    await writeSteps(share);
  }
  return outcomes;
}

function put<Kind>(share: Share<Kind>, operation: Kind, place: number): void {
  share.operations.push(operation);
  share.places.push(place);
}
