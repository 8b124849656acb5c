import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Books } from '../../test/support/ledger-books.ts';
import {
  anAttempt,
  anAttemptEnd,
  anEnd,
  anExchange,
  anOverride,
  NOON,
  openBooks,
} from '../../test/support/ledger-books.ts';
import type { PriceOverride } from '../config/config.ts';
import { type BudgetRecord, budgetStatus, insertBudget } from '../store/budgets.ts';
import { checkBooks } from './doctor.ts';
import { createLedger } from './ledger.ts';
import { createPrices } from './prices.ts';
import { reportReceipt } from './receipt-report.ts';
import { reprice } from './reprice.ts';
import { reportUsageBy, USAGE_DIMENSIONS } from './usage-by.ts';
import { summarize } from './usage-figures.ts';

const CLASSES = ['input', 'cache_read', 'cache_write_5m', 'cache_write_1h', 'output'] as const;
const KEYS = ['key000000001', 'key000000002'];
const TAGS = ['a', 'b'];
const MODELS = ['plain', 'odd', 'without-price'];
/** In parts of ten thousand. */
const TERMS: Readonly<Record<string, number>> = { batch: 5_000, priority: 17_500 };
const LONG = 1_000_000;

const RATES = { input: 3_000_000_000, cacheRead: 300_000_000, cacheWrite5m: 3_750_000_000 };
const PLAIN = anOverride({ ...RATES, cacheWrite1h: 6_000_000_000, output: 15_000_000_000, multipliers: TERMS });
const ODD = anOverride({
  ...{ input: 333_333, cacheRead: 7, cacheWrite5m: 499_999, cacheWrite1h: 1, output: 999_999, multipliers: TERMS },
  longer: [{ aboveInput: LONG, input: 777_777, cacheRead: 77, cacheWrite5m: 1, cacheWrite1h: 3, output: 1_234_567 }],
});
const EARLIER = new Map([
  ['plain', PLAIN],
  ['odd', ODD],
]);
const LATER = new Map([
  ['plain', { ...PLAIN, output: 14_999_999_999 }],
  ['odd', ODD],
  ['without-price', { ...ODD, input: 5_000_000_000 }],
]);

const count = fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 400_000 }), fc.constant(undefined));
const anyAttempt = fc.record({
  model: fc.constantFrom(...MODELS),
  channel: fc.constantFrom('main', 'backup'),
  counts: fc.array(count, { minLength: 5, maxLength: 5 }),
  terms: fc.subarray(Object.keys(TERMS)),
});
const anyExchange = fc.record({
  keyId: fc.constantFrom(...KEYS),
  tags: fc.subarray(TAGS),
  markup: fc.constantFrom(10_000, 12_345),
  outcome: fc.constantFrom('ok' as const, 'error' as const, 'aborted' as const),
  hour: fc.nat({ max: 5 }),
  attempts: fc.array(anyAttempt, { minLength: 1, maxLength: 3 }),
});
type AnyAttempt = ReturnType<typeof anyAttempt.generate>['value'];

/** What an attempt costs, worked out apart from the code under test; null without a price. */
function costOf({ model, counts, terms }: AnyAttempt, markup: number): number | null {
  const override: PriceOverride | undefined = EARLIER.get(model);
  const used = counts.map((each) => each ?? 0);
  if (!override) return used.some((each) => each > 0) ? null : 0;
  const prompt = used.slice(0, 4).reduce((sum, each) => sum + each, 0);
  const rates = prompt > LONG ? (override.longer[0] ?? override) : override;
  const ofClasses = [rates.input, rates.cacheRead, rates.cacheWrite5m, rates.cacheWrite1h, rates.output];
  const factors = [markup, ...terms.map((term) => TERMS[term] ?? 0)];
  return used.reduce((sum, tokens, index) => {
    const product = factors.reduce(
      (all, factor) => all * BigInt(factor),
      BigInt(tokens) * BigInt(ofClasses[index] ?? 0),
    );
    const unit = factors.reduce((all) => all * 10_000n, 1_000_000n);
    return sum + Number((2n * product + unit) / (2n * unit));
  }, 0);
}

const sumOf = (values: readonly (number | null)[]): number =>
  values.reduce<number>((sum, each) => sum + (each ?? 0), 0);

let books: Books;
beforeAll(async () => {
  books = await openBooks();
  const budget = { period: 'prepaid', timeZone: 'UTC', hard: false, createdAt: 0, managed: false } as const;
  const subjects = ['project:proj_default', ...KEYS.map((id) => `key:${id}`), ...TAGS.map((tag) => `tag:${tag}`)];
  for (const [index, subject] of subjects.entries()) {
    const record: BudgetRecord = { id: `bud_${index}`, name: subject, subject, amount: 0, alerts: [], ...budget };
    await insertBudget(books.store, record);
  }
});
afterAll(() => books?.close());

