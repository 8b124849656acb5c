import { expect, test, vi } from 'vitest';
import { hashPassword, verifyPassword } from './passwords.ts';

// A hash takes half a second of a core on purpose, and cores may be busy.
vi.setConfig({ testTimeout: 60_000 });

test('a password is verified by its hash, which is another each time and says how it was made', async () => {
  const [first, second] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')]);
  expect(first).toMatch(/^\$scrypt\$ln=17,r=8,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  expect(second).not.toBe(first);
  expect(await verifyPassword('correct horse', first)).toBe(true);
  expect(await verifyPassword('correct horsf', first)).toBe(false);
});

test('nobody has a password, and it takes a hash to find out', async () => {
  expect(await verifyPassword('anything', undefined)).toBe(false);
});

test('the same word typed on another keyboard is the same password', async () => {
  expect(await verifyPassword('cafe\u0301 au lait', await hashPassword('caf\u00e9 au lait'))).toBe(true);
});
