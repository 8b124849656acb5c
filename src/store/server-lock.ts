import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreError, toFailureMessage } from './failure.ts';
import { createPrivately } from './open.ts';

/** The claims of this process. A connection that nobody refers to is closed by the garbage collector, and its lock with it. */
const claims = new Set<DatabaseSync>();

/** Held by the one server of a data directory. */
export type ServerLock = { release(): void };

/**
 * Claims a data directory for this server. The claim is an exclusive SQLite transaction on `server.lock`, so the operating
 * system drops it with the process, however that ends. Commands (`keys`, `usage`, `doctor`) don't take it.
 * Called once, before the server listens: it touches no data and returns at once.
 * @throws StoreError `server-running` when another server has it.
 */
export function acquireServerLock(dataDir: string): ServerLock {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = join(dataDir, 'server.lock');
  createPrivately(file);
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    const [kind, reason] = toFailureMessage(error);
    if (kind !== 'busy') throw new StoreError(kind, `cannot lock ${file}: ${reason}`, { cause: error });
    throw new StoreError(
      'server-running',
      `another EZModel server uses the data directory ${dataDir}: stop it, or start this one with another EZMODEL_DATA_DIR`,
    );
  }
  claims.add(database);
  const release = (): void => {
    claims.delete(database);
    database.close();
  };
  return { release };
}
