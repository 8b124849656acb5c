import type { Worker } from 'node:worker_threads';
import type { BudgetRefusal } from '../../core/budget.ts';
import type { Durability } from '../../core/durability.ts';
import { StoreError } from '../failure.ts';
import type { BatchReply, Operation, WriterReply } from './protocol.ts';
import { startWorker } from './worker.ts';

/** Above this many waiting operations new work is refused (`reliability.md` S3: the queue is bounded). */
const MAX_WAITING = 100_000;

/**
 * How long a settlement may wait for company, in ms: nobody waits for it, and a transaction of one costs nearly what one of ten
 * does, at the expense of the intents behind it. Until it is committed, recovery would settle its exchange.
 */
const SETTLEMENT_PATIENCE = 8;

/** So many settlements wait for no more company. */
const ENOUGH_SETTLEMENTS = 64;

/** A statement to run, as Kysely compiles it. */
type Statement = { readonly sql: string; readonly parameters: readonly unknown[] };

/** The main thread's end of the writer thread. */
export type WriterClient = {
  /**
   * Queues an operation; resolves once its transaction is committed. All operations of one event-loop turn travel together;
   * settlements wait a few ms for others, so that they share a transaction and stand in the way of few intents.
   * Settlements are always taken; other operations reject with StoreError `overloaded` when too many wait. An intent that a
   * budget has no room for is not written: that is no failure, and answered as what it is.
   */
  submit(operation: Operation): Promise<BudgetRefusal | undefined>;
  /** Queues an operation whose fate nobody waits for; dropped when too many wait. */
  post(operation: Operation): void;
  /** Runs one statement in the next transaction; resolves to the number of changed rows. */
  run(statement: Statement): Promise<number>;
  /** Runs statements in one transaction, all or none of them. */
  runTogether(statements: readonly Statement[]): Promise<void>;
  /** Resolves when all that was queued before has been committed or has failed. */
  flush(): Promise<void>;
  /** Operations queued and not yet committed. */
  depth(): number;
  /** Writes what is queued, closes the file and ends the thread. */
  close(): Promise<void>;
};

/** Told the changed rows of a statement and the refusal of an intent. */
type Waiter = {
  resolve: (changes: number, refusal: BudgetRefusal | undefined) => void;
  reject: (error: Error) => void;
};

/** Starts the writer thread; resolves when the file is open and its schema up to date. */
export function startWriter(file: string, durability: Durability): Promise<WriterClient> {
  const worker = startWorker('writer-worker', { file, durability });
  const queue = createQueue(worker);
  return new Promise((resolve, reject) => {
    worker.on('message', (reply: WriterReply) => {
      switch (reply.type) {
        case 'batch':
          return queue.answer(reply);
        case 'ready':
          return resolve(createClient(worker, queue));
        case 'refused':
          return reject(new StoreError(...reply.failure));
      }
    });
    worker.on('error', (error) => {
      queue.fail(new StoreError('closed', `the writer thread died: ${error.message}`, { cause: error }));
      reject(error);
    });
    worker.on('exit', () => queue.fail(new StoreError('closed', 'the store is closed')));
  });
}

function createClient(worker: Worker, queue: Queue): WriterClient {
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const discard = (): void => undefined;
  return {
    submit: (operation) =>
      new Promise((resolve, reject) => {
        // A settlement frees what an intent has taken: refusing it would lose a row.
        queue.add(operation, { resolve: (_, refusal) => resolve(refusal), reject }, operation[0] === 'settle');
      }),
    post: (operation) => queue.add(operation, { resolve: discard, reject: discard }, false),
    run: ({ sql, parameters }) =>
      new Promise((resolve, reject) => queue.add(['run', sql, parameters], { resolve, reject }, false)),
    runTogether: (statements) =>
      new Promise((resolve, reject) => {
        const operation: Operation = ['all-or-none', statements.map(({ sql, parameters }) => [sql, parameters])];
        queue.add(operation, { resolve: () => resolve(), reject }, false);
      }),
    flush: () => queue.flush(),
    depth: () => queue.depth(),
    close: () => {
      queue.sendAll();
      queue.fail(undefined);
      worker.postMessage('close');
      return ended;
    },
  };
}

