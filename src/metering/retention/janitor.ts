import { setTimeout as sleep } from 'node:timers/promises';
import type { RetentionConfig } from '../../config/config.ts';
import type { Store } from '../../store/store.ts';
import { type Pace, type RetentionReport, runRetention } from './run-retention.ts';

/** From the end of one run to the next, in ms. */
const INTERVAL = 60_000;

/** The first run comes after the start, in ms: it must not compete with it. */
const FIRST = 10_000;

/** Between two transactions, in ms: with about 1 ms each they take a twentieth of the writer at most. */
const PAUSE = 20;

/** With more operations waiting to be written, the janitor waits, too. */
const BUSY = 50;

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
  const closing = new AbortController();
  const pace = createPace(store, closing.signal);
  const work = async (): Promise<void> => {
    await wait(FIRST, closing.signal);
    while (!closing.signal.aborted) {
      await runRetention({ store, config: config(), now: now(), pace }).then(parts.onDeleted, parts.onFailure);
      await wait(INTERVAL, closing.signal);
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

/** A pace that lets requests go first, and ends with the signal. */
export function createPace(store: Store, signal: AbortSignal | undefined): Pace {
  return async () => {
    do await wait(PAUSE, signal);
    while (!signal?.aborted && store.writer.depth() > BUSY);
    return !signal?.aborted;
  };
}

/** Ends early, and without an error, with the signal. */
async function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
}
