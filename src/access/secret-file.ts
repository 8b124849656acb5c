import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** What a file of secrets holds, undefined when there is none. @throws a file system error as it is. */
export function readSecretFile(file: string): Uint8Array | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/**
 * Makes a file of secrets (mode 0600), on disk before this returns. Processes that come at the same time all get what the first
 * one wrote: the file appears under its name only when it is whole.
 * @throws a file system error as it is.
 */
export function createSecretFile(file: string, content: Uint8Array): Uint8Array {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(8).toString('hex')}`;
  const descriptor = openSync(draft, 'wx', 0o600);
  try {
    writeSync(descriptor, content);
    fsyncSync(descriptor);
    linkSync(draft, file);
    return content;
  } catch (error) {
    const winner = hasCode(error, 'EEXIST') ? readSecretFile(file) : undefined;
    if (winner === undefined) throw error;
    return winner;
  } finally {
    closeSync(descriptor);
    unlinkSync(draft);
  }
}

/** Whether a file system error has a code such as `ENOENT`. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
