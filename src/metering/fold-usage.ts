import { keepFolds } from '../store/folds/keep.ts';
import type { Store } from '../store/store.ts';
import { giveWay, startBackgroundWork } from './background-work.ts';

/** In ms, see `BackgroundWork`. */
const FIRST = 15_000;
const INTERVAL = 20_000;

/** So many times what a transaction took is left to others before the next one. */
const REST = 8;

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
  return startBackgroundWork({
    first: FIRST,
    interval: INTERVAL,
    run: (closing) =>
      keepFolds({ ...parts, pace: (took) => giveWay(parts.store, REST * took, closing) }).catch(onFailure),
  });
}
