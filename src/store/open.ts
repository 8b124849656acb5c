import { closeSync, mkdirSync, openSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreError } from './failure.ts';
import { type ReaderClient, startReader } from './sqlite/reader-client.ts';
import { startWriter, type WriterClient } from './sqlite/writer-client.ts';

/** The embedded store: one file, a thread that writes it and a thread that reads it. */
export type Store = {
  /** Path of the database file. */
  file: string;
  writer: WriterClient;
  reader: ReaderClient;
  /** False when the file was deleted or replaced under us: nothing written now would be found again (`reliability.md` S19). */
  isFileInPlace(): Promise<boolean>;
  /** Writes what is queued, closes both connections and ends both threads. */
  close(): Promise<void>;
};

/** Name of the database file in the data directory. */
const FILE_NAME = 'ezmodel.db';

/** Path of the database of a data directory. */
export function databaseFile(dataDir: string): string {
  return join(dataDir, FILE_NAME);
}

/**
 * Opens `<dataDir>/ezmodel.db`, making directory (0700), file (0600) and schema as needed. Several processes may do so at
 * once: a server, and commands beside it.
 * @throws StoreError `corrupt`, `newer-schema`, `old-sqlite`, `busy`; a file system error as it is.
 */
export async function openStore(options: { dataDir: string }): Promise<Store> {
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const file = databaseFile(options.dataDir);
  createPrivately(file);
  const readerThread = startReader(file);
  try {
    const writer = await startWriter(file);
    const reader = await readerThread.open();
    const { ino: inode } = await stat(file);
    return {
      file,
      writer,
      reader,
      isFileInPlace: () =>
        stat(file).then(
          ({ ino }) => ino === inode,
          () => false,
        ),
      close: async () => {
        await reader.close();
        await writer.close();
      },
    };
  } catch (error) {
    await readerThread.close();
    throw error;
  }
}

/**
 * Creates the file with mode 0600; SQLite gives its `-wal` and `-shm` files the same mode. An existing file is not touched:
 * closing any descriptor of it would drop the locks that this process holds on it.
 */
export function createPrivately(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return;
    throw new StoreError(
      'rejected',
      `cannot create ${file}: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
}
