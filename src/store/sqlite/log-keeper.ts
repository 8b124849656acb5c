import type { DatabaseSync } from 'node:sqlite';
import type { Worker } from 'node:worker_threads';
import type { Durability } from '../../core/durability.ts';
import { CHECKPOINT_PAGES } from './connection.ts';
import { copyLog, measureLog } from './copy-log.ts';
import { startWorker } from './worker.ts';

/** Batches between two looks at the log: a look costs as much as a small batch. */
const BATCHES_PER_LOOK = 64;

/** Pages of a log that has been copied but not begun anew because somebody always writes: then the writer stops for it. */
const LONGEST_LOG_PAGES = 16_000;

/** Keeps the write-ahead log short without making commits wait for the disk. */
export type LogKeeper = {
  /** Has to be called after each batch, once its writers have their answer. */
  afterBatch(): void;
  /** Resolves when the thread that copies has ended. */
  close(): Promise<void>;
};

/**
 * Copying the log into the file waits for the disk, for tens of ms (`reliability.md` G11), so a thread of its own does it while
 * the writer goes on. That thread is started when it is first needed. The log begins anew when all of it was copied at the
 * moment of a write: where load leaves no such moment the writer copies the short rest itself, seldom.
 */
export function createLogKeeper(database: DatabaseSync, file: string, durability: Durability | undefined): LogKeeper {
  let worker: Worker | undefined;
  let ended: Promise<void> | undefined;
  let isCopying = false;
  let batches = 0;
  database.exec('PRAGMA wal_autocheckpoint = 0');

  /** Without its thread SQLite copies the log itself, within commits. */
  const copyInCommits = (): void => {
    if (worker === undefined) return;
    worker = undefined;
    database.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  };

  const start = (): Worker => {
    const started = startWorker('checkpoint-worker', { file, durability });
    started.on('message', () => {
      isCopying = false;
      const { pages } = measureLog(database);
      if (pages >= LONGEST_LOG_PAGES) copyLog(database);
    });
    started.on('error', copyInCommits);
    ended = new Promise((resolve) => started.once('exit', () => resolve()));
    return started;
  };

  return {
    afterBatch: () => {
      batches += 1;
      if (batches < BATCHES_PER_LOOK || isCopying) return;
      batches = 0;
      const { pages, copied } = measureLog(database);
      if (pages - copied < CHECKPOINT_PAGES) return;
      isCopying = true;
      worker ??= start();
      worker.postMessage('copy');
    },
    close: async () => {
      worker?.postMessage('close');
      await ended;
    },
  };
}
