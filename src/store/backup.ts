import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StoreError } from './failure.ts';
import { createPrivately, databaseFile, type StoreLocation } from './open.ts';
import { copyDatabase } from './sqlite/copy-database.ts';

/** What belongs to a database file beside itself. */
const COMPANIONS = ['', '-wal', '-shm'] as const;

/**
 * Copies the database of a data directory, or a PostgreSQL database, into a new file (0600), as it was at one moment, while
 * servers may write it. The file appears under its name only when it is whole and on disk.
 * Rejects with StoreError `rejected` when the file exists or there is no database, and as opening does.
 */
export async function writeBackup({ dataDir, databaseUrl }: StoreLocation, file: string): Promise<void> {
  const source = databaseFile(dataDir);
  if (databaseUrl === undefined && !existsSync(source)) {
    throw new StoreError('rejected', `there is no database in ${dataDir}`);
  }
  if (existsSync(file)) throw new StoreError('rejected', `${file} exists already: a backup overwrites nothing`);
  const draft = `${file}.${randomBytes(4).toString('hex')}.partial`;
  createPrivately(draft);
  try {
    if (databaseUrl === undefined) copyDatabase(source, draft);
    else await (await import('./copy/between-stores.ts')).copyFromPostgres(databaseUrl, draft);
    syncToDisk(draft);
    renameSync(draft, file);
    syncToDisk(dirname(file));
  } finally {
    for (const companion of COMPANIONS) rmSync(draft + companion, { force: true });
  }
}

/** A backup that has been unpacked into a directory of its own, to be looked at before it is used. */
export type UnpackedBackup = {
  /** A data directory with the backup as its database. */
  directory: string;
  /**
   * Makes it the database of the data directory; the database that was there is kept under the name that is answered,
   * undefined when there was none. No process may have either of them open.
   */
  use(): string | undefined;
  /** Copies it into a PostgreSQL database that nobody has used. Rejects with StoreError, and then nothing is copied. */
  copyInto(databaseUrl: string): Promise<void>;
  /** Takes the directory away. */
  discard(): void;
};

/** Unpacks a backup inside the data directory that it may be restored to. @throws StoreError as opening the file does. */
export function unpackBackup(file: string, dataDir: string): UnpackedBackup {
  if (!existsSync(file)) throw new StoreError('rejected', `there is no file ${file}`);
  const directory = join(dataDir, `restore-${randomBytes(4).toString('hex')}`);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const discard = () => rmSync(directory, { recursive: true, force: true });
  const unpacked = databaseFile(directory);
  try {
    createPrivately(unpacked);
    copyDatabase(file, unpacked);
  } catch (error) {
    discard();
    throw error;
  }
  const use = (): string | undefined => {
    const target = databaseFile(dataDir);
    const kept = existsSync(target) ? `${target}.before-restore-${Date.now()}` : undefined;
    for (const companion of COMPANIONS) {
      if (kept !== undefined && existsSync(target + companion)) renameSync(target + companion, kept + companion);
    }
    syncToDisk(unpacked);
    renameSync(unpacked, target);
    syncToDisk(dataDir);
    return kept;
  };
  const copyInto = async (databaseUrl: string): Promise<void> => {
    const { copyIntoPostgres } = await import('./copy/between-stores.ts');
    await copyIntoPostgres(unpacked, databaseUrl);
  };
  return { directory, use, copyInto, discard };
}

function syncToDisk(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
