import type { CompiledQuery } from 'kysely';
import { toColumnValues } from '../column-values.ts';
import { StoreError } from '../failure.ts';
import type { ReaderClient } from '../sqlite/reader-client.ts';
import { createReaderPool, toStoreError } from './connection.ts';
import { numbered } from './placeholders.ts';

/** A reader over a few connections. `refusal` is asked first, so that nobody waits for a database that is known to be down. */
export function createReader(url: string, refusal: () => StoreError | undefined): ReaderClient {
  const pool = createReaderPool(url);
  let closed = false;
  const all = async <Output>({ sql, parameters }: CompiledQuery<Output>): Promise<Output[]> => {
    const refused = closed ? new StoreError('closed', 'the store is closed') : refusal();
    if (refused !== undefined) throw refused;
    try {
      const result = await pool.query({ ...numbered(sql), values: toColumnValues(parameters) });
      return result.rows;
    } catch (error) {
      throw toStoreError(error);
    }
  };
  const close = async (): Promise<void> => {
    closed = true;
    await pool.end();
  };
  return { all, close };
}
