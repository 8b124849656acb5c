import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  anAttempt,
  anAttemptEnd,
  anEnd,
  anExchange,
  anOverride,
  type Books,
  NOON,
  openBooks,
} from '../../test/support/ledger-books.ts';
import { budgetStatus, insertBudget } from '../store/budgets.ts';
import { StoreError } from '../store/failure.ts';
import { openStore, type Store } from '../store/open.ts';
import type { Operation } from '../store/sqlite/protocol.ts';
import { checkBooks } from './doctor.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { createPrices } from './prices.ts';
import { reportReceipt } from './receipt-report.ts';
import type { IsGone } from './recovery.ts';
import { reprice } from './reprice.ts';
import { reportUsage } from './usage.ts';
import { reportUsageBy } from './usage-by.ts';

/** What {@link anAttemptEnd} costs: 1,000 in, 100 out. */
const COST = 6_000_000;
const UNPRICED = 'model-without-price';
/** Recovery by somebody who takes this process for dead. */
const isGone: IsGone = (node) => node === 'test';

let books: Books;
let other: Ledger;
beforeEach(async () => {
  books = await openBooks();
  other = createLedger({ store: books.store, prices: books.prices, now: () => NOON + 60_000, node: 'other' });
});
afterEach(async () => {
  expect((await checkBooks(books.store)).filter(({ ok }) => !ok)).toEqual([]);
  await books.close();
});

async function openOne(id: string, model = 'claude-opus-5-5'): Promise<void> {
  const need = { nanoUsd: 10_000_000, blocked: false, lease: 660_000 };
  await books.ledger.open(anExchange(id, { model, tags: ['t'] }), anAttempt(id, { upstreamModel: model }), need);
}

async function giveBudget(hard: boolean): Promise<void> {
  await insertBudget(books.store, {
    ...{ id: 'bud_1', name: 'one', subject: 'tag:t', amount: 20_000_000, period: 'month', timeZone: 'UTC' },
    ...{ hard, alerts: [], createdAt: NOON, managed: false },
  });
}

/** A ledger of the process `test` that hands its settlements to `send`. */
function ledgerThatSends(send: (settlement: Operation) => Promise<void>): Ledger {
  const submit: Store['writer']['submit'] = async (operation) => {
    if (operation[0] !== 'settle') return books.store.writer.submit(operation);
    await send(operation);
    return undefined;
  };
  const store = { ...books.store, writer: { ...books.store.writer, submit } };
  return createLedger({ store, prices: books.prices, now: Date.now, node: 'test' });
}

const spent = async () => (await budgetStatus(books.store, NOON)).map((one) => [one.spent, one.reserved]);

test('S18 the late settlement of a process that was taken for dead corrects what was settled for it, once', async () => {
  await giveBudget(true);
  await openOne('req_1');
  books.ledger.checkpoint([{ exchangeId: 'req_1', attempt: 1, usage: { input: 1_200, output: 7 } }]);
  await books.ledger.flush();
  expect(await other.recover(isGone)).toBe(1);
  expect(await spent()).toEqual([[1_200 * 4_000 + 7 * 20_000, 0]]);
  const late = { ...anEnd('req_1'), losses: [] };
  expect(await books.ledger.settle(late, [anAttemptEnd('req_1')])).toMatchObject({ costNanoUsd: COST });
  await books.ledger.settle(late, [anAttemptEnd('req_1')]);
  expect(await other.recover(isGone)).toBe(0);
  expect(await spent()).toEqual([[COST, 0]]);
  const { totals, rows } = await reportUsage(books.store, { rows: true });
  expect(totals).toMatchObject({ exchanges: 1, input_tokens: 1_000, output_tokens: 100, cost_nano_usd: COST });
  expect(rows).toEqual([expect.objectContaining({ status: 'ok', http_status: 200, partial: false, estimated: false })]);
  const receipt = await reportReceipt(books.store, 'req_1');
  expect(receipt?.attempts).toMatchObject([
    {
      cost_nano_usd: COST,
      status: 'ok',
      corrections: [{ sequence: 1, actor: 'ezmodel', added_nano_usd: COST - 1_200 * 4_000 - 7 * 20_000 }],
    },
  ]);
});

