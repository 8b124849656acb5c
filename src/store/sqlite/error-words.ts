import { sql } from 'kysely';
import type { ErrorPlace } from '../error-place.ts';
import { query } from '../query.ts';

/** The statement that finds texts of errors with all of these words, the last one perhaps unfinished, in the words of FTS5. */
export function findErrorWords(words: readonly string[], before: number, limit: number) {
  const match = `${words.map((word) => `"${word}"`).join(' ')}*`;
  return sql<ErrorPlace>`SELECT e.id, e.exchange_id FROM (
      SELECT rowid AS id FROM attempt_error_words
      WHERE attempt_error_words MATCH ${match} AND rowid < ${before} ORDER BY rowid DESC LIMIT ${limit}
    ) found JOIN attempt_errors e ON e.id = found.id ORDER BY e.id DESC`.compile(query);
}
