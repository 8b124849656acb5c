import type { DatabaseSync } from 'node:sqlite';
import type { BudgetRefusal } from '../../core/budget.ts';
import { applyCorrection } from '../apply-correction.ts';
import { type Asking, runAsking } from '../asking.ts';
import { raiseHolds, settleHolds, takeHolds } from '../budget-holds.ts';
import { toColumnValues } from '../column-values.ts';
import { StoreError, toFailureMessage } from '../failure.ts';
import { CHECKPOINT_ATTEMPT, INSERT_ATTEMPT, SETTLE_ATTEMPT } from '../tables/attempts.ts';
import { INSERT_EXCHANGE, SELECT_OUTCOME, SETTLE_EXCHANGE } from '../tables/exchanges.ts';
import { ADD_TO_HOURLY, createHourlySums } from '../tables/hourly.ts';
import { INSERT_LEDGER } from '../tables/ledger.ts';
import { INSERT_PRICE } from '../tables/prices.ts';
import type { Row } from '../tables/row.ts';
import { isBusy, sleepSync } from './connection.ts';
import type { BatchReply, Operation } from './protocol.ts';
import { createStatementCache } from './statements.ts';

/** How long a batch waits for a lock of another process before its operations fail, in ms (`reliability.md` S3). */
const LOCK_PATIENCE_MS = 60_000;

/** Writes batches of operations, each batch in one transaction. */
export type BatchWriter = (operations: readonly Operation[]) => BatchReply;

type Settle = Extract<Operation, ['settle', ...unknown[]]>;

/**
 * A writer on `database`. A batch is first tried as a whole; if one operation fails, the transaction is rolled back and run
 * again with each operation in a savepoint of its own, so that it fails alone. The usual case thus pays for no savepoints.
 */
export function createBatchWriter(database: DatabaseSync): BatchWriter {
  const apply = createApply(database);

  const attemptWhole = (operations: readonly Operation[]): BatchReply => {
    const reply: BatchReply = { type: 'batch', count: operations.length, failures: [], changes: [], refusals: [] };
    operations.forEach((operation, index) => {
      note(reply, index, apply.operation(operation));
    });
    apply.rollUps();
    database.exec('COMMIT');
    return reply;
  };

  const attemptEach = (operations: readonly Operation[]): BatchReply => {
    const reply: BatchReply = { type: 'batch', count: operations.length, failures: [], changes: [], refusals: [] };
    operations.forEach((operation, index) => {
      database.exec('SAVEPOINT operation');
      try {
        const result = apply.operation(operation);
        apply.rollUps();
        note(reply, index, result);
      } catch (error) {
        apply.forget();
        reply.failures.push([index, toFailureMessage(error)]);
        // A full disk or an I/O error may have ended the whole transaction: then there is nothing left to go on with.
        if (!database.isTransaction) throw error;
        database.exec('ROLLBACK TO operation');
      }
      database.exec('RELEASE operation');
    });
    database.exec('COMMIT');
    return reply;
  };

  return (operations) => {
    for (const attempt of [attemptWhole, attemptEach]) {
      try {
        beginPatiently(database);
        return attempt(operations);
      } catch (error) {
        apply.forget();
        if (database.isTransaction) database.exec('ROLLBACK');
        if (attempt === attemptEach || isBusy(error)) return allFailed(operations, error);
      }
    }
    return allFailed(operations, new StoreError('rejected', 'the batch could not be written'));
  };
}

/** What an operation has to tell: the changed rows of a `run`, or the budget that had no room for an intent. */
type Result = number | BudgetRefusal | undefined;

function note(reply: BatchReply, index: number, result: Result): void {
  if (typeof result === 'number') reply.changes.push([index, result]);
  else if (result !== undefined) reply.refusals.push([index, result]);
}

/** The operations as statements, prepared once. */
function createApply(database: DatabaseSync) {
  const insertExchange = database.prepare(INSERT_EXCHANGE);
  const insertAttempt = database.prepare(INSERT_ATTEMPT);
  const checkpointAttempt = database.prepare(CHECKPOINT_ATTEMPT);
  const insertPrice = database.prepare(INSERT_PRICE);
  const settleExchange = database.prepare(SETTLE_EXCHANGE);
  const settleAttempt = database.prepare(SETTLE_ATTEMPT);
  const insertLedger = database.prepare(INSERT_LEDGER);
  const addToHourly = database.prepare(ADD_TO_HOURLY);
  const selectOutcome = database.prepare(SELECT_OUTCOME);
  const other = createStatementCache(database);
  const hourly = createHourlySums();
  const ask = <Answer>(asking: Asking<Answer>): Answer =>
    runAsking(asking, ({ sql, parameters }) => other(sql).all(...parameters));

  const settle = ([, id, exchange, attempts, ledger, rollUps, spending]: Settle): void => {
    if (settleExchange.run(...exchange).changes === 0) {
      if (selectOutcome.get(id) === undefined) throw new StoreError('rejected', `exchange ${id} was never opened`);
      // Already settled: the same settlement came twice, and counts once.
      return;
    }
    for (const row of attempts) {
      if (settleAttempt.run(...row).changes === 0) {
        throw new StoreError('rejected', `exchange ${id} has no open attempt ${row.at(-1)}`);
      }
    }
    for (const row of ledger) insertLedger.run(...row);
    for (const row of rollUps) hourly.add(row);
    ask(settleHolds(id, spending.cost, spending.at));
  };

  const operation = (one: Operation): Result => {
    switch (one[0]) {
      case 'open': {
        // First: an intent that no budget has room for leaves nothing behind, and spoils no batch.
        const refusal = one[3] && ask(takeHolds(one[3]));
        if (refusal) return refusal;
        insertExchange.run(...one[1]);
        insertAttempt.run(...one[2]);
        return undefined;
      }
      case 'attempt': {
        const refusal = one[2] && ask(raiseHolds(one[2]));
        if (!refusal) insertAttempt.run(...one[1]);
        return refusal;
      }
      case 'checkpoint':
        checkpointAttempt.run(...one[1]);
        return undefined;
      case 'price':
        insertPrice.run(...one[1]);
        return undefined;
      case 'settle':
        settle(one);
        return undefined;
      case 'correct':
        if (ask(applyCorrection(one[1]))) hourly.add(one[2]);
        return undefined;
      case 'run':
        return Number(other(one[1]).run(...toColumnValues(one[2])).changes);
      case 'all-or-none':
        for (const [sql, parameters] of one[1]) other(sql).run(...toColumnValues(parameters));
        return undefined;
    }
  };

  const writeRollUp = (row: Row): void => {
    addToHourly.run(...row);
  };
  return { operation, rollUps: () => hourly.drain(writeRollUp), forget: () => hourly.clear() };
}

/** `BEGIN IMMEDIATE`, however long another process holds the file, within reason. */
function beginPatiently(database: DatabaseSync): void {
  const deadline = performance.now() + LOCK_PATIENCE_MS;
  for (;;) {
    try {
      database.exec('BEGIN IMMEDIATE');
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
      sleepSync(5);
    }
  }
}

function allFailed(operations: readonly Operation[], error: unknown): BatchReply {
  const failure = toFailureMessage(error);
  return {
    type: 'batch',
    count: operations.length,
    failures: operations.map((_, index) => [index, failure]),
    changes: [],
    refusals: [],
  };
}
