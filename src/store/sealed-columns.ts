import { sql } from 'kysely';
import type { Store } from './open.ts';
import { query, type Statement } from './query.ts';

/** A column that holds sealed values, in a table with one text as its key. */
export type SealedColumn = {
  table: string;
  id: string;
  column: string;
  /** Whether a server cannot do its work without them; what only some page shows it can. */
  isVital: boolean;
};

/** All of them: what is named here takes part in the rotation of sealing keys. */
export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: 'payloads', id: 'exchange_id', column: 'sealed', isVital: false },
  { table: 'credentials', id: 'id', column: 'secret', isVital: true },
  { table: 'webhooks', id: 'name', column: 'secret', isVital: true },
  { table: 'second_factors', id: 'user_id', column: 'sealed_secret', isVital: true },
];

/** A sealed value and its row. */
export type SealedValue = { id: string; sealed: Uint8Array };

/** Where the id of its key stands in a sealed value: first byte, from 1, and length in bytes. */
export type KeyIdPlace = { start: number; length: number };

/** Up to `limit` values of a column whose key has not this id, in the order of their rows, behind the row `after`. */
export function listSealedOtherwise(
  store: Store,
  { table, id, column }: SealedColumn,
  { keyId, place, after, limit }: { keyId: Uint8Array; place: KeyIdPlace; after: string; limit: number },
): Promise<SealedValue[]> {
  return store.reports.all(
    sql<SealedValue>`SELECT ${sql.ref(id)} AS id, ${sql.ref(column)} AS sealed FROM ${sql.table(table)}
      WHERE ${sql.ref(id)} > ${after} AND ${keyIdIn(column, place)} <> ${keyId}
      ORDER BY ${sql.ref(id)} LIMIT ${limit}`.compile(query),
  );
}

/** How many values of a column are sealed with which key. */
export function countSealed(
  store: Store,
  { table, column }: SealedColumn,
  place: KeyIdPlace,
): Promise<{ keyId: Uint8Array; count: number }[]> {
  return store.reports.all(
    sql<{ keyId: Uint8Array; count: number }>`SELECT ${keyIdIn(column, place)} AS "keyId", count(*) AS count
      FROM ${sql.table(table)} WHERE ${sql.ref(column)} IS NOT NULL GROUP BY ${keyIdIn(column, place)}`.compile(query),
  );
}

/** Replaces a value that still is what it was; false when it was changed or deleted meanwhile. */
export async function replaceSealed(
  store: Store,
  { table, id, column }: SealedColumn,
  before: SealedValue,
  sealed: Uint8Array,
): Promise<boolean> {
  const statement = sql`UPDATE ${sql.table(table)} SET ${sql.ref(column)} = ${sealed}
    WHERE ${sql.ref(id)} = ${before.id} AND ${sql.ref(column)} = ${before.sealed}`.compile(query);
  return (await store.writer.run(statement)) > 0;
}

/** The statement that deletes up to `limit` rows of a column that are sealed with a key. */
export function deleteSealedStatement(
  { table, id, column }: SealedColumn,
  { keyId, place, limit }: { keyId: Uint8Array; place: KeyIdPlace; limit: number },
): Statement {
  return sql`DELETE FROM ${sql.table(table)} WHERE ${sql.ref(id)} IN (SELECT ${sql.ref(id)} FROM ${sql.table(table)}
    WHERE ${keyIdIn(column, place)} = ${keyId} LIMIT ${limit})`.compile(query);
}

function keyIdIn(column: string, { start, length }: KeyIdPlace) {
  return sql`substr(${sql.ref(column)}, ${sql.raw(`${start}`)}, ${sql.raw(`${length}`)})`;
}
