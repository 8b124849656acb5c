import type { CompiledQuery } from 'kysely';
import { StoreError } from '../failure.ts';
import type { ReaderReply, ReaderRequest } from './protocol.ts';
import { startWorker } from './worker.ts';

/** The main thread's end of the reader thread. */
export type ReaderClient = {
  /** All rows of a query. @throws StoreError (as a rejection). */
  all<Output>(query: CompiledQuery<Output>): Promise<Output[]>;
  /** Closes the file and ends the thread. */
  close(): Promise<void>;
};

/** Starts the reader thread without opening the file yet, so that it loads while the writer migrates. */
export function startReader(
  file: string,
  { isBackground = false } = {},
): { open(): Promise<ReaderClient>; close(): Promise<void> } {
  const worker = startWorker('reader-worker', { file, isBackground });
  const waiting = new Map<number, { resolve: (rows: never[]) => void; reject: (error: Error) => void }>();
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  let lastId = 0;
  let closed: StoreError | undefined;
  const post = (request: ReaderRequest): void => worker.postMessage(request);

  const fail = (error: StoreError): void => {
    closed ??= error;
    for (const waiter of waiting.values()) waiter.reject(error);
    waiting.clear();
  };
  worker.on('error', (error) =>
    fail(new StoreError('closed', `the reader thread died: ${error.message}`, { cause: error })),
  );
  worker.on('exit', () => fail(new StoreError('closed', 'the store is closed')));

  const all = <Output>(query: CompiledQuery<Output>): Promise<Output[]> =>
    new Promise((resolve, reject) => {
      if (closed !== undefined) return reject(closed);
      lastId += 1;
      waiting.set(lastId, { resolve, reject });
      post({ id: lastId, sql: query.sql, parameters: query.parameters });
    });
  const close = (): Promise<void> => {
    closed ??= new StoreError('closed', 'the store is closed');
    post('close');
    return ended;
  };
  const open = (): Promise<ReaderClient> =>
    new Promise((resolve, reject) => {
      worker.on('message', (reply: ReaderReply) => {
        switch (reply.type) {
          case 'ready':
            return resolve({ all, close });
          case 'refused':
            return reject(new StoreError(...reply.failure));
          case 'rows':
            waiting.get(reply.id)?.resolve(reply.rows);
            break;
          case 'failed':
            waiting.get(reply.id)?.reject(new StoreError(...reply.failure));
            break;
        }
        waiting.delete(reply.id);
      });
      worker.once('error', reject);
      post('open');
    });
  return { open, close };
}
