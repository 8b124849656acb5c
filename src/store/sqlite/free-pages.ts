import { sql } from 'kysely';
import { query } from '../query.ts';
import type { Store } from '../store.ts';

/** Bytes of deleted rows within the file, which new rows use before the file grows; 0 where the file is another's business. */
export async function reusableBytes(store: Store): Promise<number> {
  if (store.kind !== 'sqlite') return 0;
  const [free] = await store.reader.all(sql<{ freelist_count: number }>`PRAGMA freelist_count`.compile(query));
  const [page] = await store.reader.all(sql<{ page_size: number }>`PRAGMA page_size`.compile(query));
  return (free?.freelist_count ?? 0) * (page?.page_size ?? 0);
}