test('property: the parts of receipts = their totals = ledger = exchanges = roll-ups = usage = budgets', async () => {
  const { store } = books;
  const sources = { catalogueOf: () => undefined };
  const prices = await createPrices({ overrides: EARLIER, ...sources });
  const repriced = await createPrices({ overrides: LATER, ...sources });
  const ledger = createLedger({ store, prices, now: () => NOON, node: 'test' });
  const kept: { id: string; keyId: string; tags: string[] }[] = [];
  const need = { nanoUsd: 1, blocked: false, lease: 60_000 };

  const book = async ({
    keyId,
    tags,
    markup,
    outcome,
    hour,
    attempts,
  }: ReturnType<typeof anyExchange.generate>['value']) => {
    const id = `req_${kept.length}`;
    const startedAt = NOON + hour * 3_600_000;
    kept.push({ id, keyId, tags });
    for (const [index, { model, channel }] of attempts.entries()) {
      const opening = anAttempt(id, { attempt: index + 1, upstreamModel: model, channel, startedAt });
      const exchange = anExchange(id, { keyId, tags, markup, model, startedAt });
      expect(await (index === 0 ? ledger.open(exchange, opening, need) : ledger.openAttempt(opening, need))).toBe(
        undefined,
      );
    }
    const ends = attempts.map(({ counts, terms }, index) => {
      const usage = Object.fromEntries(
        CLASSES.flatMap((name, at) => (counts[at] === undefined ? [] : [[name, counts[at]]])),
      );
      return anAttemptEnd(id, { attempt: index + 1, usage: { ...usage, terms } });
    });
    await ledger.settle(anEnd(id, { outcome }), ends);
    const receipt = await reportReceipt(store, id);
    const charged = receipt?.attempts.map(({ charge }) => charge.total_nano_usd);
    expect(charged).toEqual(attempts.map((each) => costOf(each, markup)));
  };

  /** What the receipts of some exchanges add up to, each proven to be the sum of its parts. */
  const receipted = async (ids: readonly string[]): Promise<number> => {
    const costs = ids.map(async (id) => {
      const receipt = await reportReceipt(store, id);
      for (const { charge, corrections, cost_nano_usd: cost } of receipt?.attempts ?? []) {
        for (const { lines, total_nano_usd: total, booked_nano_usd: booked } of [charge, ...corrections]) {
          expect(booked).toBe(total);
          if (total !== null) expect(sumOf(lines.map(({ nano_usd: each }) => each))).toBe(total);
        }
        expect(sumOf([charge.total_nano_usd, ...corrections.map((each) => each.added_nano_usd)])).toBe(cost ?? 0);
      }
      const ofAttempts = sumOf((receipt?.attempts ?? []).map((attempt) => attempt.cost_nano_usd));
      expect(receipt?.cost_nano_usd ?? 0).toBe(ofAttempts);
      return ofAttempts;
    });
    return sumOf(await Promise.all(costs));
  };

  const compare = async () => {
    await ledger.flush();
    const total = await receipted(kept.map(({ id }) => id));
    const question = {
      from: 0,
      to: undefined,
      projectId: undefined,
      keyId: undefined,
      model: undefined,
      tag: undefined,
    };
    for (const dimension of USAGE_DIMENSIONS.filter((each) => each !== 'tag')) {
      const { totals, groups } = await reportUsageBy(store, { ...question, by: [dimension], rows: false });
      expect(totals.cost_nano_usd, dimension).toBe(total);
      expect(sumOf(groups.map((group) => group.cost_nano_usd)), dimension).toBe(total);
    }
    const period = { since: NOON - 86_400_000, until: NOON + 86_400_000 };
    expect((await summarize(store, {}, period)).current.cost_nano_usd).toBe(total);
    for (const { subject, spent, reserved } of await budgetStatus(store, NOON)) {
      const [scope, name = ''] = subject.split(':');
      const counted = kept.filter(({ keyId, tags }) => scope === 'project' || keyId === name || tags.includes(name));
      expect([spent, reserved], subject).toEqual([await receipted(counted.map(({ id }) => id)), 0]);
    }
    expect((await checkBooks(store)).filter(({ ok }) => !ok)).toEqual([]);
  };

  const run = fc.record({
    exchanges: fc.array(anyExchange, { minLength: 1, maxLength: 6 }),
    priced: fc.option(fc.boolean()),
  });
  await fc.assert(
    fc.asyncProperty(run, async ({ exchanges, priced }) => {
      for (const exchange of exchanges) await book(exchange);
      await compare();
      if (priced === null) return;
      const options = { since: 0, model: undefined, priced, dryRun: false, actor: 'test', reason: 'property' };
      await reprice(store, repriced, NOON, options);
      await compare();
    }),
    { numRuns: 12 },
  );
});
