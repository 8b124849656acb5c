import { DatabaseSync } from 'node:sqlite';
import type { Durability } from '../../core/durability.ts';
import { StoreError, toFailureMessage } from '../failure.ts';
import { migrate } from '../migrations/runner.ts';

/** The first SQLite whose WAL mode is free of the reset race that could damage a file. */
const OLDEST_SQLITE = [3, 51, 3] as const;

/** How long one statement waits for another process's lock, in ms. */
const BUSY_TIMEOUT_MS = 5_000;

/** Pages (of 4 KiB) in the write-ahead log before it is copied into the file: fewer, longer pauses than SQLite's 1,000. */
export const CHECKPOINT_PAGES = 4_000;

/** When SQLite waits for the disk: with each checkpoint, or with each commit too. */
const SYNCHRONOUS: Readonly<Record<Durability, string>> = { process: 'NORMAL', power: 'FULL' };

/**
 * Opens the one writing connection of this process and brings the schema up to date. Commits survive a kill of the process;
 * after a power cut the last ones may be gone, the file is whole (`reliability.md` §0), unless each waits for the disk (S2).
 * @throws StoreError `old-sqlite`, `corrupt`, `newer-schema` or `busy`.
 */
export function openForWriting(file: string, durability: Durability = 'process'): DatabaseSync {
  assertSqliteVersion();
  return explained(file, () => {
    const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: false });
    try {
      enterWalMode(database);
      database.exec(`PRAGMA synchronous = ${SYNCHRONOUS[durability]}`);
      database.exec('PRAGMA temp_store = MEMORY');
      database.exec('PRAGMA cache_size = -16000');
      database.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
      migrate(database, file);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** Opens a connection that can only read. The file must exist with its schema. */
export function openForReading(file: string): DatabaseSync {
  return explained(file, () => {
    const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, readOnly: true });
    database.exec('PRAGMA cache_size = -16000');
    return database;
  });
}

/** Opens a connection that copies the write-ahead log and nothing else. The file must exist with its schema. */
export function openForCheckpoints(file: string, durability: Durability = 'process'): DatabaseSync {
  return explained(file, () => {
    // No patience: what another connection keeps from being copied is copied next time.
    const database = new DatabaseSync(file, { timeout: 0, enableForeignKeyConstraints: false });
    database.exec(`PRAGMA synchronous = ${SYNCHRONOUS[durability]}`);
    return database;
  });
}

/** Closes a database so that its file is all there is of it. */
export function closeAsOneFile(database: DatabaseSync): void {
  try {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    database.exec('PRAGMA journal_mode = DELETE');
  } finally {
    database.close();
  }
}

/** Waits synchronously, in ms: for worker threads only. */
export function sleepSync(duration: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, duration);
}

/** True when SQLite gave up on another connection's lock. */
export function isBusy(error: unknown): boolean {
  return toFailureMessage(error)[0] === 'busy';
}

/** Of several processes that switch a fresh file to WAL at once all but one are refused without SQLite's own wait. */
function enterWalMode(database: DatabaseSync): void {
  const deadline = performance.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      database.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
      sleepSync(5);
    }
  }
}

/** Runs `open`, and turns what SQLite says of a file into words for its operator. @throws StoreError */
export function explained<Result>(file: string, open: () => Result): Result {
  try {
    return open();
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const [kind, reason] = toFailureMessage(error);
    throw new StoreError(kind, `${EXPLANATION[kind] ?? 'cannot open'} ${file}: ${reason}`, { cause: error });
  }
}

const EXPLANATION: Readonly<Partial<Record<StoreError['kind'], string>>> = {
  corrupt: 'the database is damaged; restore a backup of',
  busy: 'another process keeps the database locked:',
};

function assertSqliteVersion(): void {
  const version = process.versions.sqlite ?? '0.0.0';
  const parts = version.split('.').map(Number);
  for (const [index, oldest] of OLDEST_SQLITE.entries()) {
    const part = parts[index] ?? 0;
    if (part > oldest) return;
    if (part < oldest) {
      throw new StoreError(
        'old-sqlite',
        `SQLite ${version} is older than ${OLDEST_SQLITE.join('.')}: use Node.js 24.21 or newer`,
      );
    }
  }
}