function overloaded(): StoreError {
  return new StoreError('overloaded', `${MAX_WAITING} operations wait to be written`);
}

type Queue = ReturnType<typeof createQueue>;

/** Operations in the order of sending, and who waits for them. The writer answers in that order. */
function createQueue(worker: Worker) {
  let unsent: Operation[] = [];
  let waiters: (Waiter | undefined)[] = [];
  let answered = 0;
  let sendPlanned = false;
  let settlements: [Operation, Waiter][] = [];
  let settlementsLeave: NodeJS.Timeout | undefined;
  let closedBy: StoreError | undefined;

  const depth = (): number => waiters.length - answered + settlements.length;

  const send = (): void => {
    sendPlanned = false;
    if (unsent.length === 0) return;
    worker.postMessage(unsent);
    unsent = [];
  };

  const sendSoon = (): void => {
    if (sendPlanned) return;
    sendPlanned = true;
    setImmediate(send);
  };

  /** Puts the settlements that wait behind all that was queued before. */
  const joinSettlements = (): void => {
    clearTimeout(settlementsLeave);
    settlementsLeave = undefined;
    for (const [operation, waiter] of settlements) {
      unsent.push(operation);
      waiters.push(waiter);
    }
    settlements = [];
  };

  const sendSettlements = (): void => {
    joinSettlements();
    sendSoon();
  };

  const add = (operation: Operation, waiter: Waiter, always: boolean): void => {
    const refusal = closedBy ?? (depth() >= MAX_WAITING && !always ? overloaded() : undefined);
    if (refusal !== undefined) {
      waiter.reject(refusal);
      return;
    }
    if (operation[0] === 'settle') {
      settlements.push([operation, waiter]);
      if (settlements.length >= ENOUGH_SETTLEMENTS) sendSettlements();
      else settlementsLeave ??= setTimeout(sendSettlements, SETTLEMENT_PATIENCE);
      return;
    }
    unsent.push(operation);
    waiters.push(waiter);
    sendSoon();
  };

  const answer = (reply: BatchReply): void => {
    const failures = new Map(reply.failures);
    const changes = new Map(reply.changes);
    const refusals = new Map(reply.refusals);
    for (let index = 0; index < reply.count; index += 1) {
      const waiter = waiters[answered];
      // Let go at once: it holds all of its exchange, and under load the list is long before it is cut.
      waiters[answered] = undefined;
      answered += 1;
      const failure = failures.size === 0 ? undefined : failures.get(index);
      if (failure === undefined) waiter?.resolve(changes.get(index) ?? 0, refusals.get(index));
      else waiter?.reject(new StoreError(...failure));
    }
    if (answered === waiters.length || answered > 4_096) {
      waiters = waiters.slice(answered);
      answered = 0;
    }
  };

  /** Refuses all later operations; with a reason also those that wait. */
  const fail = (reason: StoreError | undefined): void => {
    closedBy ??= reason ?? new StoreError('closed', 'the store is closed');
    if (reason === undefined) return;
    joinSettlements();
    const abandoned = waiters.slice(answered);
    unsent = [];
    waiters = [];
    answered = 0;
    for (const waiter of abandoned) waiter?.reject(reason);
  };

  const flush = (): Promise<void> => {
    if (settlements.length > 0) sendSettlements();
    const last = waiters.at(-1);
    if (last === undefined || depth() === 0) return Promise.resolve();
    return new Promise((resolve) => {
      // Operations are answered in order, so the last one stands for all before it.
      waiters[waiters.length - 1] = {
        resolve: (changes, refusal) => {
          last.resolve(changes, refusal);
          resolve();
        },
        reject: (error) => {
          last.reject(error);
          resolve();
        },
      };
    });
  };

  const sendAll = (): void => {
    joinSettlements();
    send();
  };

  return { add, sendAll, answer, fail, flush, depth };
}
