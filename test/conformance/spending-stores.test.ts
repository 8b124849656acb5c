import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LimitRule } from '../../src/core/limit.ts';
import { TextCount } from '../../src/dialects/shared/text-count.ts';
import { createCourier } from '../../src/metering/alerts/courier.ts';
import { checkBooks } from '../../src/metering/doctor.ts';
import { keepTokenRates } from '../../src/metering/keep-token-rates.ts';
import { createLedger, type Ledger } from '../../src/metering/ledger.ts';
import { createPrices } from '../../src/metering/prices.ts';
import { reprice } from '../../src/metering/reprice.ts';
import { reportUsageBy } from '../../src/metering/usage-by.ts';
import { listAlerts, listCrossedThresholds } from '../../src/store/alerts.ts';
import {
  addBudgetEntry,
  type BudgetRecord,
  budgetStatus,
  insertBudget,
  listBudgetEntries,
  updateBudget,
} from '../../src/store/budgets.ts';
import { limitsRevision, listLimits, removeLimit, setLimit } from '../../src/store/limits.ts';
import { MAIN_SPOOL, openStore, type Store } from '../../src/store/open.ts';
import { saveTokenRates } from '../../src/store/token-rates.ts';
import {
  anAttempt,
  anAttemptEnd,
  anEnd,
  anExchange,
  anOverride,
  cataloguePrices,
  NOON,
  temporaryDirectory,
} from '../support/ledger-books.ts';
import { TestPostgres } from '../support/postgres.ts';

const UNPRICED = 'model-without-price';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await TestPostgres.start();
});
afterAll(() => postgres?.dispose());

