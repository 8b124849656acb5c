import { StoreError } from './failure.ts';
import type { Operation } from './operation.ts';
import { CHECKPOINT_ATTEMPT, INSERT_ATTEMPT, SETTLE_ATTEMPT } from './tables/attempts.ts';
import { INSERT_EXCHANGE, SELECT_OUTCOME, SETTLE_EXCHANGE } from './tables/exchanges.ts';
import type { HourlySums } from './tables/hourly.ts';
import { INSERT_LEDGER } from './tables/ledger.ts';
import { INSERT_PRICE } from './tables/prices.ts';

/** One statement of an operation; `reads` when it asks for rows. */
export type Statement = { sql: string; parameters: readonly unknown[]; reads: boolean };

/**
 * What an operation does, the same on every database: it yields statements that may be sent together, gets back how many rows
 * each changed (or found, when it reads), and returns the number of rows that a `run` changed. What it throws fails it alone.
 */
export type Steps = Generator<readonly Statement[], number | undefined, readonly number[]>;

/** The steps of one operation; roll-ups are left in `hourly`, to be written once per transaction. */
export function* stepsOf(operation: Operation, hourly: HourlySums): Steps {
  switch (operation[0]) {
    case 'open':
      yield [write(INSERT_EXCHANGE, operation[1]), write(INSERT_ATTEMPT, operation[2])];
      return undefined;
    case 'attempt':
      yield [write(INSERT_ATTEMPT, operation[1])];
      return undefined;
    case 'checkpoint':
      yield [write(CHECKPOINT_ATTEMPT, operation[1])];
      return undefined;
    case 'price':
      yield [write(INSERT_PRICE, operation[1])];
      return undefined;
    case 'settle':
      yield* settle(operation, hourly);
      return undefined;
    case 'run': {
      const [changes] = yield [write(operation[1], operation[2])];
      return changes;
    }
  }
}

type Settle = Extract<Operation, ['settle', ...unknown[]]>;

function* settle([, id, exchange, attempts, ledger, rollUps]: Settle, hourly: HourlySums): Steps {
  const [settled] = yield [write(SETTLE_EXCHANGE, exchange)];
  if (settled === 0) {
    const [found] = yield [{ sql: SELECT_OUTCOME, parameters: [id], reads: true }];
    if (found === 0) throw new StoreError('rejected', `exchange ${id} was never opened`);
    // Already settled: the same settlement came twice, and counts once.
    return undefined;
  }
  const ended = yield attempts.map((row) => write(SETTLE_ATTEMPT, row));
  const missing = attempts.find((_, index) => ended[index] === 0);
  if (missing !== undefined) throw new StoreError('rejected', `exchange ${id} has no open attempt ${missing.at(-1)}`);
  yield ledger.map((row) => write(INSERT_LEDGER, row));
  for (const row of rollUps) hourly.add(row);
  return undefined;
}

function write(sql: string, parameters: readonly unknown[]): Statement {
  return { sql, parameters, reads: false };
}
