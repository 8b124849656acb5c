import { StoreError } from '../failure.ts';
import type { Result } from '../operations.ts';
import type { Operation } from '../sqlite/protocol.ts';
import type { WriterClient } from '../sqlite/writer-client.ts';
import type { WithoutDatabase } from '../store.ts';
import { isHeldUp, writeBatch } from './batch.ts';
import type { BudgetSubjects } from './budget-subjects.ts';
import type { ColumnTypes } from './bulk-columns.ts';
import { isConnectionLoss, toStoreError } from './connection.ts';
import type { Link } from './link.ts';
import { toSpool } from './set-aside.ts';
import { createSettlementLane } from './settlement-lane.ts';
import type { Spool } from './spool.ts';
import { createBulkWriter } from './write-in-bulk.ts';
import { createSettlementWriter } from './write-settlements.ts';

/** Above this many waiting operations new work is refused. */
const MAX_WAITING = 100_000;

/** Operations of one transaction at most: the others of a crowd then wait for a commit less long. */
const MAX_BATCH = 500;

type Waiting = { operation: Operation; resolve: (outcome: Result) => void; reject: (error: Error) => void };

/** What a writer works with. */
type WriterParts = {
  link: Link;
  /** Opens the connection for settlements. */
  openSettlementLink: () => Link;
  spool: Spool;
  types: ColumnTypes;
  budgets: Pick<BudgetSubjects, 'hasHard' | 'known'>;
  /** How long intents are taken while the database is down, in ms (`reliability.md` §2.5). */
  grace: number;
};

/** The writing end of a PostgreSQL store, and what it knows of the database's health. */
export type PostgresWriter = WriterClient & {
  /** Has to be called when the database is back: what was spooled is then written. */
  wake(): void;
  /** Operations that were spooled and then refused by the database. */
  refusedAfterSpool(): number;
  /** What was done while the database was away, as it goes on. */
  readonly withoutDatabase: Readonly<WithoutDatabase>;
};

/**
 * Writes operations over two connections, one of them for settlements alone. Group commit: what is queued while a transaction
 * runs is written in the next one. While the database is down, what must not be lost goes to the spool, and resolves once it is
 * on the disk; when the database is back the spool is written first, so that operations keep their order.
 */
