import { describe, expect, it } from 'vitest';
import { KEY_ID_IN_ENVELOPE, keyIdOf, openWith, rewrapWith, SealError, sealingKeyOf, sealWith } from './envelope.ts';

const older = sealingKeyOf(new Uint8Array(32).fill(1));
const newer = sealingKeyOf(new Uint8Array(32).fill(2));
const place = { table: 'credentials', id: 'c1', column: 'secret' };
const value = Buffer.from('sk-provider-Größe-🙂');
const find = (...keys: (typeof older)[]) => {
  return (id: string) => keys.find((each) => each.id === id);
};
const kindOf = (action: () => unknown) => {
  try {
    return action();
  } catch (error) {
    return error instanceof SealError ? error.kind : error;
  }
};

describe('envelopes', () => {
  it('give back what was sealed, any length, and never look the same twice', () => {
    for (const each of [value, Buffer.alloc(0), Buffer.alloc(70_000, 7)]) {
      const sealed = sealWith(older, each, place);
      expect(sealed.length).toBe(each.length + 97);
      expect(Buffer.compare(openWith(find(older), sealed, place), each)).toBe(0);
      expect(Buffer.compare(sealed, sealWith(older, each, place))).not.toBe(0);
      if (each === value) expect(Buffer.from(sealed).includes(value.subarray(0, 8))).toBe(false);
    }
  });

  it('do not open when any one byte was changed, or when they were cut or made longer', () => {
    const sealed = sealWith(older, value, place);
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = Uint8Array.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      const isKeyId = index >= 1 && index <= KEY_ID_IN_ENVELOPE.length;
      expect(
        kindOf(() => openWith(find(older, newer), changed, place)),
        `byte ${index}`,
      ).toBe(isKeyId ? 'unknown-key' : 'damaged');
    }
    for (let length = 0; length < sealed.length; length += 1) {
      expect(
        kindOf(() => openWith(find(older), sealed.subarray(0, length), place)),
        `${length} bytes`,
      ).toBe('damaged');
    }
    expect(kindOf(() => openWith(find(older), Buffer.concat([sealed, Buffer.alloc(1)]), place))).toBe('damaged');
  });

  it('do not open in another row, column or table, nor with parts of one another', () => {
    const sealed = sealWith(older, value, place);
    const others = [{ id: 'c2' }, { column: 'other' }, { table: 'other' }, { table: 'credentials c1', id: '' }];
    for (const other of others) {
      expect(
        kindOf(() => openWith(find(older), sealed, { ...place, ...other })),
        JSON.stringify(other),
      ).toBe('damaged');
    }
    const second = sealWith(older, value, place);
    const mixed = Buffer.concat([sealed.subarray(0, 69), second.subarray(69)]);
    expect(kindOf(() => openWith(find(older), mixed, place))).toBe('damaged');
  });

  it('name the key that they need, and open with no other that calls itself so', () => {
    const sealed = sealWith(older, value, place);
    expect(keyIdOf(sealed, place)).toBe(older.id);
    expect(kindOf(() => openWith(find(newer), sealed, place))).toBe('unknown-key');
    expect(kindOf(() => openWith(() => newer, sealed, place))).toBe('damaged');
  });

  it('are wrapped anew without touching the value; the old key is then not needed', () => {
    const sealed = sealWith(older, value, place);
    const moved = rewrapWith(find(older), newer, sealed, place);
    expect(keyIdOf(moved, place)).toBe(newer.id);
    expect(Buffer.compare(moved.subarray(69), sealed.subarray(69))).toBe(0);
    expect(Buffer.from(openWith(find(newer), moved, place)).toString()).toBe(value.toString());
    expect(kindOf(() => rewrapWith(find(older), newer, sealed, { ...place, id: 'c2' }))).toBe('damaged');
  });
});
