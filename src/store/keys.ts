import { StoreError } from './failure.ts';
import type { Store } from './open.ts';
import { query } from './query.ts';
import type { KeysTable } from './schema.ts';

/** A client credential as it is stored: never the secret itself. Times are Unix ms. */
export type KeyRecord = {
  /** The 12 characters that the key carries in clear. */
  id: string;
  name: string;
  /** HMAC of the secret. */
  digest: Uint8Array;
  /** The last four characters of the key, for people to tell keys apart. */
  lastFour: string;
  /** Public model names that the key may use; null: all. */
  models: string[] | null;
  createdAt: number;
  expiresAt: number | null;
  /** Set while the key is switched off. */
  disabledAt: number | null;
  /** Set for good once the key is revoked. */
  revokedAt: number | null;
};

/** Stores a new key. @throws StoreError `rejected` when the id exists. */
export async function insertKey(store: Store, key: KeyRecord): Promise<void> {
  const row: KeysTable = {
    id: key.id,
    name: key.name,
    digest: key.digest,
    last_four: key.lastFour,
    models: key.models === null ? null : JSON.stringify(key.models),
    created_at: Math.trunc(key.createdAt),
    expires_at: key.expiresAt === null ? null : Math.trunc(key.expiresAt),
    disabled_at: key.disabledAt,
    revoked_at: key.revokedAt,
  };
  await store.writer.run(query.insertInto('keys').values(row).compile());
}

/** All keys, oldest first, revoked ones included. */
export async function listKeys(store: Store): Promise<KeyRecord[]> {
  const rows = await store.reader.all(
    query.selectFrom('keys').selectAll().orderBy('created_at').orderBy('id').compile(),
  );
  return rows.map(toRecord);
}

/** The key with this id, whatever its state. */
export async function findKey(store: Store, id: string): Promise<KeyRecord | undefined> {
  const [row] = await store.reader.all(query.selectFrom('keys').selectAll().where('id', '=', id).compile());
  return row === undefined ? undefined : toRecord(row);
}

/** Switches a key off at `disabledAt` (Unix ms), or on again with null. Answers false when there is no such key. */
export async function setKeyDisabled(store: Store, id: string, disabledAt: number | null): Promise<boolean> {
  const statement = query.updateTable('keys').set({ disabled_at: disabledAt }).where('id', '=', id).compile();
  return (await store.writer.run(statement)) > 0;
}

/** Revokes a key for good; the first time stands. Answers false when there is no such key. */
export async function setKeyRevoked(store: Store, id: string, revokedAt: number): Promise<boolean> {
  const statement = query
    .updateTable('keys')
    .set((column) => ({ revoked_at: column.fn.coalesce('revoked_at', column.val(revokedAt)) }))
    .where('id', '=', id)
    .compile();
  return (await store.writer.run(statement)) > 0;
}

/** A number that grows with every change of any key, by any process: one cheap query tells whether to reload. */
export async function keysRevision(store: Store): Promise<number> {
  const [row] = await store.reader.all(
    query.selectFrom('revisions').select('value').where('name', '=', 'keys').compile(),
  );
  if (row === undefined) throw new StoreError('corrupt', 'the revision of the keys is missing');
  return row.value;
}

function toRecord(row: KeysTable): KeyRecord {
  return {
    id: row.id,
    name: row.name,
    digest: row.digest,
    lastFour: row.last_four,
    models: row.models === null ? null : modelsOf(row),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    disabledAt: row.disabled_at,
    revokedAt: row.revoked_at,
  };
}

/** A list that cannot be read must not open all models, so it throws. */
function modelsOf(row: KeysTable): string[] {
  const models: unknown = JSON.parse(row.models ?? 'null');
  if (!Array.isArray(models)) throw new StoreError('corrupt', `the model list of key ${row.id} is no list`);
  return models.filter((model) => typeof model === 'string');
}
