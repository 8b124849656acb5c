import { sql } from 'kysely';
import type { Store } from './open.ts';
import { query, type Statement } from './query.ts';
import type { PayloadsTable } from './schema.ts';

/** What is known of a payload without opening it. Times are Unix ms. */
export type PayloadEntry = {
  exchangeId: string;
  keyId: string;
  projectId: string;
  createdAt: number;
  expiresAt: number;
  /** As it is stored. */
  bytes: number;
};

/** A payload with its sealed content. */
export type SealedPayload = PayloadEntry & { sealed: Uint8Array };

/** Keeps a payload. @throws StoreError as a rejection. */
export async function insertPayload(store: Store, payload: SealedPayload): Promise<void> {
  await store.writer.run(
    query
      .insertInto('payloads')
      .values({
        exchange_id: payload.exchangeId,
        key_id: payload.keyId,
        project_id: payload.projectId,
        created_at: Math.trunc(payload.createdAt),
        expires_at: Math.trunc(payload.expiresAt),
        bytes: payload.bytes,
        sealed: payload.sealed,
      })
      .onConflict((conflict) => conflict.column('exchange_id').doNothing())
      .compile(),
  );
}

/** The payload of an exchange that has not expired; undefined when there is none. */
export async function findPayload(store: Store, exchangeId: string, now: number): Promise<SealedPayload | undefined> {
  const [row] = await store.reports.all(
    query
      .selectFrom('payloads')
      .selectAll()
      .where('exchange_id', '=', exchangeId)
      .where('expires_at', '>', now)
      .compile(),
  );
  return row && { ...entryOf(row), sealed: row.sealed };
}

/** Up to `limit` payloads that have not expired, newest first, of all or of one key. */
export async function listPayloads(
  store: Store,
  { now, keyId, limit }: { now: number; keyId: string | undefined; limit: number },
): Promise<PayloadEntry[]> {
  const all = query
    .selectFrom('payloads')
    .select(['exchange_id', 'key_id', 'project_id', 'created_at', 'expires_at', 'bytes'])
    .where('expires_at', '>', now)
    .orderBy('created_at', 'desc')
    .limit(limit);
  const rows = await store.reports.all((keyId === undefined ? all : all.where('key_id', '=', keyId)).compile());
  return rows.map(entryOf);
}

/** Which payloads to delete; times are Unix ms. */
export type PayloadSelection =
  | { exchangeId: string }
  | { keyId: string }
  | { projectId: string }
  | { createdBefore: number }
  | { expiredAt: number }
  | 'all';

/** Deletes up to `limit` payloads, oldest first, and answers how many: call again while it is `limit`. */
export function deleteSomePayloads(store: Store, which: PayloadSelection, limit: number): Promise<number> {
  return store.writer.run(deleteSomePayloadsStatement(which, limit));
}

/** The statement that deletes up to `limit` payloads, oldest first. */
export function deleteSomePayloadsStatement(which: PayloadSelection, limit: number): Statement {
  return sql`DELETE FROM payloads WHERE exchange_id IN
    (SELECT exchange_id FROM payloads WHERE ${conditionOf(which)} ORDER BY created_at LIMIT ${limit})`.compile(query);
}

function conditionOf(which: PayloadSelection) {
  if (which === 'all') return sql`1 = 1`;
  if ('exchangeId' in which) return sql`exchange_id = ${which.exchangeId}`;
  if ('keyId' in which) return sql`key_id = ${which.keyId}`;
  if ('projectId' in which) return sql`project_id = ${which.projectId}`;
  if ('createdBefore' in which) return sql`created_at < ${which.createdBefore}`;
  return sql`expires_at <= ${which.expiredAt}`;
}

/** How many payloads there are, their bytes, and when the oldest was made (Unix ms; null without any). */
export async function sizePayloads(store: Store): Promise<{ count: number; bytes: number; oldest: number | null }> {
  const [row] = await store.reports.all(
    sql<{
      count: number;
      bytes: number;
      oldest: number | null;
    }>`SELECT count(*) AS count, coalesce(sum(bytes), 0) AS bytes,
      min(created_at) AS oldest FROM payloads`.compile(query),
  );
  return row ?? { count: 0, bytes: 0, oldest: null };
}

type Columns = Omit<PayloadsTable, 'sealed'>;

function entryOf(row: Columns): PayloadEntry {
  const { exchange_id, key_id, project_id, created_at, expires_at, bytes } = row;
  return {
    exchangeId: exchange_id,
    keyId: key_id,
    projectId: project_id,
    createdAt: created_at,
    expiresAt: expires_at,
    bytes,
  };
}
