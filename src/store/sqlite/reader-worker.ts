import { setPriority } from 'node:os';
import type { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { toColumnValues } from '../column-values.ts';
import { StoreError, toFailureMessage } from '../failure.ts';
import { openForReading } from './connection.ts';
import type { ReaderReply, ReaderRequest, WorkerInput } from './protocol.ts';
import { createStatementCache, type StatementCache } from './statements.ts';

/** The reader thread: queries that the main thread must not wait for, on a connection that cannot write. */
function start(input: WorkerInput): void {
  const port = parentPort;
  if (port === null) return;
  if (input.isBackground) giveWay();
  let database: DatabaseSync | undefined;
  let prepared: StatementCache | undefined;

  const open = (): ReaderReply => {
    try {
      database = openForReading(input.file);
      prepared = createStatementCache(database);
      return { type: 'ready' };
    } catch (error) {
      return { type: 'refused', failure: toFailureMessage(error) };
    }
  };

  port.on('message', (request: ReaderRequest) => {
    if (request === 'open') {
      port.postMessage(open());
    } else if (request === 'close') {
      database?.close();
      port.close();
    } else {
      port.postMessage(answer(prepared, request));
    }
  });
}

/** How willingly a thread gives way to others, as `nice` counts it. */
const NICENESS = 10;

/** Lets all other threads go first. Only Linux has priorities of threads; elsewhere it would be that of the whole process. */
function giveWay(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(0, NICENESS);
  } catch {
    // Where it is forbidden, reports are as urgent as all else.
  }
}

/** The rows of one query, posted as they are: the main thread knows their type from the query. */
function answer(prepared: StatementCache | undefined, request: Exclude<ReaderRequest, string>) {
  const { id } = request;
  try {
    if (prepared === undefined) throw new StoreError('closed', 'the reader has not been opened');
    return { type: 'rows', id, rows: prepared(request.sql).statement.all(...toColumnValues(request.parameters)) };
  } catch (error) {
    return { type: 'failed', id, failure: toFailureMessage(error) };
  }
}

start(workerData);
