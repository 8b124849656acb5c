import type { Session } from './session-key.ts';

/** Characters of a session's key that seed its draws: five are 30 bits. */
const SEED_LENGTH = 5;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/**
 * The lots of a session, from 0 to 1, 1 excluded: the same wherever they are drawn. So processes and nodes that know nothing of each
 * other begin a session at the same target, and go on to the same one when that fails; over many sessions the weights hold.
 */
export function drawsOf({ key }: Session): () => number {
  let state = [...key.slice(0, SEED_LENGTH)].reduce((seed, letter) => seed * 64 + ALPHABET.indexOf(letter), 0) | 0;
  // Mulberry32.
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
