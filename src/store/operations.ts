import type { BudgetRefusal } from '../core/budget.ts';
import { applyCorrection } from './apply-correction.ts';
import type { AnswerRow, Asking } from './asking.ts';
import { raiseHolds, settleHolds, takeHolds } from './budget-holds.ts';
import { type ColumnValue, toColumnValues } from './column-values.ts';
import { StoreError } from './failure.ts';
import { settleLate } from './settle-late.ts';
import type { Operation } from './sqlite/protocol.ts';
import { CHECKPOINT_ATTEMPT, INSERT_ATTEMPT, SETTLE_ATTEMPT } from './tables/attempts.ts';
import { INSERT_EXCHANGE, KEEP_OPEN, SELECT_OUTCOME, SETTLE_EXCHANGE } from './tables/exchanges.ts';
import type { HourlySums } from './tables/hourly.ts';
import { INSERT_LEDGER } from './tables/ledger.ts';
import { INSERT_PRICE } from './tables/prices.ts';

/** One statement of an operation. */
export type Statement = { sql: string; parameters: readonly ColumnValue[] };

/** How many rows a statement changed or found, and those that it answers. */
export type Answer = { count: number; rows: readonly AnswerRow[] };

/** What an operation has to tell: the changed rows of a `run`, or the budget that had no room for an intent. */
export type Result = number | BudgetRefusal | undefined;

/**
 * What an operation does: it yields statements that may be sent together, gets back their answers, and returns its result. What
 * it throws fails it alone.
 */
export type Steps = Generator<readonly Statement[], Result, readonly Answer[]>;

/** The steps of one operation; roll-ups are left in `hourly`, to be written once per transaction. */
export function* stepsOf(operation: Operation, hourly: HourlySums): Steps {
  switch (operation[0]) {
    case 'open': {
      const refusal = operation[3] && (yield* ask(takeHolds(operation[3])));
      if (refusal) return refusal;
      yield [statement(INSERT_EXCHANGE, operation[1]), statement(INSERT_ATTEMPT, operation[2])];
      return undefined;
    }
    case 'attempt': {
      if (operation[2] === 'made') {
        yield [statement(INSERT_ATTEMPT, operation[1])];
        return undefined;
      }
      const [kept] = yield [statement(KEEP_OPEN, [operation[1][0] ?? null])];
      if (kept?.count === 0) throw new StoreError('rejected', `exchange ${operation[1][0]} is not open any more`);
      const refusal = operation[2] && (yield* ask(raiseHolds(operation[2])));
      if (refusal) return refusal;
      yield [statement(INSERT_ATTEMPT, operation[1])];
      return undefined;
    }
    case 'checkpoint':
      yield [statement(CHECKPOINT_ATTEMPT, operation[1])];
      return undefined;
    case 'price':
      yield [statement(INSERT_PRICE, operation[1])];
      return undefined;
    case 'settle':
      return yield* settle(operation, hourly);
    case 'correct':
      if (yield* ask(applyCorrection(operation[1]))) hourly.add(operation[2]);
      return undefined;
    case 'run': {
      const [answer] = yield [statement(operation[1], toColumnValues(operation[2]))];
      return answer?.count;
    }
    case 'all-or-none':
      yield operation[1].map(([sql, parameters]) => statement(sql, toColumnValues(parameters)));
      return undefined;
  }
}

type Settle = Extract<Operation, ['settle', ...unknown[]]>;

function* settle([, id, exchange, attempts, ledger, rollUps, spending]: Settle, hourly: HourlySums): Steps {
  const [settled] = yield [statement(SETTLE_EXCHANGE, exchange)];
  if (settled?.count === 0) {
    const [found] = yield [statement(SELECT_OUTCOME, [id])];
    const outcome = found?.rows[0]?.['outcome'];
    if (outcome === undefined) throw new StoreError('rejected', `exchange ${id} was never opened`);
    if (outcome === null) throw new StoreError('rejected', `exchange ${id} was opened after its settlement`);
    // Settled by others, for a process that lives after all; or the same settlement came twice, and counts once.
    yield* ask(settleLate(id, { exchange, attempts, ledger, rollUps, spending }, hourly));
    return undefined;
  }
  const ended = yield attempts.map((row) => statement(SETTLE_ATTEMPT, row));
  const missing = attempts.find((_, index) => ended[index]?.count === 0);
  if (missing !== undefined) throw new StoreError('rejected', `exchange ${id} has no open attempt ${missing.at(-1)}`);
  yield ledger.map((row) => statement(INSERT_LEDGER, row));
  for (const row of rollUps) hourly.add(row);
  yield* ask(settleHolds(id, spending.cost, spending.at));
  return undefined;
}

/** A procedure as steps of one statement each. */
function* ask<Told>(asking: Asking<Told>): Generator<readonly Statement[], Told, readonly Answer[]> {
  let step = asking.next();
  while (!step.done) {
    const [answer] = yield [step.value];
    step = asking.next(answer?.rows ?? []);
  }
  return step.value;
}

function statement(sql: string, parameters: readonly ColumnValue[]): Statement {
  return { sql, parameters };
}
