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
import { checkBooks } from './doctor.ts';
import { createPrices, type Prices } from './prices.ts';
import { reportReceipt } from './receipt-report.ts';
import { type RepriceOptions, reprice } from './reprice.ts';
import { reportUsage } from './usage.ts';

const MODEL = 'model-without-price';
const OPTIONS: RepriceOptions = {
  since: 0,
  model: undefined,
  priced: false,
  dryRun: false,
  actor: 'alice',
  reason: 'the price was announced',
};

let books: Books;

beforeEach(async () => {
  books = await openBooks();
});
afterEach(() => books.close());

const pricesWith = (input: number): Promise<Prices> =>
  createPrices({
    overrides: new Map([[MODEL, anOverride({ input, output: 2_000_000_000 })]]),
    catalogueOf: (provider) => provider,
  });

/** Settles an exchange of 1,000 tokens in and 100 out. */
async function settled(id: string, model = MODEL): Promise<void> {
  await books.ledger.open(anExchange(id, { model }), anAttempt(id, { upstreamModel: model }));
  await books.ledger.settle(anEnd(id), [anAttemptEnd(id)]);
}

async function expectBooksToBalance(): Promise<void> {
  expect((await checkBooks(books.store)).filter(({ ok }) => !ok)).toEqual([]);
}

test('S21 an unpriced charge is priced by a correction, once, and all sums follow', async () => {
  await settled('req_1');
  await settled('req_2', 'claude-opus-5-5');
  const prices = await pricesWith(1_000_000_000);
  const report = await reprice(books.store, prices, NOON + 5_000, OPTIONS);
  expect(report).toMatchObject({
    charges: 1,
    added_nano_usd: 1_200_000,
    still_unpriced: 0,
    corrections: [{ exchange_id: 'req_1', before_nano_usd: null, after_nano_usd: 1_200_000 }],
  });
  expect(await reportReceipt(books.store, 'req_1')).toMatchObject({
    cost_nano_usd: 1_200_000,
    attempts: [
      {
        unpriced: false,
        cost_nano_usd: 1_200_000,
        charge: { booked_nano_usd: null },
        corrections: [
          {
            sequence: 1,
            at: NOON + 5_000,
            actor: 'alice',
            reason: 'the price was announced',
            added_nano_usd: 1_200_000,
          },
        ],
      },
    ],
  });
  const usage = await reportUsage(books.store, { rows: true });
  expect(usage.rows?.find((row) => row.request_id === 'req_1')).toMatchObject({
    unpriced: false,
    cost_nano_usd: 1_200_000,
  });
  expect(usage.totals.cost_nano_usd).toBe(1_200_000 + 6_000_000);
  await expectBooksToBalance();
  expect((await reprice(books.store, prices, NOON, OPTIONS)).corrections).toEqual([]);
  expect((await reprice(books.store, prices, NOON, { ...OPTIONS, priced: true })).corrections).toEqual([]);
});

test('a wrong price is corrected only when asked for, up and down, any number of times', async () => {
  await settled('req_1');
  await reprice(books.store, await pricesWith(5_000_000_000), NOON, OPTIONS);
  const lower = await pricesWith(1_000_000_000);
  expect((await reprice(books.store, lower, NOON, OPTIONS)).corrections).toEqual([]);
  const asked = { ...OPTIONS, priced: true, model: MODEL };
  expect(await reprice(books.store, lower, NOON, asked)).toMatchObject({ added_nano_usd: -4_000_000 });
  expect(await reprice(books.store, await pricesWith(2_000_000_000), NOON, asked)).toMatchObject({
    added_nano_usd: 1_000_000,
  });
  const receipt = await reportReceipt(books.store, 'req_1');
  expect(receipt?.attempts[0]?.corrections.map(({ booked_nano_usd: booked }) => booked)).toEqual([
    5_200_000, 1_200_000, 2_200_000,
  ]);
  await expectBooksToBalance();
});

test('two at once, and a dry run', async () => {
  await settled('req_1');
  const prices = await pricesWith(1_000_000_000);
  expect((await reprice(books.store, prices, NOON, { ...OPTIONS, dryRun: true })).corrections).toHaveLength(1);
  expect((await reportReceipt(books.store, 'req_1'))?.cost_nano_usd).toBeNull();
  await Promise.all([reprice(books.store, prices, NOON, OPTIONS), reprice(books.store, prices, NOON, OPTIONS)]);
  expect((await reportReceipt(books.store, 'req_1'))?.cost_nano_usd).toBe(1_200_000);
  await expectBooksToBalance();
});

test('what has no price now either is counted, and other models are left alone', async () => {
  await settled('req_1');
  await settled('req_2', 'another-model');
  const prices = await pricesWith(1_000_000_000);
  expect(await reprice(books.store, prices, NOON, { ...OPTIONS, model: 'another-model' })).toMatchObject({
    charges: 1,
    corrections: [],
    still_unpriced: 1,
  });
});
