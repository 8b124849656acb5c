import type { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { toColumnValues } from '../column-values.ts';
import { StoreError, toFailureMessage } from '../failure.ts';
import { openForReading } from './connection.ts';
import type { ReaderReply, ReaderRequest, WorkerInput } from './protocol.ts';
import { createStatementCache, type StatementCache } from './statements.ts';
import { letOthersGoFirst } from './thread-priority.ts';

/** The reader thread: queries that the main thread must not wait for, on a connection that cannot write. */
function start(input: WorkerInput): void {
  const port = parentPort;
  if (port === null) return;
  if (input.isBackground) letOthersGoFirst();
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
