import { randomBytes, timingSafeEqual } from 'node:crypto';
import { hashApart } from './hash-apart.ts';
import { createTurns } from './turns.ts';

/** OWASP's minimum for scrypt: 128 MiB and about half a second each (`reliability.md` §3, Admin password). */
const LOG_COST = 17;
const BLOCK_SIZE = 8;
const PARALLELISM = 1;
const HASH_LENGTH = 32;
const MAX_MEMORY = 256 * 1024 * 1024;

/**
 * Hashes computed at once, and those that wait: more would make signing in a way to exhaust the machine. One at a time leaves a
 * core to the models' callers wherever there are two (`npm run bench:logins`).
 */
const AT_ONCE = 1;
const MOST_WAITING = 30;

/** Shortest and longest password, in characters. */
export const PASSWORD_LENGTH = { min: 12, max: 256 } as const;

const turns = createTurns(AT_ONCE, MOST_WAITING);

/** A password as a PHC string, with a salt of its own. Rejects with NoTurnError when too many wait. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, LOG_COST);
  return `$scrypt$ln=${LOG_COST},r=${BLOCK_SIZE},p=${PARALLELISM}$${toBase64(salt)}$${toBase64(hash)}`;
}

/**
 * Whether a password is the one that was hashed. Takes as long for a user that does not exist (`stored` undefined), so that
 * the time tells nobody who does. Rejects with NoTurnError when too many wait.
 */
export async function verifyPassword(password: string, stored: string | undefined): Promise<boolean> {
  const { logCost, salt, hash } = parsePhc(stored ?? NOBODYS);
  const matches = timingSafeEqual(await derive(password, salt, logCost), hash);
  return matches && stored !== undefined;
}

/** Whether a stored password was hashed at less cost than is asked for now. @throws Error for a text that is no hash of ours. */
export function isOutdated(stored: string): boolean {
  return parsePhc(stored).logCost < LOG_COST;
}

const NOBODYS = `$scrypt$ln=${LOG_COST},r=${BLOCK_SIZE},p=${PARALLELISM}$${toBase64(randomBytes(16))}$${toBase64(randomBytes(HASH_LENGTH))}`;

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}

const PHC = /^\$scrypt\$ln=(\d{1,2}),r=8,p=1\$([A-Za-z0-9+/]{22,})\$([A-Za-z0-9+/]{43})$/;

/** @throws Error for a text that {@link hashPassword} did not write. */
function parsePhc(text: string): { logCost: number; salt: Buffer; hash: Buffer } {
  const [, logCost, salt = '', hash = ''] = PHC.exec(text) ?? [];
  if (logCost === undefined) throw new Error('a stored password cannot be read');
  return { logCost: Number(logCost), salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') };
}

function derive(password: string, salt: Uint8Array, logCost: number): Promise<Buffer> {
  const options = { N: 2 ** logCost, r: BLOCK_SIZE, p: PARALLELISM, maxmem: MAX_MEMORY };
  const input = { password: password.normalize('NFC'), salt, length: HASH_LENGTH, options };
  return turns.take(() => hashApart(input));
}
