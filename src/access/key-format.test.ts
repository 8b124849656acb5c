import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestKey, generateKey, parseKey } from './key-format.ts';

const CHARACTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

test('a key has the form sk-ez-<12>-<43>-<6> and carries its id', () => {
  for (let round = 0; round < 200; round++) {
    const { id, key } = generateKey();
    expect(key).toMatch(/^sk-ez-[0-9A-Za-z]{12}-[0-9A-Za-z]{43}-[0-9A-Za-z]{6}$/);
    expect(key.slice(6, 18)).toBe(id);
    expect(parseKey(key)).toEqual({ id });
  }
});

test('the checksum finds any one changed character', () => {
  const { key } = generateKey();
  fc.assert(
    fc.property(fc.nat(key.length - 1), fc.constantFrom(...CHARACTERS, '-', ' '), (at, character) => {
      fc.pre(key[at] !== character);
      expect(parseKey(key.slice(0, at) + character + key.slice(at + 1))).toBeUndefined();
    }),
    { numRuns: 1000 },
  );
});

test('no other text is a key', () => {
  const { key } = generateKey();
  for (const text of [
    '',
    ' ',
    key.slice(0, -1),
    `${key}0`,
    ` ${key}`,
    `${key}\n`,
    `${key}, ${key}`,
    key.toUpperCase(),
  ]) {
    expect(parseKey(text)).toBeUndefined();
  }
  fc.assert(fc.property(fc.string({ maxLength: 100 }), (text) => parseKey(text) === undefined));
});

test('each of the 62 characters is as likely at each place: no modulo bias', () => {
  const counts = new Map<string, number>();
  const keys = 4000;
  for (let round = 0; round < keys; round++) {
    const { key } = generateKey();
    for (const character of key.slice(6, 18) + key.slice(19, 62))
      counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  const expected = (keys * 55) / 62;
  const chiSquare = [...CHARACTERS].reduce((sum, one) => sum + ((counts.get(one) ?? 0) - expected) ** 2 / expected, 0);
  // 61 degrees of freedom: above 140 once in 10 million runs; bytes taken modulo 62 would give about 7,000.
  expect(chiSquare).toBeLessThan(140);
});

test('keys do not repeat', () => {
  const ids = Array.from({ length: 5000 }, () => generateKey().id);
  expect(new Set(ids).size).toBe(ids.length);
});

test('a digest depends on every character of the key and on the pepper', () => {
  const { key } = generateKey();
  const pepper = new Uint8Array(32).fill(1);
  const digest = digestKey(key, pepper);
  expect(digest).toHaveLength(32);
  expect(digestKey(key, pepper)).toEqual(digest);
  expect(digestKey(key, new Uint8Array(32).fill(2))).not.toEqual(digest);
  expect(digestKey(`${key.slice(0, -1)}-`, pepper)).not.toEqual(digest);
});
