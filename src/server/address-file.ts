import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where commands beside a server read how to reach it. */
const FILE_NAME = 'server.address';

/** Leaves the address of the running server in its data directory. @returns what takes it away again. */
export function writeAddress(dataDir: string, address: string): () => void {
  const file = join(dataDir, FILE_NAME);
  writeFileSync(file, `${address}\n`, { mode: 0o600 });
  return () => rmSync(file, { force: true });
}

/** The address that the last server of a data directory left: it may have died since. Undefined when there is none. */
export function readAddress(dataDir: string): string | undefined {
  try {
    return readFileSync(join(dataDir, FILE_NAME), 'utf8').trim();
  } catch {
    return undefined;
  }
}
