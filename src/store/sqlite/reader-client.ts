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

/** Readers for reports: one that takes seconds holds up no other. */
const MOST_REPORT_THREADS = 2;

/** A reader on threads of low priority, the first of which starts with the first query, and another one when all are busy. */
export function openReportReaders(file: string): ReaderClient {
  const threads: { reader: Promise<ReaderClient>; waiting: number }[] = [];
  let closed = false;
  const leastBusy = () => {
    const [best] = threads.toSorted((a, b) => a.waiting - b.waiting);
    if (best !== undefined && (best.waiting === 0 || threads.length >= MOST_REPORT_THREADS)) return best;
    const started = { reader: startReader(file, { isBackground: true }).open(), waiting: 0 };
    threads.push(started);
    return started;
  };
  return {
    all: async (query) => {
      if (closed) throw new StoreError('closed', 'the store is closed');
      const thread = leastBusy();
      thread.waiting += 1;
      try {
        return await (await thread.reader).all(query);
      } finally {
        thread.waiting -= 1;
      }
    },
    close: async () => {
      closed = true;
      await Promise.all(threads.map(async ({ reader }) => (await reader.catch(() => undefined))?.close()));
    },
  };
}
