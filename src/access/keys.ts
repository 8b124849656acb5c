import { insertKey, type KeyRecord } from '../store/keys.ts';
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
};

/** A new key: the record that is stored, and the key itself, which is shown once and kept nowhere. */
export type CreatedKey = { key: string; record: KeyRecord };

/** Makes a key and stores its record. Rejects with StoreError when it cannot be stored. */
export async function createKey(store: Store, pepper: Uint8Array, request: KeyRequest): Promise<CreatedKey> {
  const { id, key } = generateKey();
  const record: KeyRecord = {
    id,
    name: request.name,
    digest: digestKey(key, pepper),
    lastFour: key.slice(-4),
    models: request.models === undefined ? null : [...request.models],
    createdAt: request.createdAt,
    expiresAt: request.expiresAt ?? null,
    disabledAt: null,
    revokedAt: null,
  };
  await insertKey(store, record);
  return { key, record };
}

/** Where a key stands at `now` (Unix ms); a revoked key stays revoked whatever else is true of it. */
export type KeyState = 'active' | 'disabled' | 'expired' | 'revoked';

/** The state of a key at `now` (Unix ms). */
export function keyState(key: Pick<KeyRecord, 'expiresAt' | 'disabledAt' | 'revokedAt'>, now: number): KeyState {
  if (key.revokedAt !== null) return 'revoked';
  if (key.disabledAt !== null) return 'disabled';
  return key.expiresAt !== null && key.expiresAt <= now ? 'expired' : 'active';
}