test('a settlement that others repeat for a dead process, or that says what is booked already, adds nothing', async () => {
  await openOne('req_1');
  const third = createLedger({ store: books.store, prices: books.prices, now: () => NOON + 90_000, node: 'third' });
  // Both have read it as open before either settles it.
  await other.recover(isGone, async () => void (await third.recover(isGone)));
  const end = { outcome: 'error', httpStatus: 529, errorKind: 'overloaded' } as const;
  await books.ledger.settle(anEnd('req_1', end), [
    anAttemptEnd('req_1', { outcome: 'error', httpStatus: 529, usage: { input: 500 }, estimated: true }),
  ]);
  const receipt = await reportReceipt(books.store, 'req_1');
  expect(receipt).toMatchObject({ status: 'error', attempts: [{ corrections: [] }] });
});

test.each([
  ['one after the other, as out of a spool', (twice: (() => Promise<unknown>)[]) => twice[0]?.().then(twice[1])],
  ['at once over two connections', (twice: (() => Promise<unknown>)[]) => Promise.all(twice.map((write) => write()))],
])('S18 a late settlement that is written twice counts once: %s', async (_, write) => {
  await giveBudget(true);
  const second = await openStore(books.location);
  const ledger = ledgerThatSends(async (settlement) => {
    await write([books.store, second].map((store) => () => store.writer.submit(settlement)));
  });
  try {
    // It says something else than is booked of how the call ended alone, or of its tokens too.
    for (const [id, output] of [
      ['req_same', 100],
      ['req_less', 7],
    ] as const) {
      const need = { nanoUsd: COST, blocked: false, lease: 660_000 };
      await ledger.open(anExchange(id, { tags: ['t'] }), anAttempt(id), need);
      ledger.checkpoint([{ exchangeId: id, attempt: 1, usage: { input: 1_000, output } }]);
      await ledger.flush();
      expect(await other.recover(isGone)).toBe(1);
      await ledger.settle(anEnd(id), [anAttemptEnd(id)]);
      const receipt = await reportReceipt(books.store, id);
      expect(receipt).toMatchObject({ status: 'ok' });
      expect(receipt?.attempts[0]?.corrections).toHaveLength(output === 100 ? 0 : 1);
    }
  } finally {
    await second.close();
  }
  expect(await spent()).toEqual([[2 * COST, 0]]);
});

test('S18 a recovery that had read an exchange before others settled it changes nothing, though it knows less', async () => {
  await openOne('req_1');
  const third = createLedger({ store: books.store, prices: books.prices, now: () => NOON + 90_000, node: 'third' });
  await third.recover(isGone, async () => {
    books.ledger.checkpoint([{ exchangeId: 'req_1', attempt: 1, usage: { input: 1_000, output: 100 } }]);
    await books.ledger.flush();
    expect(await other.recover(isGone)).toBe(1);
  });
  const receipt = await reportReceipt(books.store, 'req_1');
  expect(receipt).toMatchObject({ status: 'crashed', attempts: [{ cost_nano_usd: COST, corrections: [] }] });
});

test('S18 an attempt that began while others settled its exchange is charged with the late settlement, and its channel has the answer', async () => {
  await books.ledger.open(anExchange('req_1'), anAttempt('req_1', { channel: 'first' }));
  await other.recover(isGone, () =>
    books.ledger.openAttempt(anAttempt('req_1', { attempt: 2, channel: 'second' })).then(),
  );
  const failed = anAttemptEnd('req_1', {
    outcome: 'error',
    httpStatus: 529,
    usage: { input: 0 },
    firstEventAt: undefined,
  });
  await books.ledger.settle(anEnd('req_1'), [failed, anAttemptEnd('req_1', { attempt: 2 })]);
  const { groups } = await reportUsageBy(books.store, {
    ...{ from: 0, to: undefined, projectId: undefined, keyId: undefined, model: undefined, tag: undefined },
    ...{ by: ['channel'], rows: false },
  });
  const figures = groups.map(({ channel, exchanges, cost_nano_usd: cost }) => [channel, exchanges, cost]);
  expect(figures.toSorted()).toEqual([
    ['first', 0, 0],
    ['second', 1, COST],
  ]);
});

