import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  anAttempt,
  anAttemptEnd,
  anEnd,
  anExchange,
  type Books,
  NOON,
  openBooks,
} from '../../test/support/ledger-books.ts';
import { reportUsageBy, type UsageQuestion } from './usage-by.ts';

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
/** What each exchange of {@link settle} costs. */
const COST = 6_000_000;

let books: Books;
beforeEach(async () => {
  books = await openBooks();
});
afterEach(() => books.close());

async function settle(id: string, changes: Parameters<typeof anExchange>[1]): Promise<void> {
  await books.ledger.open(anExchange(id, changes), anAttempt(id));
  await books.ledger.settle(anEnd(id), [anAttemptEnd(id)]);
}

const ask = (question: Partial<UsageQuestion>) =>
  reportUsageBy(books.store, {
    ...{ from: 0, to: undefined, projectId: undefined, keyId: undefined, model: undefined, tag: undefined },
    ...{ by: [], rows: false },
    ...question,
  });

test('usage is told by what was asked for, of what was asked for', async () => {
  await settle('a', { tags: ['ci', 'team_a'] });
  await settle('b', { tags: ['ci'], startedAt: NOON + 20 * MINUTE, keyId: 'key000000002' });
  await settle('c', { startedAt: NOON + 61 * MINUTE, projectId: 'proj_other', model: 'other-model' });
  await settle('d', { startedAt: NOON + 30 * DAY, model: 'other-model' });

  expect((await ask({})).totals).toMatchObject({ exchanges: 4, input_tokens: 4_000, cost_nano_usd: 4 * COST });
  expect((await ask({ by: ['month'] })).groups).toMatchObject([
    { month: '2026-11', exchanges: 3 },
    { month: '2026-12', exchanges: 1, cost_nano_usd: COST },
  ]);
  expect((await ask({ by: ['tag'] })).groups).toMatchObject([
    { tag: null, exchanges: 2 },
    { tag: 'ci', exchanges: 2 },
    { tag: 'team_a', exchanges: 1 },
  ]);
  expect((await ask({ by: ['tag'] })).totals).toMatchObject({ exchanges: 4 });
  // `_` is a letter like any other.
  expect((await ask({ tag: 'team_a' })).totals.exchanges).toBe(1);
  expect((await ask({ tag: 'teamXa' })).totals.exchanges).toBe(0);
  expect((await ask({ by: ['project', 'model'], model: 'other-*' })).groups).toMatchObject([
    { project: 'default', project_id: 'proj_default', model: 'other-model', exchanges: 1 },
    { project: null, project_id: 'proj_other', model: 'other-model', exchanges: 1 },
  ]);
  expect((await ask({ keyId: 'key000000002', by: ['key', 'channel'] })).groups).toMatchObject([
    { key_id: 'key000000002', key_name: null, channel: 'main', exchanges: 1 },
  ]);
});

test.each([
  ['within an hour', NOON + 10 * MINUTE, NOON + 20 * MINUTE, 1],
  ['over whole hours', NOON, NOON + 120 * MINUTE, 4],
  ['with both ends cut', NOON + 10 * MINUTE, NOON + 70 * MINUTE, 3],
  ['up to a moment that is not counted', NOON, NOON + 61 * MINUTE, 3],
])('a time %s is kept to the millisecond', async (_, from, to, exchanges) => {
  for (const at of [0, 10, 59, 61, 121]) await settle(`at-${at}`, { startedAt: NOON + at * MINUTE });
  const { totals, rows } = await ask({ from, to, rows: true });
  expect(totals).toMatchObject({ exchanges, cost_nano_usd: exchanges * COST });
  expect(rows).toHaveLength(exchanges);
});
