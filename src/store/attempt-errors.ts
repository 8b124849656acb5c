import { sql } from 'kysely';
import type { ErrorPlace } from './error-place.ts';
import { findErrorWords as findInPostgres } from './postgres/error-words.ts';
import { query } from './query.ts';
import { findErrorWords as findInFile } from './sqlite/error-words.ts';
import type { Store } from './store.ts';

/** Characters of an error's text that are kept. */
const LONGEST_TEXT = 500;

/** What may be a credential that an upstream quotes. */
const SECRET_LIKE = /\b(?:sk|pk|key|gsk|xai|AIza|ya29)[-_][\w-]{6,}|\b[A-Za-z0-9+/_-]{40,}={0,2}/g;

/** What kept an attempt from its proper end, in words that its client was or could have been told. */
export type AttemptError = { exchangeId: string; attempt: number; text: string };

/** Queues the text of a failed attempt for search; losing it with a crash harms no books. What looks like a secret is masked. */
export function postAttemptError(store: Store, { exchangeId, attempt, text }: AttemptError): void {
  const shown = text
    .slice(0, 4 * LONGEST_TEXT)
    .replaceAll(SECRET_LIKE, '…')
    .slice(0, LONGEST_TEXT);
  store.writer.post([
    'run',
    'INSERT INTO attempt_errors (exchange_id, attempt, text) VALUES (?, ?, ?) ON CONFLICT (exchange_id, attempt) DO NOTHING',
    [exchangeId, attempt, shown],
  ]);
}

/** Texts of the failed attempts of an exchange, by attempt. */
export async function listAttemptErrors(store: Store, exchangeId: string): Promise<Map<number, string>> {
  const rows = await store.reports.all(
    sql<{ attempt: number; text: string }>`SELECT attempt, text FROM attempt_errors
      WHERE exchange_id = ${exchangeId}`.compile(query),
  );
  return new Map(rows.map(({ attempt, text }) => [attempt, text]));
}

/**
 * Texts that have all words of `text`, the last of them perhaps unfinished, newest first; none for a text without words.
 * @param before row number that bounds them; undefined: from the newest.
 */
export async function findErrors(
  store: Store,
  text: string,
  before: number | undefined,
  limit: number,
): Promise<ErrorPlace[]> {
  const words = text.match(/[\p{L}\p{N}]+/gu);
  if (!words) return [];
  const find = store.kind === 'sqlite' ? findInFile : findInPostgres;
  return store.reports.all(find(words, before ?? Number.MAX_SAFE_INTEGER, limit));
}
