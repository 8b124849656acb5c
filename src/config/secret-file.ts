import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import * as z from 'zod';

/** A secret of fewer characters could be guessed. */
export const SHORTEST_SECRET = 16;

/** A secret, as it is written. */
export const secretText = z
  .string()
  .regex(/^[\x21-\x7e]+$/, 'is empty or holds a space or a character beyond ASCII')
  .min(SHORTEST_SECRET, `must have ${SHORTEST_SECRET} characters or more`);

/** Reads a file that holds a secret, by a path as it is written. @throws a file system error. */
export type ReadSecret = (path: string) => string;

/** Reads files whose paths start at the folder of a config file. */
export function secretReader(configFile: string): ReadSecret {
  return (path) => readFileSync(resolve(dirname(configFile), path), 'utf8').trim();
}

/** What may say a secret: itself, or the file that holds it. */
type Written = { secret?: string | undefined; secret_file?: string | undefined };

/** A secret wherever it stands; `problem` says what is wrong, never what was read. */
export function secretOf(
  { secret, secret_file: file }: Written,
  read: ReadSecret,
): { secret: string; problem: { key: keyof Written; message: string } | undefined } {
  const wrong = (key: keyof Written, message: string) => ({ secret: '', problem: { key, message } });
  if (secret !== undefined && file !== undefined) return wrong('secret_file', 'cannot stand beside secret');
  if (secret !== undefined) return { secret, problem: undefined };
  if (file === undefined) return wrong('secret', 'is required, or secret_file');
  try {
    const found = read(file);
    const checked = secretText.safeParse(found);
    if (checked.success) return { secret: found, problem: undefined };
    return wrong('secret_file', `what the file holds ${checked.error.issues[0]?.message ?? 'is no secret'}`);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    return wrong('secret_file', `cannot be read (${code})`);
  }
}
