import { createHmac, type KeyObject, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** The start of every key: what secret scanners look for. */
export const KEY_PREFIX = 'sk-ez-';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ID_LENGTH = 12;
/** 43 characters of base62 hold 256 bits. */
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
/** The largest multiple of 62 that a byte can hold: bytes from there on would favour the first letters. */
const UNBIASED_BYTES = 248;

const KEY_PATTERN = new RegExp(
  `^${KEY_PREFIX}([0-9A-Za-z]{${ID_LENGTH}})-[0-9A-Za-z]{${SECRET_LENGTH}}-[0-9A-Za-z]{${CHECKSUM_LENGTH}}$`,
);

/** A key as its holder gets it, once; `id` is the part that may be shown and logged. */
export type GeneratedKey = { id: string; key: string };

/**
 * Makes a key `sk-ez-<12 id>-<43 secret>-<6 checksum>` (`reliability.md` §3, Key format).
 * @param id that of a key that gets a new secret; undefined: a new one.
 */
export function generateKey(id = randomBase62(ID_LENGTH)): GeneratedKey {
  const body = `${KEY_PREFIX}${id}-${randomBase62(SECRET_LENGTH)}`;
  return { id, key: `${body}-${checksum(body)}` };
}

/** The id inside a well-formed key with a right checksum; undefined for any other text. Proves nothing about the secret. */
export function parseKey(text: string): { id: string } | undefined {
  const id = KEY_PATTERN.exec(text)?.[1];
  if (id === undefined) return undefined;
  const bodyLength = text.length - CHECKSUM_LENGTH - 1;
  return text.slice(bodyLength + 1) === checksum(text.slice(0, bodyLength)) ? { id } : undefined;
}

/** What is stored of a key: HMAC-SHA-256 of the whole key under the pepper. A secret of 256 bits needs no slow hash. */
export function digestKey(key: string, pepper: Uint8Array | KeyObject): Uint8Array {
  return createHmac('sha256', pepper).update(key).digest();
}

function checksum(body: string): string {
  let rest = crc32(body);
  let text = '';
  for (let place = 0; place < CHECKSUM_LENGTH; place++) {
    text = ALPHABET.charAt(rest % ALPHABET.length) + text;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return text;
}

function randomBase62(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length * 2)) {
      if (byte < UNBIASED_BYTES && text.length < length) text += ALPHABET.charAt(byte % ALPHABET.length);
    }
  }
  return text;
}
