import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { AnswerRow } from '../asking.ts';
import { StoreError, toFailureMessage } from '../failure.ts';
import { type Answer, type Result, type Statement, stepsOf } from '../operations.ts';
import { ADD_TO_HOURLY, createHourlySums } from '../tables/hourly.ts';
import type { Row } from '../tables/row.ts';
import { isBusy, sleepSync } from './connection.ts';
import type { BatchReply, Operation } from './protocol.ts';
import { createStatementCache } from './statements.ts';

/** How long a batch waits for a lock of another process before its operations fail, in ms (`reliability.md` S3). */
const LOCK_PATIENCE_MS = 60_000;

/** Writes batches of operations, each batch in one transaction. */
export type BatchWriter = (operations: readonly Operation[]) => BatchReply;

/**
 * A writer on `database`. A batch is first tried as a whole; if one operation fails, the transaction is rolled back and run
 * again with each operation in a savepoint of its own, so that it fails alone. The usual case thus pays for no savepoints.
 */
export function createBatchWriter(database: DatabaseSync): BatchWriter {
  const apply = createApply(database);
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');

  const attemptWhole = (operations: readonly Operation[]): BatchReply => {
    const reply: BatchReply = { type: 'batch', count: operations.length, failures: [], changes: [], refusals: [] };
    operations.forEach((operation, index) => {
      note(reply, index, apply.operation(operation));
    });
    apply.rollUps();
    commit.run();
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
    commit.run();
    return reply;
  };

  return (operations) => {
    for (const attempt of [attemptWhole, attemptEach]) {
      try {
        runPatiently(begin);
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

function note(reply: BatchReply, index: number, result: Result): void {
  if (typeof result === 'number') reply.changes.push([index, result]);
  else if (result !== undefined) reply.refusals.push([index, result]);
}

/** Operations, step by step, on statements that stay prepared; roll-ups are summed until they are written. */
function createApply(database: DatabaseSync) {
  const prepared = createStatementCache(database);
  const hourly = createHourlySums();
  const answer = ({ sql, parameters }: Statement): Answer => {
    const { statement, answersRows } = prepared(sql);
    if (!answersRows) return { count: Number(statement.run(...parameters).changes), rows: NO_ROWS };
    const rows = statement.all(...parameters);
    return { count: rows.length, rows };
  };
  const operation = (one: Operation): Result => {
    const steps = stepsOf(one, hourly);
    let step = steps.next();
    while (!step.done) step = steps.next(step.value.map(answer));
    return step.value;
  };
  const writeRollUp = (row: Row): void => {
    answer({ sql: ADD_TO_HOURLY, parameters: row });
  };
  return { operation, rollUps: () => hourly.drain(writeRollUp), forget: () => hourly.clear() };
}

const NO_ROWS: readonly AnswerRow[] = [];

/** Begins a transaction, however long another process holds the file, within reason. */
function runPatiently(begin: StatementSync): void {
  const deadline = performance.now() + LOCK_PATIENCE_MS;
  for (;;) {
    try {
      begin.run();
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
