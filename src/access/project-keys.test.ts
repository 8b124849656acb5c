import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Books, NOON, openBooks } from '../../test/support/ledger-books.ts';
import { listKeys } from '../store/keys.ts';
import { insertProject, setProjectArchived } from '../store/projects.ts';
import { createKey, keyState } from './keys.ts';
import { mayUseModel } from './limits.ts';
import { principalOf } from './principal.ts';

let books: Books;
beforeEach(async () => {
  books = await openBooks();
});
afterEach(() => books.close());

async function keyOfProject() {
  await insertProject(books.store, {
    id: 'proj_1',
    name: 'research',
    createdAt: NOON,
    archivedAt: null,
    models: ['a-*'],
    ipAllow: ['10.0.0.0/8'],
    expiresAt: NOON + 1_000,
    defaultTags: ['research', 'shared'],
    markup: 10_000,
    unpriced: null,
    managed: false,
  });
  await createKey(books.store, new Uint8Array(32), {
    name: 'mine',
    models: ['a-1', 'b'],
    expiresAt: NOON + 9_000,
    createdAt: NOON,
    projectId: 'proj_1',
    tags: ['mine', 'shared'],
  });
  return listOne();
}

async function listOne() {
  const [key] = await listKeys(books.store);
  if (key === undefined) throw new Error('there is no key');
  return key;
}

test('a key may do what it and its project allow, until the earlier end', async () => {
  const key = await keyOfProject();
  const principal = principalOf(key);
  expect(principal).toMatchObject({
    projectId: 'proj_1',
    expiresAt: NOON + 1_000,
    tags: ['mine', 'shared', 'research'],
  });
  expect(['a-1', 'a-2', 'b'].map((model) => mayUseModel(principal, model))).toEqual([true, false, false]);
  expect([NOON, NOON + 1_000].map((now) => keyState(key, now))).toEqual(['active', 'expired']);
});

test('archiving a project refuses its keys until it is taken up again', async () => {
  await keyOfProject();
  await setProjectArchived(books.store, 'proj_1', NOON);
  expect(keyState(await listOne(), NOON)).toBe('archived');
  await setProjectArchived(books.store, 'proj_1', null);
  expect(keyState(await listOne(), NOON)).toBe('active');
});
