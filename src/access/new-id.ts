import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_LENGTH = 10;
const RANDOM_LENGTH = 16;
const POOL_BYTES = 4096;

let pool = randomBytes(POOL_BYTES);
let used = 0;

/**
 * A new id: time first, so that rows keyed by it are written in order, then 80 random bits.
 * @param prefix such as `req`.
 * @param now Unix ms.
 */
export function newId(prefix: string, now: number): string {
  let id = '';
  for (let rest = now, place = 0; place < TIME_LENGTH; place++) {
    id = ALPHABET.charAt(rest % ALPHABET.length) + id;
    rest = Math.floor(rest / ALPHABET.length);
  }
  if (used + RANDOM_LENGTH > pool.length) {
    pool = randomBytes(POOL_BYTES);
    used = 0;
  }
  for (let place = 0; place < RANDOM_LENGTH; place++) id += ALPHABET.charAt((pool[used++] ?? 0) % ALPHABET.length);
  return `${prefix}_${id}`;
}