export function createWriter(parts: WriterParts): PostgresWriter {
  const { link, spool, types, budgets, grace } = parts;
  const writeInBulk = createBulkWriter(types, budgets);
  let queue: Waiting[] = [];
  let taken = 0;
  let refused = 0;
  const withoutDatabase: WithoutDatabase = { begun: 0, settled: 0, refused: 0 };
  let pumping: Promise<void> | undefined;
  let closed = false;

  const pump = async (): Promise<void> => {
    // One turn of the event loop, so that all that it queues travels together.
    await new Promise((resolve) => setImmediate(resolve));
    for (;;) {
      const client = link.client();
      if (client !== undefined && spool.size() > 0) await replay(client);
      const batch = queue.slice(0, MAX_BATCH);
      queue = queue.slice(MAX_BATCH);
      taken = batch.length;
      if (batch.length > 0) await (client === undefined || spool.size() > 0 ? setAside(batch) : write(batch, client));
      taken = 0;
      if (queue.length === 0 && (spool.size() === 0 || link.client() === undefined)) return;
    }
  };

  const replay = async (client: Client): Promise<void> => {
    try {
      await spool.replaySome(async (operations) => {
        // Nobody would try one of these again: all of them once more, of which those that are written count once.
        let outcomes = await writeBatch(client, operations, true);
        while (outcomes.some(isHeldUp)) outcomes = await writeBatch(client, operations, true);
        refused += outcomes.filter((outcome) => outcome instanceof StoreError).length;
      });
    } catch (error) {
      if (!isConnectionLoss(error)) throw error;
      link.lost(client);
    }
  };

  const write = async (batch: readonly Waiting[], client: Client): Promise<void> => {
    const operations = batch.map(({ operation }) => operation);
    const { outcomes, lost } = await writeInBulk(client, operations).catch(() => ({
      outcomes: [],
      lost: [...batch.keys()],
    }));
    const isLost = new Set(lost);
    batch.forEach(({ resolve, reject }, index) => {
      const outcome = outcomes[index];
      if (isLost.has(index)) return;
      if (outcome instanceof StoreError) reject(outcome);
      else resolve(outcome);
    });
    if (lost.length === 0) return;
    link.lost(client);
    await setAside(batch.filter((_, index) => isLost.has(index)));
  };

  /** Spools what must be kept; the rest is refused, or dropped where nobody waits for it. */
  const setAside = async (batch: readonly Waiting[]): Promise<void> => {
    const isGrace = performance.now() - (link.downSince() ?? performance.now()) <= grace;
    const unavailable = new StoreError('unavailable', 'the database cannot be reached at the moment');
    const kept: Waiting[] = [];
    for (const waiting of batch) {
      const operation = toSpool(waiting.operation, budgets.hasHard, isGrace);
      if (operation !== undefined) kept.push({ ...waiting, operation });
      else refuse(waiting, unavailable);
    }
    if (kept.length === 0) return;
    try {
      await spool.append(kept.map(({ operation }) => operation));
    } catch (error) {
      for (const waiting of kept) refuse(waiting, toStoreError(error));
      return;
    }
    for (const { operation, resolve } of kept) {
      if (operation[0] === 'open') withoutDatabase.begun += 1;
      if (operation[0] === 'settle') withoutDatabase.settled += 1;
      resolve(undefined);
    }
  };

  const refuse = ({ operation, reject }: Waiting, error: StoreError): void => {
    if (operation[0] === 'open') withoutDatabase.refused += 1;
    reject(error);
  };

  const wake = (): void => {
    pumping ??= pump().finally(() => {
      pumping = undefined;
      if (queue.length > 0) wake();
    });
  };

  const refusalOf = (operation: Operation): StoreError | undefined => {
    if (closed) return new StoreError('closed', 'the store is closed');
    if (depth() < MAX_WAITING || operation[0] === 'settle') return undefined;
    return new StoreError('overloaded', `${MAX_WAITING} operations wait to be written`);
  };

  const add = (waiting: Waiting): void => {
    const refusal = refusalOf(waiting.operation);
    if (refusal === undefined) enqueue(waiting);
    else waiting.reject(refusal);
  };

  const enqueue = (waiting: Waiting): void => {
    const { operation } = waiting;
    if (operation[0] === 'settle' && lane.take({ ...waiting, operation })) return;
    queueUp(waiting);
  };

  const queueUp = (waiting: Waiting): void => {
    queue.push(waiting);
    wake();
  };

  const lane = createSettlementLane({
    openLink: parts.openSettlementLink,
    writeSettlements: createSettlementWriter(types),
    isOpen: () => spool.size() === 0 && link.client() !== undefined,
    handOver: queueUp,
  });

  const submit = (operation: Operation): Promise<Result> =>
    new Promise((resolve, reject) => add({ operation, resolve, reject }));
  const depth = (): number => queue.length + taken + lane.depth();
  const flush = async (): Promise<void> => {
    await lane.flush();
    while (pumping !== undefined && depth() > 0) await pumping;
  };

  return {
    submit: async (operation) => {
      const result = await submit(operation);
      return typeof result === 'number' ? undefined : result;
    },
    post: (operation) => {
      submit(operation).catch(() => undefined);
    },
    run: async ({ sql, parameters }) => {
      const changes = await submit(['run', sql, parameters]);
      return typeof changes === 'number' ? changes : 0;
    },
    runTogether: async (statements) => {
      await submit(['all-or-none', statements.map(({ sql, parameters }) => [sql, parameters])]);
    },
    flush,
    depth,
    close: async () => {
      closed = true;
      await flush();
      await lane.close();
      await link.close();
      await spool.close();
    },
    wake,
    refusedAfterSpool: () => refused,
    withoutDatabase,
  };
}

type Client = NonNullable<ReturnType<Link['client']>>;
