import type { BudgetRefusal } from '../../core/budget.ts';
import type { Durability } from '../../core/durability.ts';
import type { CorrectionRows } from '../apply-correction.ts';
import type { HoldRequest, UnstatedHold } from '../budget-holds.ts';
import type { FailureMessage } from '../failure.ts';
import type { Row } from '../tables/row.ts';

/**
 * What the main thread posts to the writer: an array of these per event-loop turn. They are nested plain arrays because those
 * cost least to clone (0.7 us per exchange, against 1.3 us as JSON and 3 us as one flat array).
 */
export type Operation =
  /** Intent of an exchange with its first attempt, and what it holds of its budgets: written only where that fits. */
  | ['open', exchange: Row, attempt: Row, hold: HoldRequest | UnstatedHold | undefined]
  /** Intent of a further attempt; `made` while the database was away, and to be entered whatever became of its exchange since. */
  | ['attempt', attempt: Row, hold: HoldRequest | 'made' | undefined]
  | ['checkpoint', attempt: Row]
  /** A price that attempts of this or later batches refer to. */
  | ['price', price: Row]
  | ['settle', id: string, exchange: Row, attempts: Row[], ledger: Row[], hourly: Row[], spending: Spending]
  /** A correction: its ledger row, its exchange and its roll-up; nothing when it is there already. */
  | ['correct', correction: CorrectionRows, hourly: Row]
  /** Any other statement; answers the number of changed rows. */
  | ['run', sql: string, parameters: readonly unknown[]]
  /** Other statements, all or none of them. */
  | ['all-or-none', statements: [sql: string, parameters: readonly unknown[]][]];

/** What an exchange costs its budgets, in nano-USD, and when (Unix ms). */
export type Spending = { cost: number; at: number };

/** The writer's answer to all operations that it committed together. */
export type BatchReply = {
  type: 'batch';
  /** How many operations, in the order in which they were posted. */
  count: number;
  /** Those that failed, by their place in the batch. */
  failures: [index: number, failure: FailureMessage][];
  /** Rows changed by each `run`, by their place in the batch. */
  changes: [index: number, changes: number][];
  /** Intents that a budget had no room for, by their place in the batch: nothing of them is written. */
  refusals: [index: number, refusal: BudgetRefusal][];
};

/** What the writer posts. */
export type WriterReply = { type: 'ready' } | { type: 'refused'; failure: FailureMessage } | BatchReply;

/** What the main thread posts to the writer. `close` is answered by the end of the thread. */
export type WriterRequest = Operation[] | 'close';

/** What the main thread posts to the reader; `open` is sent once the writer has made the schema. */
export type ReaderRequest = { id: number; sql: string; parameters: readonly unknown[] } | 'open' | 'close';

/**
 * What the reader posts. The type of a query's rows is known to the query alone, so here they are `never`, which fits any
 * handler; the store's queries state it (checked against the schema by Kysely, or written beside the SQL).
 */
export type ReaderReply =
  | { type: 'ready' }
  | { type: 'refused'; failure: FailureMessage }
  | { type: 'rows'; id: number; rows: never[] }
  | { type: 'failed'; id: number; failure: FailureMessage };

/** What a worker is started with. */
export type WorkerInput = { file: string; durability?: Durability | undefined; isBackground?: boolean };
