import { insertKey, type KeyRecord, type StoredKey } from '../store/keys.ts';
import type { Store } from '../store/open.ts';
import { digestKey, generateKey } from './key-format.ts';

/** What a new key may do. Times are Unix ms. */
export type KeyRequest = {
  /** For people; need not be unique. */
  name: string;
  /** Public model names or patterns; undefined: all. */
  models: readonly string[] | undefined;
  /** Undefined: never. */
  expiresAt: number | undefined;
  createdAt: number;
  projectId: string;
  tags: readonly string[];
  /** Addresses and ranges (CIDR) that may use it; undefined: all. */
  ipAllow?: readonly string[] | undefined;
};

/** A new key: the record that is stored, and the key itself, which is shown once and kept nowhere. */
export type CreatedKey = { key: string; record: StoredKey };

/** Makes a key and stores its record. Rejects with StoreError when it cannot be stored. */
export async function createKey(store: Store, pepper: Uint8Array, request: KeyRequest): Promise<CreatedKey> {
  const created = makeKey(pepper, request);
  await insertKey(store, created.record);
  return created;
}

/** Makes a key, for the caller to store. */
export function makeKey(pepper: Uint8Array, request: KeyRequest): CreatedKey {
  const { id, key } = generateKey();
  const record: StoredKey = {
    id,
    name: request.name,
    digest: digestKey(key, pepper),
    previous: null,
    lastFour: key.slice(-4),
    models: request.models === undefined ? null : [...request.models],
    createdAt: request.createdAt,
    expiresAt: request.expiresAt ?? null,
    disabledAt: null,
    revokedAt: null,
    projectId: request.projectId,
    ipAllow: request.ipAllow === undefined ? null : [...request.ipAllow],
    tags: [...request.tags],
    managed: false,
  };
  return { key, record };
}

/**
 * Gives a key a new secret under the same id, so that its limits, budgets and history stay its own.
 * @param until when the secret so far ends, in Unix ms.
 */
export function rotateKey(pepper: Uint8Array, stored: StoredKey, until: number): CreatedKey {
  const { key } = generateKey(stored.id);
  const previous = { digest: stored.digest, until };
  return { key, record: { ...stored, digest: digestKey(key, pepper), lastFour: key.slice(-4), previous } };
}

/** Where a key stands; a revoked key stays revoked whatever else is true of it. `archived`: its project is. */
export type KeyState = 'active' | 'disabled' | 'expired' | 'revoked' | 'archived';

/** What decides the state of a key. */
type KeyLife = Pick<KeyRecord, 'expiresAt' | 'disabledAt' | 'revokedAt'> & {
  project: Pick<KeyRecord['project'], 'archivedAt' | 'expiresAt'>;
};

/** The state of a key at `now` (Unix ms). */
export function keyState(key: KeyLife, now: number): KeyState {
  if (key.revokedAt !== null) return 'revoked';
  if (key.disabledAt !== null) return 'disabled';
  if (key.project.archivedAt !== null) return 'archived';
  return (keyExpiry(key) ?? Number.POSITIVE_INFINITY) <= now ? 'expired' : 'active';
}

/** When a key ends, in Unix ms: with its own time or with its project's, whichever is earlier; null: never. */
export function keyExpiry({ expiresAt, project }: Pick<KeyLife, 'expiresAt' | 'project'>): number | null {
  if (expiresAt === null || project.expiresAt === null) return expiresAt ?? project.expiresAt;
  return Math.min(expiresAt, project.expiresAt);
}
