import { setTimeout as sleep } from 'node:timers/promises';
import { keepFolds } from '../store/folds/keep.ts';
import type { Store } from '../store/store.ts';

/** From the end of one run to the next, in ms. */
const INTERVAL = 20_000;

/** The first run comes after the start, in ms: it must not compete with it. */
const FIRST = 15_000;

/** So many times what a transaction took is left to others before the next one. */
const REST = 8;

/** With more operations waiting to be written, folding waits, too. */
const BUSY = 50;

/** What folding works with. */
export type FoldingParts = {
  store: Store;
  /** Unix ms. */
  now: () => number;
  /** Names this process among those that share the store. */
  holder: string;
  onFailure(error: unknown): void;
};

/** Folds the roll-ups of past hours while a server runs; `close` resolves when it has stopped. */
export function startFolding({ onFailure, ...parts }: FoldingParts): { close(): Promise<void> } {
  const closing = new AbortController();
  const wait = (ms: number) => sleep(ms, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);
  const pace = async (took: number): Promise<boolean> => {
    do await wait(REST * took);
    while (!closing.signal.aborted && parts.store.writer.depth() > BUSY);
    return !closing.signal.aborted;
  };
  const work = async (): Promise<void> => {
    await wait(FIRST);
    while (!closing.signal.aborted) {
      await keepFolds({ ...parts, pace }).catch(onFailure);
      await wait(INTERVAL);
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