test('without a price a late settlement corrects the tokens, and a price that was given meanwhile is taken back', async () => {
  await openOne('req_1', UNPRICED);
  await openOne('req_2', UNPRICED);
  await other.recover(isGone);
  await books.ledger.settle(anEnd('req_1'), [anAttemptEnd('req_1')]);
  const priced = await createPrices({
    overrides: new Map([[UNPRICED, anOverride({ input: 2_000_000 })]]),
    catalogueOf: (provider) => provider,
  });
  const options = {
    since: 0,
    model: undefined,
    priced: false,
    dryRun: false,
    actor: 'me',
    reason: 'it has a price now',
  };
  await reprice(books.store, priced, NOON, options);
  await books.ledger.settle(anEnd('req_2'), [anAttemptEnd('req_2')]);
  const { totals, rows } = await reportUsage(books.store, { rows: true });
  expect(totals).toMatchObject({ input_tokens: 2_000, output_tokens: 200, cost_nano_usd: 2_000 });
  const byId = new Map(rows?.map((row) => [row.request_id, row.unpriced]));
  expect([byId.get('req_1'), byId.get('req_2')]).toEqual([false, true]);
});

test('S18 who goes by silence settles what holds money of a hard budget only when the call can run no more', async () => {
  await giveBudget(true);
  await openOne('req_held');
  await books.ledger.open(anExchange('req_free'), anAttempt('req_free'));
  const asked = new Map<number, number>();
  const bySilence =
    (silence: number): IsGone =>
    (node, heldFor) => {
      asked.set(heldFor, (asked.get(heldFor) ?? 0) + 1);
      return node === 'test' && silence >= heldFor;
    };
  expect(await other.recover(bySilence(30_000))).toBe(1);
  expect(await spent()).toEqual([[0, 10_000_000]]);
  const held = Math.max(...asked.keys());
  expect(held).toBeGreaterThanOrEqual(660_000);
  expect(await other.recover(bySilence(held))).toBe(1);
  expect(await spent()).toEqual([[500 * 4_000, 0]]);
});

test('S6 an intent that is refused because the database was lost, and was written all the same, gives back what it holds and costs nothing', async () => {
  await giveBudget(true);
  let isLost = true;
  const submit: Store['writer']['submit'] = async (operation) => {
    const result = await books.store.writer.submit(operation);
    if (isLost && operation[0] === 'open') throw new StoreError('unavailable', 'the connection was lost');
    return result;
  };
  const store = { ...books.store, writer: { ...books.store.writer, submit } };
  const ledger = createLedger({ store, prices: books.prices, now: () => NOON, node: 'lost' });
  const need = { nanoUsd: 10_000_000, blocked: false, lease: 660_000 };
  const open = (id: string) => ledger.open(anExchange(id, { tags: ['t'] }), anAttempt(id), need);
  await expect(open('req_1')).rejects.toThrow('lost');
  isLost = false;
  await open('req_2');
  expect(await spent()).toEqual([[0, 20_000_000]]);
  expect(await ledger.recover(() => false)).toBe(1);
  expect(await ledger.recover(() => false)).toBe(0);
  expect(await spent()).toEqual([[0, 10_000_000]]);
  await ledger.settle(anEnd('req_2'), [anAttemptEnd('req_2')]);
  expect(await spent()).toEqual([[COST, 0]]);
});

test('a soft budget keeps nothing open', async () => {
  await giveBudget(false);
  await openOne('req_1');
  expect(await other.recover((node, heldFor) => node === 'test' && heldFor === 0)).toBe(1);
});
