import { createHash, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { loadSecret } from '../config/load.ts';

const FILE_NAME = 'key-pepper';
const LENGTH = 32;

/** The pepper cannot be used, and with it no key. */
export class PepperError extends Error {
  override readonly name = 'PepperError';
}

/**
 * The pepper of a data directory, 32 random bytes in `<dataDir>/key-pepper` (mode 0600), made on first use. Kept outside the
 * database: a copy of the database alone verifies no key.
 * Processes that come at the same time all get the same one: it appears under its name only when it is whole.
 * @throws PepperError when the file is damaged; a file system error as it is.
 */
export function loadPepper(dataDir: string): Uint8Array {
  const file = join(dataDir, FILE_NAME);
  return sharedPepper() ?? readPepper(file) ?? createPepper(dataDir, file);
}

/** The pepper of a data directory, undefined when there is none yet. @throws PepperError when the file is damaged. */
export function findPepper(dataDir: string): Uint8Array | undefined {
  return sharedPepper() ?? readPepper(join(dataDir, FILE_NAME));
}

/** Made from `EZMODEL_SECRET`, so that every node has the same. @throws PepperError when the secret is short. */
function sharedPepper(): Uint8Array | undefined {
  const secret = loadSecret();
  if (secret === undefined) return undefined;
  if (secret.length < LENGTH) throw new PepperError(`EZMODEL_SECRET must have at least ${LENGTH} characters`);
  return createHash('sha256').update(`ezmodel key pepper\n${secret}`).digest();
}

function readPepper(file: string): Uint8Array | undefined {
  let pepper: Uint8Array;
  try {
    pepper = readFileSync(file);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  if (pepper.length === LENGTH) return pepper;
  throw new PepperError(`${file} is damaged: restore it from a backup, or no existing API key can be checked`);
}

function createPepper(dataDir: string, file: string): Uint8Array {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(8).toString('hex')}`;
  const pepper = randomBytes(LENGTH);
  const descriptor = openSync(draft, 'wx', 0o600);
  try {
    writeSync(descriptor, pepper);
    fsyncSync(descriptor);
    linkSync(draft, file);
    return pepper;
  } catch (error) {
    const winner = hasCode(error, 'EEXIST') ? readPepper(file) : undefined;
    if (winner === undefined) throw error;
    return winner;
  } finally {
    closeSync(descriptor);
    unlinkSync(draft);
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
