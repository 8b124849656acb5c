import { StoreError } from './failure.ts';
import type { Store } from './open.ts';
import { findProject, listProjects, type ProjectRecord } from './projects.ts';
import { query, type Statement } from './query.ts';
import type { KeysTable } from './schema.ts';
import { readList, writeList } from './tables/text-list.ts';

/** A client credential as it is stored: never the secret itself. Times are Unix ms. */
export type StoredKey = {
  /** The 12 characters that the key carries in clear. */
  id: string;
  name: string;
  /** HMAC of the secret. */
  digest: Uint8Array;
  /** That of the secret before it was rotated, good until `until` (Unix ms); null: none. */
  previous: { digest: Uint8Array; until: number } | null;
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
  /** A key never changes its project. */
  projectId: string;
  /** CIDR ranges that may call; null: all. */
  ipAllow: string[] | null;
  /** Tags of every exchange of the key. */
  tags: string[];
  /** True when `ezmodel.yaml` rules it: commands leave it alone. */
  managed: boolean;
};

/** A key with the project that owns it, whose settings hold beside its own. */
export type KeyRecord = StoredKey & { project: ProjectRecord };

/** Stores a new key. @throws StoreError `rejected` when the id exists. */
export async function insertKey(store: Store, key: StoredKey): Promise<void> {
  await store.writer.run(insertKeyStatement(key));
}

/** The statement that stores a new key. */
export function insertKeyStatement(key: StoredKey): Statement {
  return query.insertInto('keys').values(toRow(key)).compile();
}

/** Writes all of a key that exists, but for whether it is revoked. */
export async function updateKey(store: Store, key: StoredKey): Promise<void> {
  await store.writer.run(updateKeyStatement(key));
}

/** The statement that writes all of a key that exists, but for whether it is revoked. */
export function updateKeyStatement(key: StoredKey): Statement {
  const { id, revoked_at: _, ...settings } = toRow(key);
  return query.updateTable('keys').set(settings).where('id', '=', id).compile();
}

function toRow(key: StoredKey): KeysTable {
  return {
    id: key.id,
    name: key.name,
    digest: key.digest,
    last_four: key.lastFour,
    models: key.models === null ? null : writeList(key.models),
    created_at: Math.trunc(key.createdAt),
    expires_at: key.expiresAt === null ? null : Math.trunc(key.expiresAt),
    disabled_at: key.disabledAt,
    revoked_at: key.revokedAt,
    project_id: key.projectId,
    ip_allow: key.ipAllow === null ? null : writeList(key.ipAllow),
    tags: key.tags.length === 0 ? null : writeList(key.tags),
    managed: key.managed ? 1 : 0,
    previous_digest: key.previous?.digest ?? null,
    previous_until: key.previous?.until ?? null,
  };
}

/** All keys, oldest first, revoked ones included. */
export async function listKeys(store: Store): Promise<KeyRecord[]> {
  const rows = await store.reader.all(
    query.selectFrom('keys').selectAll().orderBy('created_at').orderBy('id').compile(),
  );
  const projects = new Map((await listProjects(store)).map((project) => [project.id, project]));
  return rows.map((row) => {
    const project = projects.get(row.project_id);
    if (project === undefined) throw new StoreError('corrupt', `project ${row.project_id} of key ${row.id} is missing`);
    return { ...toStoredKey(row), project };
  });
}

/** The key with this id, whatever its state. */
export async function findKey(store: Store, id: string): Promise<KeyRecord | undefined> {
  const [row] = await store.reader.all(query.selectFrom('keys').selectAll().where('id', '=', id).compile());
  return row && { ...toStoredKey(row), project: await findProject(store, row.project_id) };
}

/** Switches a key off at `disabledAt` (Unix ms), or on again with null. Answers false when there is no such key. */
export async function setKeyDisabled(store: Store, id: string, disabledAt: number | null): Promise<boolean> {
  return (await store.writer.run(disableKeyStatement(id, disabledAt))) > 0;
}

/** The statement that switches a key off at `disabledAt` (Unix ms), or on again with null. */
export function disableKeyStatement(id: string, disabledAt: number | null): Statement {
  return query.updateTable('keys').set({ disabled_at: disabledAt }).where('id', '=', id).compile();
}

/** Revokes a key for good; the first time stands. Answers false when there is no such key. */
export async function setKeyRevoked(store: Store, id: string, revokedAt: number): Promise<boolean> {
  return (await store.writer.run(revokeKeyStatement(id, revokedAt))) > 0;
}

/** The statement that revokes a key for good; the first time stands. */
export function revokeKeyStatement(id: string, revokedAt: number): Statement {
  return query
    .updateTable('keys')
    .set((column) => ({ revoked_at: column.fn.coalesce('revoked_at', column.val(revokedAt)) }))
    .where('id', '=', id)
    .compile();
}

/** A number that grows with every change of any key, by any process: one cheap query tells whether to reload. */
export async function keysRevision(store: Store): Promise<number> {
  const [row] = await store.reader.all(
    query.selectFrom('revisions').select('value').where('name', '=', 'keys').compile(),
  );
  if (row === undefined) throw new StoreError('corrupt', 'the revision of the keys is missing');
  return row.value;
}

function toStoredKey(row: KeysTable): StoredKey {
  return {
    id: row.id,
    name: row.name,
    digest: row.digest,
    previous: row.previous_digest === null ? null : { digest: row.previous_digest, until: row.previous_until ?? 0 },
    lastFour: row.last_four,
    models: readList(row.models, `the model list of key ${row.id}`),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    disabledAt: row.disabled_at,
    revokedAt: row.revoked_at,
    projectId: row.project_id,
    ipAllow: readList(row.ip_allow, `the address list of key ${row.id}`),
    tags: readList(row.tags, `the tags of key ${row.id}`) ?? [],
    managed: row.managed === 1,
  };
}
