import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the names of processes are kept that had this data directory. */
const FILE_NAME = 'node-names';

/** Names are kept until what they left is settled; of more failed starts in a row the oldest are settled by their silence. */
const MOST_NAMES = 100;

/** The processes that had a data directory before: they are dead, or another could not hold its lock. */
export type Predecessors = {
  has(node: string | null): boolean;
  /** What they had open is settled. */
  forget(): void;
};

/**
 * Takes over a data directory under this name, which is also what the names of its workers begin with. Only for the holder of the
 * server lock, and before anything is opened under the name.
 * @throws Error when the directory cannot be written.
 */
export function succeed(dataDir: string, name: string): Predecessors {
  const file = join(dataDir, FILE_NAME);
  const before = readNames(file).slice(-MOST_NAMES);
  writeNames(file, [...before, name]);
  return {
    has: (node) => before.some((each) => node === each || node?.startsWith(`${each}.`)),
    forget: () => writeNames(file, [name]),
  };
}

function readNames(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((name) => name !== '');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function writeNames(file: string, names: readonly string[]): void {
  const next = `${file}.next`;
  writeFileSync(next, `${names.join('\n')}\n`, { mode: 0o600 });
  renameSync(next, file);
}
