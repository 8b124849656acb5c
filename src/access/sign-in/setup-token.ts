import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE_NAME = 'setup-token';
/** How long a token may be used, in ms. */
const LIFETIME = 60 * 60_000;

/** Makes the one-time token with which the first owner is made, as `<dataDir>/setup-token` (mode 0600); an earlier one ends. */
export function createSetupToken(dataDir: string): string {
  const token = `setup-${randomBytes(32).toString('base64url')}`;
  const file = join(dataDir, FILE_NAME);
  rmSync(file, { force: true });
  writeFileSync(file, `${token}\n`, { mode: 0o600, flag: 'wx' });
  return token;
}

/** Whether this is the token of the data directory, made less than an hour before `now` (Unix ms). */
export function isSetupToken(dataDir: string, token: string, now: number): boolean {
  const file = join(dataDir, FILE_NAME);
  let made: string;
  try {
    if (now - statSync(file).mtimeMs > LIFETIME) return false;
    made = readFileSync(file, 'utf8').trim();
  } catch {
    return false;
  }
  return timingSafeEqual(sha256(made), sha256(token));
}

/** Ends the token: it has been used, or nobody needs one. */
export function endSetupToken(dataDir: string): void {
  rmSync(join(dataDir, FILE_NAME), { force: true });
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
