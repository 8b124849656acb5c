import type { RetentionConfig } from '../../config/config.ts';
import type { Store } from '../../store/store.ts';
import { giveWay, startBackgroundWork } from '../background-work.ts';
import { type Pace, type RetentionReport, runRetention } from './run-retention.ts';

/** In ms, see `BackgroundWork`. */
const FIRST = 10_000;
const INTERVAL = 60_000;

/** Between two transactions, in ms: with about 1 ms each they take a twentieth of the writer at most. */
const PAUSE = 20;

/** What a janitor works with. */
export type JanitorParts = {
  store: Store;
  config: () => RetentionConfig;
  /** Unix ms. */
  now: () => number;
  onDeleted(report: RetentionReport): void;
  onFailure(error: unknown): void;
};

/** Looks after retention while a server runs; `close` resolves when it has stopped. */
export function startJanitor(parts: JanitorParts): { close(): Promise<void> } {
  const { store, config, now } = parts;
  return startBackgroundWork({
    first: FIRST,
    interval: INTERVAL,
    run: (closing) =>
      runRetention({ store, config: config(), now: now(), pace: createPace(store, closing) }).then(
        parts.onDeleted,
        parts.onFailure,
      ),
  });
}

/** A pace that lets requests go first, and ends with the signal. */
export function createPace(store: Store, signal: AbortSignal | undefined): Pace {
  return () => giveWay(store, PAUSE, signal);
}