/** What both stores must do alike with budgets, limits, alerts and usage. */
describe.each(['sqlite', 'postgres'] as const)('on %s', (kind) => {
  let directory: ReturnType<typeof temporaryDirectory>;
  let databaseUrl: string | undefined;
  let store: Store;
  let ledger: Ledger;

  beforeEach(async () => {
    directory = temporaryDirectory();
    databaseUrl = kind === 'postgres' ? await postgres.database() : undefined;
    store = await openStore({ dataDir: directory.path, databaseUrl, spool: MAIN_SPOOL });
    ledger = createLedger({ store, prices: await cataloguePrices(), now: () => NOON, node: 'test' });
  });
  afterEach(async () => {
    expect((await checkBooks(store)).filter(({ ok }) => !ok)).toEqual([]);
    await store.close();
    directory.remove();
  });

  const budget = (changes: Partial<BudgetRecord>): BudgetRecord => ({
    ...{ id: 'bud_1', name: 'one', subject: 'tag:t', amount: 2_000_000, period: 'month', timeZone: 'UTC' },
    ...{ hard: false, alerts: [50, 100], createdAt: NOON, managed: false },
    ...changes,
  });

  async function settle(id: string, model: string): Promise<void> {
    const need = { nanoUsd: 1_000, blocked: false, lease: 60_000 };
    const refusal = await ledger.open(
      anExchange(id, { model, tags: ['t'] }),
      anAttempt(id, { upstreamModel: model }),
      need,
    );
    expect(refusal).toBeUndefined();
    await ledger.settle(anEnd(id), [anAttemptEnd(id)]);
  }

  test('a price that is learnt later is charged to the budgets of then, and tells of what it crosses', async () => {
    await insertBudget(store, budget({}));
    await insertBudget(store, budget({ id: 'bud_2', name: 'two', amount: 100_000_000, alerts: [] }));
    await settle('req_1', UNPRICED);
    const now = NOON + 40 * 86_400_000;
    const spent = async (at: number) => (await budgetStatus(store, at)).map((each) => each.spent);
    expect(await spent(NOON)).toEqual([0, 0]);
    const learn = async (input: number) =>
      reprice(
        store,
        await createPrices({
          overrides: new Map([[UNPRICED, anOverride({ input, output: 2_000_000_000 })]]),
          catalogueOf: (provider) => provider,
        }),
        now,
        { since: 0, model: undefined, priced: true, dryRun: false, actor: 'alice', reason: 'announced' },
      );
    expect(await learn(1_000_000_000)).toMatchObject({ added_nano_usd: 1_200_000 });
    // In the month in which it was held, not in that of the correction.
    expect(await spent(NOON)).toEqual([1_200_000, 1_200_000]);
    expect(await spent(now)).toEqual([0, 0]);
    expect(await learn(3_000_000_000)).toMatchObject({ added_nano_usd: 2_000_000 });
    expect(await learn(3_000_000_000)).toMatchObject({ added_nano_usd: 0 });
    expect(await spent(NOON)).toEqual([3_200_000, 3_200_000]);
    // A correction can give back, too; what has been told is not told again.
    expect(await learn(500_000_000)).toMatchObject({ added_nano_usd: -2_500_000 });
    expect(await spent(NOON)).toEqual([700_000, 700_000]);

    const told: string[] = [];
    const webhook = { name: 'ops', url: 'http://x', secret: 's', events: ['budget.threshold' as const], timeout: 1 };
    const [one, other] = [0, 1].map(() =>
      createCourier({
        store,
        webhooks: () => [{ ...webhook, privateAddressesAllowed: false }],
        post: async (_, { headers }) => {
          told.push(String(headers['x-ezmodel-alert']));
          return { status: 200 };
        },
        now: () => now,
        onTrouble: (message, details) => expect.unreachable(`${message} ${JSON.stringify(details)}`),
      }),
    );
    await Promise.all([one?.look(), other?.look()]);
    await Promise.all([one?.look(), other?.look()]);
    const start = Date.UTC(2026, 10, 1);
    expect(told.sort()).toEqual([
      `budget.threshold:bud_1:${start}:100:2000000`,
      `budget.threshold:bud_1:${start}:50:2000000`,
    ]);
    const listed = await listAlerts(store, 10);
    expect(listed.flatMap(({ deliveries }) => deliveries.map(({ sentAt, tries }) => [sentAt, tries]))).toEqual([
      [now, 1],
      [now, 1],
    ]);
  });

  test('a budget keeps what is spent and held when its time zone changes, and tells nothing twice', async () => {
    const made = budget({ period: 'day', hard: true, amount: 20_000_000, timeZone: 'Europe/Berlin', alerts: [25] });
    await insertBudget(store, made);
    await settle('req_1', anAttempt('').upstreamModel);
    const need = { nanoUsd: 9_000_000, blocked: false, lease: 60_000 };
    const open = (id: string) => ledger.open(anExchange(id, { tags: ['t'] }), anAttempt(id), need);
    expect(await open('req_2')).toBeUndefined();
    const isTold = async () => (await listCrossedThresholds(store)).length;
    expect(await isTold()).toBe(1);
    let before = made;
    const starts: unknown[] = [];
    for (const timeZone of ['UTC', 'Pacific/Auckland', 'America/Los_Angeles', 'Pacific/Auckland']) {
      const after = { ...before, timeZone };
      await updateBudget(store, { before, after, now: NOON });
      before = after;
      const [status] = await budgetStatus(store, NOON);
      expect(status, timeZone).toMatchObject({ timeZone, spent: 6_000_000, reserved: 9_000_000 });
      starts.push(status?.periodStart);
      expect(await open('req_3')).toMatchObject({ reason: 'exhausted', fitsLater: true });
      expect((await checkBooks(store)).filter(({ ok }) => !ok)).toEqual([]);
    }
    expect(starts).toEqual([20, 20, 20, 20].map((day, index) => Date.UTC(2026, 10, day, [0, 11, 8, 11][index])));
    await ledger.settle(anEnd('req_2'), [anAttemptEnd('req_2')]);
    expect(await budgetStatus(store, NOON)).toMatchObject([{ spent: 12_000_000, reserved: 0 }]);
    expect(await isTold()).toBe(1);
  });

  test('top-ups by several processes at once all count, beside a change of settings', async () => {
    const prepaid = budget({ period: 'prepaid', amount: 0, alerts: [] });
    await insertBudget(store, prepaid);
    const others = await Promise.all([0, 1, 2].map(() => openStore({ dataDir: directory.path, databaseUrl })));
    try {
      const at = NOON;
      for (let round = 0; round < 10; round++) {
        const entry = { budgetId: 'bud_1', at, amount: 1, note: `round ${round}` };
        await Promise.all([
          ...[store, ...others].map((each) => addBudgetEntry(each, entry)),
          updateBudget(store, { before: prepaid, after: { ...prepaid, hard: round % 2 === 0 }, now: NOON }),
        ]);
      }
    } finally {
      await Promise.all(others.map((each) => each.close()));
    }
    expect(await listBudgetEntries(store, 'bud_1')).toHaveLength(40);
    expect(await budgetStatus(store, NOON)).toMatchObject([{ amount: 40 }]);
  });

  test('a threshold is told again once a top-up has put it out of reach', async () => {
    await insertBudget(store, budget({ period: 'prepaid', amount: 0, alerts: [50, 100] }));
    const topUp = (amount: number) => addBudgetEntry(store, { budgetId: 'bud_1', at: NOON, amount, note: 'more' });
    const told = new Set<string>();
    const { look } = createCourier({
      store,
      webhooks: () => [
        {
          ...{ name: 'ops', url: 'http://x', secret: 's', events: ['budget.threshold'] },
          ...{ timeout: 1, privateAddressesAllowed: false },
        },
      ],
      post: async (_, { headers }) => {
        told.add(String(headers['x-ezmodel-alert']));
        return { status: 200 };
      },
      now: () => NOON + 60_000,
      onTrouble: (message, details) => expect.unreachable(`${message} ${JSON.stringify(details)}`),
    });
    const model = anAttempt('').upstreamModel;
    const tell = async () => {
      await look();
      await look();
      return [...told].map((id) => id.replace('budget.threshold:bud_1:0:', '')).sort();
    };
    await topUp(10_000_000);
    await settle('req_1', model);
    expect(await tell()).toEqual(['50:10000000']);
    await topUp(90_000_000);
    expect(await tell()).toEqual(['50:10000000']);
    for (let count = 2; count <= 9; count++) await settle(`req_${count}`, model);
    expect(await tell()).toEqual(['50:10000000', '50:100000000']);
    for (let count = 10; count <= 17; count++) await settle(`req_${count}`, model);
    expect(await tell()).toEqual(['100:100000000', '50:10000000', '50:100000000']);
  });

  test('G2 what a model teaches of its tokens is shared by processes, and read at the next start', async () => {
    const failures: unknown[] = [];
    const process = () => keepTokenRates(store, Date.now, (error) => failures.push(error));
    const [one, other] = [await process(), await process()];
    const text = new TextCount();
    for (let word = 0; word < 400; word++) text.addText(`word${word} `);
    const usual = other.rates.of('main', 'm').tokensOf(text);
    for (let answer = 0; answer < 12; answer++) one.rates.of('main', 'm').learnText(text, 2 * usual);
    const taught = one.rates.of('main', 'm').tokensOf(text);
    expect(taught).toBeGreaterThan(1.8 * usual);
    // Who has a lesson of its own of a model keeps that, and leaves others theirs.
    other.rates.of('main', 'own').learnInput(1_000, 100);
    await one.exchange();
    await other.exchange();
    expect(other.rates.of('main', 'm').tokensOf(text)).toBe(taught);
    expect(other.rates.of('main', 'own').inputTokensOf(1_000)).toBeLessThan(250);
    expect(other.rates.of('backup', 'm').tokensOf(text)).toBe(usual);
    one.rates.of('main', 'late').learnInput(1_000, 100);
    await Promise.all([one.close(), other.close()]);
    await saveTokenRates(store, [{ channel: 'main', upstreamModel: 'm2', rates: '{"weight":"x"' }], Date.now());
    const next = await process();
    expect(next.rates.of('main', 'm').tokensOf(text)).toBe(taught);
    expect(next.rates.of('main', 'late').inputTokensOf(1_000)).toBeLessThan(250);
    expect(next.rates.of('main', 'm2').tokensOf(text)).toBe(usual);
    await next.close();
    expect(failures).toEqual([]);
  });

  test('limits are kept by scope, id and model, and each change moves their revision', async () => {
    const rule: LimitRule = {
      ...{ scope: 'key', id: 'key000000001', model: '*', burst: 10_000 },
      values: { requests_per_minute: 60, tokens_per_day: 1_000_000_000_000 },
    };
    const narrow: LimitRule = { ...rule, model: 'claude-*', values: { concurrent: 3 } };
    const before = await limitsRevision(store);
    await setLimit(store, rule);
    await setLimit(store, narrow);
    expect(await listLimits(store)).toEqual([rule, narrow]);
    const changed: LimitRule = { ...rule, burst: 1_000, values: { output_tokens_per_minute: 5_000 } };
    await setLimit(store, changed);
    expect(await listLimits(store)).toEqual([changed, narrow]);
    expect(await removeLimit(store, narrow)).toBe(true);
    expect(await removeLimit(store, narrow)).toBe(false);
    expect(await listLimits(store)).toEqual([changed]);
    expect(await limitsRevision(store)).toBeGreaterThanOrEqual(before + 4);
  });

  test('usage is summed by day, project, key, model, channel and tag', async () => {
    await settle('req_1', 'claude-opus-5-5');
    const question = { projectId: 'proj_default', keyId: undefined, model: 'claude-*', tag: undefined, rows: true };
    const { totals, groups, rows } = await reportUsageBy(store, {
      ...question,
      ...{ from: NOON - 1, to: NOON + 7_200_000, by: ['day', 'project', 'key', 'model', 'channel', 'tag'] },
    });
    expect(totals).toMatchObject({ exchanges: 1, cost_nano_usd: 6_000_000 });
    expect(groups).toMatchObject([
      { day: '2026-11-20', project: 'default', channel: 'main', tag: 't', input_tokens: 1_000 },
    ]);
    expect(rows).toMatchObject([{ request_id: 'req_1', tags: ['t'] }]);
    const byRollUp = await reportUsageBy(store, { ...question, from: 0, to: undefined, by: ['month'] });
    expect(byRollUp.groups).toMatchObject([{ month: '2026-11', exchanges: 1 }]);
  });
});
