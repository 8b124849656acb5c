import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecentMap } from './recent-map.ts';

test('what was used last is remembered, and no more than twice as much', () => {
  const uses = fc.array(fc.record({ key: fc.nat(12), sets: fc.boolean() }), { maxLength: 200 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), uses, (least, all) => {
      const map = new RecentMap<number, number>(least);
      const lately: number[] = [];
      for (const [index, { key, sets }] of all.entries()) {
        if (sets) map.set(key, index);
        if (!sets && map.get(key) === undefined) continue;
        lately.splice(0, lately.length, ...lately.filter((each) => each !== key), key);
        expect(map.size).toBeLessThan(2 * least + 1);
        for (const recent of lately.slice(-least)) expect(map.has(recent)).toBe(true);
      }
      expect([...map.entries()].map(([key]) => key).sort()).toEqual(
        [...new Set([...map.entries()].map(([key]) => key))].sort(),
      );
    }),
  );
});

test('looking is no use, and what is deleted is gone', () => {
  const map = new RecentMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  expect(map.peek('a')).toBe(1);
  map.set('c', 3);
  map.set('d', 4);
  expect([map.peek('a'), map.get('c'), map.get('d')]).toEqual([undefined, 3, 4]);
  map.delete('c');
  expect([map.has('c'), map.size]).toEqual([false, 1]);
  expect([...map.values()]).toEqual([4]);
  map.clear();
  expect(map.size).toBe(0);
});
