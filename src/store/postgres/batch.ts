import type pg from 'pg';
import { StoreError } from '../failure.ts';
import { type Answer, type Result, type Statement, type Steps, stepsOf } from '../operations.ts';
import type { Operation } from '../sqlite/protocol.ts';
import { ADD_TO_HOURLY, createHourlySums, drainInOrder } from '../tables/hourly.ts';
import type { SqlValue } from '../tables/row.ts';
import { isAftermath, isConnectionLoss, isDuplicate, isTransient, toStoreError } from './connection.ts';
import { numbered } from './placeholders.ts';

/** What became of an operation: its result, or why it failed. */
export type Outcome = Result | StoreError;

const NOTHING: Answer = { count: 0, rows: [] };

/** How often a batch, or an operation alone, is tried that lost a deadlock. */
const TRIES = 3;

/**
 * Writes a batch in one transaction. It is first tried as a whole; if an operation fails, each is run again in a savepoint of
 * its own, so that it fails alone. Where it loses deadlocks, its operations are transactions of their own: each of them takes
 * rows in one order, which many together do not. With `repeated` the batch may have been written before, when its connection
 * broke: an intent that is there already is then no failure.
 * Rejects when the connection is lost; the batch is then written or not.
 */
export async function writeBatch(
  client: pg.Client,
  operations: readonly Operation[],
  repeated: boolean,
): Promise<Outcome[]> {
  for (let tries = 1; tries <= TRIES; tries++) {
    try {
      return await writeWhole(client, operations);
    } catch (error) {
      await rollBack(client);
      if (isConnectionLoss(error)) throw error;
      if (!isTransient(error)) return writeEach(client, operations, repeated);
    }
  }
  const outcomes: Outcome[] = [];
  for (const operation of operations) outcomes.push(await writeAlone(client, operation, repeated));
  return outcomes;
}

/** An operation in a transaction of its own. */
async function writeAlone(client: pg.Client, operation: Operation, repeated: boolean): Promise<Outcome> {
  for (let tries = 1; ; tries++) {
    try {
      const [outcome] = await writeWhole(client, [operation]);
      return outcome;
    } catch (error) {
      await rollBack(client);
      if (isConnectionLoss(error)) throw error;
      if (isTransient(error) && tries < TRIES) continue;
      return repeated && isThere(operation, error) ? undefined : toStoreError(error);
    }
  }
}

/** Whether an operation failed only because transactions of others were in its way. */
export function isHeldUp(outcome: Outcome): boolean {
  return outcome instanceof StoreError && isTransient(outcome.cause);
}

/** All operations step by step together: the statements of one step of all travel at once, in the order of the operations. */
async function writeWhole(client: pg.Client, operations: readonly Operation[]): Promise<Outcome[]> {
  const hourly = createHourlySums();
  const outcomes: Outcome[] = operations.map(() => undefined);
  const begun = client.query('BEGIN');
  // Waited for below; until then what follows it tells of the same failure.
  begun.catch(() => undefined);
  for (const wave of wavesOf(operations)) {
    const started = wave.map(({ index, operation }) => {
      const steps = stepsOf(operation, hourly);
      return { index, steps, step: steps.next() };
    });
    await drive(client, started, outcomes);
  }
  await begun;
  const ending = drainInOrder(hourly).map((row) => run(client, { sql: ADD_TO_HOURLY, parameters: row }));
  await allOf([...ending, client.query('COMMIT').then(() => NOTHING)]);
  return outcomes;
}

/**
 * Operations that can go step by step together, each with its place: of each exchange one at a time, in their order. A settlement out of
 * the spool stands in one batch with its intent, which may have budgets to ask before it writes the row that is to be settled.
 */
function wavesOf(operations: readonly Operation[]): { index: number; operation: Operation }[][] {
  const waves: { index: number; operation: Operation }[][] = [];
  const seen = new Map<SqlValue, number>();
  for (const [index, operation] of operations.entries()) {
    const exchange = exchangeOf(operation);
    const wave = exchange === undefined ? 0 : (seen.get(exchange) ?? 0);
    if (exchange !== undefined) seen.set(exchange, wave + 1);
    const together = waves[wave];
    if (together) together.push({ index, operation });
    else waves.push([{ index, operation }]);
  }
  return waves;
}

/** The id of the exchange that an operation opens, goes on with, or ends. */
export function exchangeOf(operation: Operation): SqlValue | undefined {
  switch (operation[0]) {
    case 'open':
    case 'attempt':
      return operation[1][0];
    case 'settle':
      return operation[1];
    default:
      return undefined;
  }
}

type Going = { index: number; steps: Steps; step: IteratorResult<readonly Statement[], Result> };

async function drive(client: pg.Client, started: Going[], outcomes: Outcome[]): Promise<void> {
  let going = started;
  while (going.length > 0) {
    const sent = going.map(({ step }) => (step.done ? [] : step.value.map((statement) => run(client, statement))));
    await allOf(sent.flat());
    const next: Going[] = [];
    for (const [place, one] of going.entries()) {
      if (one.step.done) {
        outcomes[one.index] = one.step.value;
        continue;
      }
      next.push({ ...one, step: one.steps.next(await Promise.all(sent[place] ?? [])) });
    }
    going = next;
  }
}

async function writeEach(client: pg.Client, operations: readonly Operation[], repeated: boolean): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  await client.query('BEGIN');
  for (const operation of operations) {
    await client.query('SAVEPOINT operation');
    try {
      outcomes.push(await writeOne(client, operation));
    } catch (error) {
      if (isConnectionLoss(error)) throw error;
      await client.query('ROLLBACK TO operation');
      outcomes.push(repeated && isThere(operation, error) ? undefined : toStoreError(error));
    }
    await client.query('RELEASE operation');
  }
  await client.query('COMMIT');
  return outcomes;
}

/** Whether an intent failed because it was written before, or because others have settled its exchange since. */
function isThere([kind]: Operation, error: unknown): boolean {
  return (kind === 'open' && isDuplicate(error)) || (kind === 'attempt' && !isTransient(error));
}

async function writeOne(client: pg.Client, operation: Operation): Promise<Result> {
  const hourly = createHourlySums();
  const steps = stepsOf(operation, hourly);
  let step = steps.next();
  while (!step.done) step = steps.next(await allOf(step.value.map((statement) => run(client, statement))));
  await allOf(drainInOrder(hourly).map((row) => run(client, { sql: ADD_TO_HOURLY, parameters: row })));
  return step.value;
}

async function run(client: pg.Client, { sql, parameters }: Statement): Promise<Answer> {
  const result = await client.query({ ...numbered(sql), values: [...parameters] });
  return { count: result.rowCount ?? 0, rows: result.rows };
}

/** Waits for all, so that no answer comes when nobody listens, and throws the failure that caused the others. */
async function allOf(answers: readonly Promise<Answer>[]): Promise<Answer[]> {
  const settled = await Promise.allSettled(answers);
  const failures = settled.filter((one) => one.status === 'rejected').map(({ reason }): unknown => reason);
  if (failures.length > 0) throw failures.find((reason) => !isAftermath(reason)) ?? failures[0];
  return settled.map((one) => (one.status === 'fulfilled' ? one.value : NOTHING));
}

async function rollBack(client: pg.Client): Promise<void> {
  await client.query('ROLLBACK').catch(() => undefined);
}
