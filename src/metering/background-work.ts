import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../store/store.ts';

/** With more operations waiting to be written, work in the background waits, too. */
const BUSY = 50;

/** What is done again and again while a server runs. Times in ms. */
export type BackgroundWork = {
  /** The first run comes so long after the start: it must not compete with it. */
  first: number;
  /** From the end of one run to the next. */
  interval: number;
  /** One run; it has to end soon once the signal aborts. Never rejects. */
  run(closing: AbortSignal): Promise<void>;
};

/** Starts it; `close` resolves when it has stopped. Keeps no process alive. */
export function startBackgroundWork({ first, interval, run }: BackgroundWork): { close(): Promise<void> } {
  const closing = new AbortController();
  const work = async (): Promise<void> => {
    await wait(first, closing.signal);
    while (!closing.signal.aborted) {
      await run(closing.signal);
      await wait(interval, closing.signal);
    }
  };
  const done = work();
  return {
    close: () => {
      closing.abort();
      return done;
    },
  };
}

/** Waits so many ms between two transactions, and longer while requests have much to write; false once the signal aborts. */
export async function giveWay(store: Store, ms: number, signal: AbortSignal | undefined): Promise<boolean> {
  do await wait(ms, signal);
  while (!signal?.aborted && store.writer.depth() > BUSY);
  return !signal?.aborted;
}

/** Ends early, and without an error, with the signal. */
async function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
}
