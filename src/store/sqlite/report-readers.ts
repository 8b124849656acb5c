import type { CompiledQuery } from 'kysely';
import { StoreError } from '../failure.ts';
import { type ReaderClient, startReader } from './reader-client.ts';

/** Threads that read for people at most. */
const MOST_THREADS = 2;

/**
 * How long a query waits before a further thread is used for it, in ms: the queries of an ordinary page leave all other cores to the
 * requests of models, and one that takes seconds holds up nobody.
 */
const PATIENCE = 50;

type Job = { since: number; run(reader: ReaderClient): Promise<void>; fail(error: unknown): void };
type Thread = { reader: Promise<ReaderClient>; isBusy: boolean };

/** A reader on threads of low priority; the first one starts with the first query. */
export function openReportReaders(file: string): ReaderClient {
  const threads: Thread[] = [];
  const waiting: Job[] = [];
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const findThread = (waited: number): Thread | undefined => {
    const idle = threads.find(({ isBusy }) => !isBusy);
    if (idle === threads[0] && idle !== undefined) return idle;
    if (threads.length > 0 && waited < PATIENCE) return undefined;
    if (idle !== undefined || threads.length === MOST_THREADS) return idle;
    const started = { reader: startReader(file, { isBackground: true }).open(), isBusy: false };
    threads.push(started);
    return started;
  };
  const handOut = (): void => {
    clearTimeout(timer);
    for (;;) {
      const [job] = waiting;
      if (job === undefined) return;
      const thread = findThread(performance.now() - job.since);
      if (thread === undefined) {
        timer = setTimeout(handOut, PATIENCE);
        return;
      }
      waiting.shift();
      void runOn(thread, job);
    }
  };
  const runOn = async (thread: Thread, job: Job): Promise<void> => {
    thread.isBusy = true;
    try {
      await job.run(await thread.reader);
    } catch (error) {
      job.fail(error);
    }
    thread.isBusy = false;
    handOut();
  };

  return {
    all: <Output>(query: CompiledQuery<Output>) =>
      new Promise<Output[]>((resolve, reject) => {
        if (closed) return reject(new StoreError('closed', 'the store is closed'));
        const run = async (reader: ReaderClient) => resolve(await reader.all(query));
        waiting.push({ since: performance.now(), run, fail: reject });
        handOut();
      }),
    close: async () => {
      closed = true;
      clearTimeout(timer);
      for (const job of waiting.splice(0)) job.fail(new StoreError('closed', 'the store is closed'));
      await Promise.all(threads.map(async ({ reader }) => (await reader.catch(() => undefined))?.close()));
    },
  };
}
