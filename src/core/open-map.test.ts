import { expect, test } from 'vitest';
import { OpenMap } from './open-map.ts';

test('keeps what is under way, and nothing of what has ended', () => {
  const open = new OpenMap<string, { name: string }>();
  open.set('a', { name: 'first' });
  open.set('b', { name: 'second' });
  open.set('a', { name: 'again' });
  expect([...open.values()].map(({ name }) => name)).toEqual(['again', 'second']);
  open.delete('a');
  open.delete('never there');
  expect([open.get('a'), open.has('a'), open.get('b')?.name, open.has('b'), open.size]).toEqual([
    undefined,
    false,
    'second',
    true,
    1,
  ]);
});
