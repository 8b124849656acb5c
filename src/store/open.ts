import { closeSync, mkdirSync, openSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Durability } from '../core/durability.ts';
import { StoreError } from './failure.ts';
import { countGuards, findDamage } from './sqlite/integrity.ts';
import { startReader } from './sqlite/reader-client.ts';
import { openReportReaders } from './sqlite/report-readers.ts';
import { startWriter } from './sqlite/writer-client.ts';
import type { Store, StoreHealth } from './store.ts';

export type { Store } from './store.ts';

/** Which store to open: a PostgreSQL database where `databaseUrl` is given, else a file in `dataDir`. */
export type StoreLocation = {
  dataDir: string;
  databaseUrl?: string | undefined;
  /**
   * The file in `dataDir` that keeps what the database cannot take while it is away; each process has one to itself. Without one
   * nothing is kept: for commands.
   */
  spool?: string;
  /** What commits of a file outlive; default: the process. */
  durability?: Durability;
  /** How long intents without a hard budget are taken while the database is away, in ms; default: 60 s. */
  grace?: number;
};

/** A file cannot go away as a server can: what is wrong with it shows in what is asked of it. */
const ALWAYS_THERE: StoreHealth = {
  downFor: undefined,
  spooledBytes: 0,
  refusedAfterSpool: 0,
  graceLeft: undefined,
  withoutIt: { begun: 0, settled: 0, refused: 0 },
};

/** The spool of a server, or of the supervisor of several. */
export const MAIN_SPOOL = 'spool.log';

/** The spool of one of several workers: its replacement takes it over. */
export function workerSpool(slot: number): string {
  return `spool-${slot}.log`;
}

/** Name of the database file in the data directory. */
const FILE_NAME = 'ezmodel.db';

/** Path of the database of a data directory. */
export function databaseFile(dataDir: string): string {
  return join(dataDir, FILE_NAME);
}

/**
 * Opens the store of a location, making what is missing. Several processes may do so at once: a server, and commands beside it.
 * @throws StoreError `corrupt`, `newer-schema`, `old-sqlite`, `busy`, `unavailable`; a file system error as it is.
 */
export async function openStore(location: StoreLocation): Promise<Store> {
  const { dataDir, databaseUrl, spool, grace, durability = 'process' } = location;
  if (databaseUrl === undefined) return openFile(dataDir, durability);
  // Loaded here, so that a server on a file starts without the driver.
  const { openPostgres } = await import('./postgres/open.ts');
  if (spool === MAIN_SPOOL) await takeOverSpools(dataDir);
  return openPostgres(databaseUrl, { spool: spool === undefined ? undefined : join(dataDir, spool), grace });
}

async function takeOverSpools(dataDir: string): Promise<void> {
  const { absorbSpools } = await import('./postgres/absorb-spools.ts');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  await absorbSpools(dataDir, MAIN_SPOOL);
}

/** Opens `<dataDir>/ezmodel.db`, making directory (0700), file (0600) and schema as needed. */
async function openFile(dataDir: string, durability: Durability): Promise<Store> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = databaseFile(dataDir);
  createPrivately(file);
  const readerThread = startReader(file);
  try {
    const writer = await startWriter(file, durability);
    const reader = await readerThread.open();
    const reports = openReportReaders(file);
    const { ino: inode } = await stat(file);
    return {
      kind: 'sqlite',
      place: file,
      writer,
      reader,
      reports,
      isIntact: () =>
        stat(file).then(
          ({ ino }) => ino === inode,
          () => false,
        ),
      findDamage: () => findDamage(reader),
      countGuards: () => countGuards(reader),
      health: () => ALWAYS_THERE,
      close: async () => {
        await reports.close();
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
