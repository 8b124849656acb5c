import fc from 'fast-check';
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
import { countBreaches } from './books.ts';
import { BUDGET_RULES } from './budget-books.ts';
import {
  addBudgetEntry,
  type BudgetRecord,
  budgetStatus,
  insertBudget,
  removeBudget,
  updateBudget,
} from './budgets.ts';
import { openStore } from './open.ts';

const ON = 'tag:t';
const exchange = (id: string, tags = ['t']) => anExchange(id, { tags });
/** What {@link anAttemptEnd} costs: 1,000 in, 100 out. */
const COST = 6_000_000;

let books: Books;
beforeEach(async () => {
  books = await openBooks();
});
afterEach(async () => {
  for (const name of Object.keys(BUDGET_RULES))
    expect(await countBreaches(books.store, name), name).toMatchObject({ broken: 0 });
  await books.close();
});

const budget: BudgetRecord = {
  id: 'bud_1',
  name: 'one',
  subject: ON,
  amount: 100,
  period: 'prepaid',
  timeZone: 'UTC',
  hard: true,
  alerts: [50, 100],
  createdAt: NOON,
  managed: false,
};

/** A budget that has its amount by an entry. */
async function giveBudget(
  changes: { id?: string; name?: string; amount?: number; hard?: boolean } = {},
): Promise<void> {
  const made = { ...budget, ...changes };
  await insertBudget(books.store, { ...made, amount: 0 });
  await addBudgetEntry(books.store, { budgetId: made.id, at: NOON, amount: made.amount, note: 'first' });
}

const need = (nanoUsd: number, blocked = false) => ({ nanoUsd, blocked, lease: 60_000 });
const open = (id: string, nanoUsd: number) => books.ledger.open(exchange(id), anAttempt(id), need(nanoUsd));
const settle = (id: string) => books.ledger.settle(anEnd(id), [anAttemptEnd(id)]);
const statusOf = async (name: string) =>
  (await budgetStatus(books.store, Date.now())).find((each) => each.name === name);

test('S12 what is held fits, to the nano-USD; a refusal leaves nothing behind and spoils no batch', async () => {
  await giveBudget();
  const answers = await Promise.all([open('req_a', 60), open('req_b', 41), open('req_c', 40)]);
  expect(answers).toMatchObject([undefined, { reason: 'exhausted', name: 'one', fitsLater: true }, undefined]);
  expect(await statusOf('one')).toMatchObject({ spent: 0, reserved: 100 });
  await expect(settle('req_b')).rejects.toThrow('was not opened here');
  await Promise.all([settle('req_a'), settle('req_c')]);
  // More than was held: it is stored as it is, and the budget shows it.
  expect(await statusOf('one')).toMatchObject({ spent: 2 * COST, reserved: 0 });
  expect(await open('req_d', 1)).toMatchObject({ fitsLater: false, spent: 2 * COST });
});

test('all budgets of an exchange have room, or none holds anything', async () => {
  await giveBudget();
  await giveBudget({ id: 'bud_2', name: 'two', amount: 10 });
  expect(await open('req_a', 50)).toMatchObject({ name: 'two' });
  expect(await statusOf('one')).toMatchObject({ reserved: 0 });
  expect(await open('req_b', 10)).toBeUndefined();
  expect(await statusOf('one')).toMatchObject({ reserved: 10 });
});

test('a further attempt holds more only where it needs more, for what failed ones have cost as well', async () => {
  await giveBudget({ amount: 2 * COST });
  await open('req_a', COST);
  books.ledger.checkpoint([{ exchangeId: 'req_a', attempt: 1, usage: { input: 0 } }]);
  await books.ledger.openAttempt(anAttempt('req_a', { attempt: 2 }), need(COST));
  expect(await statusOf('one')).toMatchObject({ reserved: COST });
  books.ledger.checkpoint([{ exchangeId: 'req_a', attempt: 2, usage: { input: 1_000, output: 100 } }]);
  const third = anAttempt('req_a', { attempt: 3 });
  expect(await books.ledger.openAttempt(third, need(COST + 1))).toMatchObject({ needed: 2 * COST + 1 });
  expect(await books.ledger.openAttempt(third, need(COST))).toBeUndefined();
  expect(await statusOf('one')).toMatchObject({ reserved: 2 * COST });
  const ends = [1, 2, 3].map((attempt) => ({ ...anAttemptEnd('req_a'), attempt, ...(attempt === 1 && { usage: {} }) }));
  await books.ledger.settle(anEnd('req_a'), ends);
  expect(await statusOf('one')).toMatchObject({ spent: 2 * COST, reserved: 0 });
});

