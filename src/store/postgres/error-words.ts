import { sql } from 'kysely';
import type { ErrorPlace } from '../error-place.ts';
import { query } from '../query.ts';

/** The statement that finds texts of errors with all of these words, the last one perhaps unfinished, by their text vectors. */
export function findErrorWords(words: readonly string[], before: number, limit: number) {
  return sql<ErrorPlace>`SELECT id, exchange_id FROM attempt_errors
    WHERE words @@ to_tsquery('simple', ${`${words.join(' & ')}:*`}) AND id < ${before}
    ORDER BY id DESC LIMIT ${limit}`.compile(query);
}
