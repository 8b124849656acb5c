import { createHash, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { loadSealingKeysFile, loadSecret } from '../../config/load.ts';
import { createSecretFile, hasCode, readSecretFile } from '../secret-file.ts';
import { type SealingKey, sealingKeyOf } from './envelope.ts';

const FILE_NAME = 'sealing-keys';
const KEY_LENGTH = 32;
const LINE = /^ezk1\.([A-Za-z0-9_-]{43})$/;

/** The sealing keys cannot be read or changed. */
export class SealingKeysError extends Error {
  override readonly name = 'SealingKeysError';
}

/** `EZMODEL_SEALING_KEYS`, or `sealing-keys` in the data directory. */
export function sealingKeysFile(dataDir: string): string {
  return loadSealingKeysFile() ?? join(dataDir, FILE_NAME);
}

/**
 * The sealing keys of a data directory, the one that seals first: those of the file, then the one made from `EZMODEL_SECRET`.
 * Where there is neither, a file with one key is made.
 * @throws SealingKeysError when the file is damaged; a file system error as it is.
 */
export function loadSealingKeys(file: string): readonly SealingKey[] {
  const keys = findSealingKeys(file);
  return keys.length > 0 ? keys : parseKeys(createSecretFile(file, linesOf([randomBytes(KEY_LENGTH)])), file);
}

/** The sealing keys that there are; none when none was ever needed. @throws SealingKeysError */
export function findSealingKeys(file: string): readonly SealingKey[] {
  const content = readSecretFile(file);
  return [...(content === undefined ? [] : parseKeys(content, file)), ...sharedKey()];
}

/** Changes when the file does; undefined when there is none. */
export function versionOfFile(file: string): string | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  return found && `${found.ino} ${found.size} ${found.mtimeMs}`;
}

/** Puts a new key before all others of the file, making the file if need be. @throws SealingKeysError */
export function addSealingKey(file: string): SealingKey {
  const fresh = sealingKeyOf(randomBytes(KEY_LENGTH));
  replaceFile(file, (keys) => [fresh, ...keys]);
  return fresh;
}

/** Takes a key out of the file. @throws SealingKeysError when it is not there or the one that seals. */
export function removeSealingKey(file: string, id: string): void {
  replaceFile(file, (keys) => {
    if (keys[0]?.id === id) throw new SealingKeysError(`${id} is the key that seals`);
    const others = keys.filter((each) => each.id !== id);
    if (others.length === keys.length) throw new SealingKeysError(`${file} has no key ${id}`);
    return others;
  });
}

/** The draft has one name, so that of two processes that change the file at once the second one is refused. */
function replaceFile(file: string, change: (keys: readonly SealingKey[]) => readonly SealingKey[]): void {
  const draft = `${file}.next`;
  const descriptor = openDraft(draft);
  try {
    const content = readSecretFile(file);
    const keys = change(content === undefined ? [] : parseKeys(content, file));
    writeSync(descriptor, linesOf(keys.map(({ key }) => key)));
    fsyncSync(descriptor);
    renameSync(draft, file);
  } catch (error) {
    unlinkSync(draft);
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

function openDraft(draft: string): number {
  try {
    return openSync(draft, 'wx', 0o600);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    throw new SealingKeysError(
      `${draft} is there: the keys are being changed, or that was interrupted; then delete it`,
    );
  }
}

/** Made from `EZMODEL_SECRET`, so that every node has the same. */
function sharedKey(): SealingKey[] {
  const secret = loadSecret();
  if (secret === undefined) return [];
  return [sealingKeyOf(createHash('sha256').update(`ezmodel sealing key\n${secret}`).digest())];
}

function linesOf(keys: readonly Uint8Array[]): Uint8Array {
  return Buffer.from(keys.map((key) => `ezk1.${Buffer.from(key).toString('base64url')}\n`).join(''));
}

function parseKeys(content: Uint8Array, file: string): SealingKey[] {
  const lines = Buffer.from(content).toString('latin1').split('\n').filter(Boolean);
  return lines.map((line, index) => {
    const key = Buffer.from(LINE.exec(line.trim())?.[1] ?? '', 'base64url');
    if (key.length === KEY_LENGTH) return sealingKeyOf(key);
    throw new SealingKeysError(
      `${file} is damaged in line ${index + 1}: restore it from a backup, or nothing that is sealed can be opened`,
    );
  });
}