test('what has no price is refused by a hard budget alone', async () => {
  await giveBudget();
  expect(await books.ledger.open(exchange('req_a'), anAttempt('req_a'), need(0, true))).toMatchObject({
    reason: 'unpriced',
  });
  await updateBudget(books.store, { before: budget, after: { ...budget, alerts: [], hard: false }, now: NOON });
  expect(await books.ledger.open(exchange('req_a'), anAttempt('req_a'), need(0, true))).toBeUndefined();
});

test('S12 two processes on one store share what is left exactly', async () => {
  await giveBudget();
  const beside = await openStore(books.location);
  const { createLedger } = await import('../metering/ledger.ts');
  const other = createLedger({ store: beside, prices: books.prices, now: Date.now, node: 'other' });
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, index) =>
      (index % 2 === 0 ? books.ledger : other).open(exchange(`req_${index}`), anAttempt(`req_${index}`), need(3)),
    ),
  );
  expect(answers.filter((refusal) => refusal === undefined)).toHaveLength(33);
  expect(await statusOf('one')).toMatchObject({ reserved: 99 });
  await beside.close();
});

test('S12 property: spent and reserved never exceed the amount while costs keep to what was held', async () => {
  await giveBudget({ amount: 10 * COST });
  const ids: string[] = [];
  const steps = fc.array(
    fc.record({ count: fc.integer({ min: 1, max: 6 }), settles: fc.integer({ min: 0, max: 4 }) }),
    { maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(steps, async (rounds) => {
      for (const { count, settles } of rounds) {
        const fresh = Array.from({ length: count }, () => `req_${crypto.randomUUID()}`);
        const opened = await Promise.all(fresh.map(async (id) => ((await open(id, COST)) === undefined ? [id] : [])));
        ids.push(...opened.flat());
        await Promise.all(ids.splice(0, settles).map(settle));
        const status = await statusOf('one');
        if (!status) throw new Error('the budget is gone');
        expect(status.spent + status.reserved).toBeLessThanOrEqual(status.amount);
        expect(status.reserved).toBe(ids.length * COST);
      }
    }),
    { numRuns: 8 },
  );
});

test('S18 what a dead process holds is given back when others settle for it; it begins no attempt then, and its late settlement is what counts', async () => {
  await giveBudget({ amount: 100 });
  await open('req_a', 60);
  const { createLedger } = await import('../metering/ledger.ts');
  const other = createLedger({ store: books.store, prices: books.prices, now: Date.now, node: 'other' });
  expect(await other.recover((node) => node !== 'test')).toBe(0);
  expect(await other.recover((node) => node === 'test')).toBe(1);
  await expect(books.ledger.openAttempt(anAttempt('req_a', { attempt: 2 }), need(1))).rejects.toThrow('not open');
  const after = await statusOf('one');
  expect(after).toMatchObject({ reserved: 0 });
  await settle('req_a');
  expect(await statusOf('one')).toMatchObject({ spent: COST, reserved: 0 });
});

test('a removed budget takes nothing along', async () => {
  await giveBudget();
  await open('req_a', 50);
  await removeBudget(books.store, 'bud_1');
  await settle('req_a');
  expect(await budgetStatus(books.store, Date.now())).toEqual([]);
});

test('an exchange that does not say what it can cost is written where no budget is on it, and asked for that where one is', async () => {
  await giveBudget();
  const unstated = (id: string, tags: string[]) => books.ledger.open(exchange(id, tags), anAttempt(id), 'unstated');
  expect(await unstated('req_a', ['other'])).toBeUndefined();
  expect(await unstated('req_b', ['t'])).toMatchObject({ reason: 'unstated', name: 'one', fitsLater: false });
  await expect(settle('req_b')).rejects.toThrow('was not opened here');
  await settle('req_a');
  expect(await open('req_b', 100)).toBeUndefined();
  expect(await statusOf('one')).toMatchObject({ spent: 0, reserved: 100 });
});
