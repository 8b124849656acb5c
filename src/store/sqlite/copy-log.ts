import type { DatabaseSync } from 'node:sqlite';

/** How long the write-ahead log is, and how much of it has been copied into the file, in pages. */
export type LogLength = { pages: number; copied: number };

/** Looks at the log and does nothing. */
export function measureLog(database: DatabaseSync): LogLength {
  return read(database, 'NOOP');
}

/** Copies what can be copied without waiting for anybody; waits for the disk. What fails is left for the next time. */
export function copyLog(database: DatabaseSync): LogLength {
  try {
    return read(database, 'PASSIVE');
  } catch {
    return measureLog(database);
  }
}

function read(database: DatabaseSync, mode: 'NOOP' | 'PASSIVE'): LogLength {
  const { log = 0, checkpointed = 0 } = database.prepare(`PRAGMA wal_checkpoint(${mode})`).get() ?? {};
  return { pages: Number(log), copied: Number(checkpointed) };
}
