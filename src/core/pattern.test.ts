import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchesPattern } from './pattern.ts';

test.each([
  ['', '', true],
  ['', 'a', false],
  ['*', '', true],
  ['*', 'anything', true],
  ['a*', 'a', true],
  ['a*c', 'abbc', true],
  ['a*c', 'abcb', false],
  ['*a*b*', 'xxaxxbxx', true],
  ['*ab', 'aab', true],
  ['a**b', 'ab', true],
  ['.*', 'x', false],
  ['A', 'a', false],
])('%j against %j: %s', (pattern, name, fits) => {
  expect(matchesPattern(pattern, name)).toBe(fits);
});

test('agrees with the plain recursive meaning', () => {
  const means = (pattern: string, name: string): boolean => {
    if (pattern === '') return name === '';
    if (pattern.startsWith('*')) return means(pattern.slice(1), name) || (name !== '' && means(pattern, name.slice(1)));
    return name.startsWith(pattern.charAt(0)) && means(pattern.slice(1), name.slice(1));
  };
  const text = (letters: string) => fc.string({ unit: fc.constantFrom(...letters), maxLength: 8 });
  fc.assert(
    fc.property(text('ab*'), text('ab'), (pattern, name) => matchesPattern(pattern, name) === means(pattern, name)),
  );
});
