import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadSecret } from '../config/load.ts';
import { createSecretFile, readSecretFile } from './secret-file.ts';

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
  return sharedPepper() ?? readPepper(file) ?? checked(createSecretFile(file, randomBytes(LENGTH)), file);
}

/** Where the pepper of a data directory comes from: `EZMODEL_SECRET`, or the path of its file; undefined when there is none yet. */
export function pepperSource(dataDir: string): 'EZMODEL_SECRET' | { file: string } | undefined {
  if (loadSecret() !== undefined) return 'EZMODEL_SECRET';
  const file = join(dataDir, FILE_NAME);
  return existsSync(file) ? { file } : undefined;
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
  const pepper = readSecretFile(file);
  return pepper && checked(pepper, file);
}

function checked(pepper: Uint8Array, file: string): Uint8Array {
  if (pepper.length === LENGTH) return pepper;
  throw new PepperError(`${file} is damaged: restore it from a backup, or no existing API key can be checked`);
}
