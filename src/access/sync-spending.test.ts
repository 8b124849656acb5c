import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Books, NOON, openBooks } from '../../test/support/ledger-books.ts';
import type { BudgetSetting, SpendingConfig } from '../config/config.ts';
import { NO_SPENDING, spendingOf } from '../config/spending-schema.ts';
import { listBudgets } from '../store/budgets.ts';
import { listProjects } from '../store/projects.ts';
import { takeOverFile } from './sync-spending.ts';

let books: Books;
beforeEach(async () => {
  books = await openBooks();
});
afterEach(() => books.close());

const BUDGET: BudgetSetting = {
  name: 'monthly',
  on: { scope: 'project', name: 'research' },
  amount: 5_000,
  period: 'month',
  timeZone: 'UTC',
  hard: true,
  alerts: [80],
};

const PEPPER = new Uint8Array(32);

const sync = (changes: Partial<SpendingConfig>) =>
  takeOverFile(books.store, PEPPER, { spending: { ...spendingOf(NO_SPENDING), ...changes }, keys: [] }, NOON);

test('projects and budgets of the file are made, changed and let go', async () => {
  const projects = [
    {
      name: 'research',
      models: ['a-*'],
      tags: ['r'],
      archived: false,
      markup: 12_000,
      unpriced: { policy: 'flag' as const, ceiling: undefined },
      ipAllow: ['10.0.0.0/8'],
      expiresAt: NOON,
    },
  ];
  await sync({ projects, budgets: [BUDGET] });
  const [, made] = await listProjects(books.store);
  expect(made).toMatchObject({
    name: 'research',
    models: ['a-*'],
    defaultTags: ['r'],
    markup: 12_000,
    unpriced: { policy: 'flag' },
    managed: true,
    ipAllow: ['10.0.0.0/8'],
  });
  const [first] = await listBudgets(books.store);
  expect(first).toMatchObject({ subject: `project:${made?.id}`, amount: 5_000, managed: true });
  await sync({ projects, budgets: [{ ...BUDGET, amount: 6_000 }] });
  expect(await listBudgets(books.store)).toEqual([{ ...first, amount: 6_000 }]);
  await sync({});
  expect(await listBudgets(books.store)).toEqual([]);
  expect((await listProjects(books.store))[1]).toMatchObject({ name: 'research', managed: false });
});

test('a budget on a project that nobody has made is refused by name', async () => {
  await expect(sync({ budgets: [BUDGET] })).rejects.toThrow('budgets.monthly.project: there is no project "research"');
});
