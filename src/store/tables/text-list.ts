import { StoreError } from '../failure.ts';

/** A list of texts as a column keeps it. */
export function writeList(list: readonly string[]): string {
  return JSON.stringify(list);
}

/**
 * The list of a column; null where there is none.
 * @param what it is, for the error.
 * @throws StoreError `corrupt`: a list that cannot be read must not open everything.
 */
export function readList(text: string | null, what: string): string[] | null {
  if (text === null) return null;
  const list: unknown = JSON.parse(text);
  if (!Array.isArray(list)) throw new StoreError('corrupt', `${what} is no list`);
  return list.filter((item) => typeof item === 'string');
}
