import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** Where a sealed value stands. It is bound to the value: moved to another row or column, it does not open. */
export type SealedPlace = { table: string; id: string; column: string };

/** A key that wraps the data keys of records. */
export type SealingKey = {
  /** First 8 bytes of a hash of the key, in hexadecimal. */
  id: string;
  /** 32 bytes. */
  key: Uint8Array;
};

/** A sealed value that does not open. */
export class SealError extends Error {
  override readonly name = 'SealError';
  /** `unknown-key`: it was sealed with a key that is not here; `damaged`: it was changed, cut, or moved to another place. */
  readonly kind: 'unknown-key' | 'damaged';

  constructor(kind: SealError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

const CIPHER = 'aes-256-gcm';
const VERSION = 1;
const NONCE = 12;
const KEY = 32;
const TAG = 16;
const KEY_ID = 8;
const HEADER = 1 + KEY_ID;
const WRAPPED_KEY = NONCE + KEY + TAG;
const SHORTEST = HEADER + WRAPPED_KEY + NONCE + TAG;

/** First byte, counted from 1 as SQL does, and length in bytes, of the id of the key that wraps a sealed value's data key. */
export const KEY_ID_IN_ENVELOPE = { start: 2, length: KEY_ID } as const;

/** A sealing key of 32 bytes, with its id. */
export function sealingKeyOf(key: Uint8Array): SealingKey {
  const hash = createHash('sha256').update('ezmodel sealing key id\n').update(key).digest('hex');
  return { id: hash.slice(0, 2 * KEY_ID), key };
}

/**
 * Seals a value: version, key id, the wrapped data key, then the value under that data key, which no other value has.
 * 97 bytes longer than the value.
 */
export function sealWith(sealing: SealingKey, value: Uint8Array, place: SealedPlace): Uint8Array {
  const dataKey = randomBytes(KEY);
  return Buffer.concat([wrap(sealing, dataKey, place), encrypt(dataKey, value, boundTo('value', place))]);
}

/**
 * Opens a sealed value.
 * @param find the key of an id; undefined when it is not here.
 * @throws SealError
 */
export function openWith(
  find: (id: string) => SealingKey | undefined,
  sealed: Uint8Array,
  place: SealedPlace,
): Uint8Array {
  const dataKey = unwrap(find, sealed, place);
  return decrypt(dataKey, sealed.subarray(HEADER + WRAPPED_KEY), boundTo('value', place), place);
}

/** The same sealed value with its data key wrapped by another sealing key; the value itself is not touched. @throws SealError */
export function rewrapWith(
  find: (id: string) => SealingKey | undefined,
  sealing: SealingKey,
  sealed: Uint8Array,
  place: SealedPlace,
): Uint8Array {
  const dataKey = unwrap(find, sealed, place);
  return Buffer.concat([wrap(sealing, dataKey, place), sealed.subarray(HEADER + WRAPPED_KEY)]);
}

/** The id of the key that wraps a sealed value's data key. @throws SealError `damaged` when it is no sealed value. */
export function keyIdOf(sealed: Uint8Array, place: SealedPlace): string {
  if (sealed.length < SHORTEST || sealed[0] !== VERSION) throw damaged(place);
  return Buffer.from(sealed.subarray(1, HEADER)).toString('hex');
}

function wrap({ id, key }: SealingKey, dataKey: Uint8Array, place: SealedPlace): Uint8Array {
  const header = Buffer.concat([Uint8Array.of(VERSION), Buffer.from(id, 'hex')]);
  return Buffer.concat([header, encrypt(key, dataKey, boundTo(`key ${id}`, place))]);
}

function unwrap(find: (id: string) => SealingKey | undefined, sealed: Uint8Array, place: SealedPlace): Uint8Array {
  const id = keyIdOf(sealed, place);
  const sealing = find(id);
  if (sealing === undefined) {
    throw new SealError('unknown-key', `${nameOf(place)} is sealed with key ${id}, which this process does not have`);
  }
  return decrypt(sealing.key, sealed.subarray(HEADER, HEADER + WRAPPED_KEY), boundTo(`key ${id}`, place), place);
}

function encrypt(key: Uint8Array, value: Uint8Array, bound: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG }).setAAD(bound);
  return Buffer.concat([nonce, cipher.update(value), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Uint8Array, boxed: Uint8Array, bound: Uint8Array, place: SealedPlace): Uint8Array {
  const end = boxed.length - TAG;
  const decipher = createDecipheriv(CIPHER, key, boxed.subarray(0, NONCE), { authTagLength: TAG })
    .setAAD(bound)
    .setAuthTag(boxed.subarray(end));
  try {
    return Buffer.concat([decipher.update(boxed.subarray(NONCE, end)), decipher.final()]);
  } catch {
    throw damaged(place);
  }
}

/** JSON, so that no two places have the same bytes. */
function boundTo(what: string, { table, id, column }: SealedPlace): Uint8Array {
  return Buffer.from(JSON.stringify(['ezmodel', VERSION, what, table, id, column]));
}

function damaged(place: SealedPlace): SealError {
  return new SealError('damaged', `${nameOf(place)} does not open: it was changed, or belongs to another row`);
}

function nameOf({ table, id, column }: SealedPlace): string {
  return `${column} of ${table} ${id}`;
}
