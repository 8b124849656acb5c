import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LimitRule } from '../../src/core/limit.ts';
import { createCourier } from '../../src/metering/alerts/courier.ts';
import { checkBooks } from '../../src/metering/doctor.ts';
import { createLedger, type Ledger } from '../../src/metering/ledger.ts';
import { createPrices } from '../../src/metering/prices.ts';
import { reprice } from '../../src/metering/reprice.ts';
import { reportUsageBy } from '../../src/metering/usage-by.ts';
import { listAlerts } from '../../src/store/alerts.ts';
import { type BudgetRecord, budgetStatus, insertBudget } from '../../src/store/budgets.ts';
import { limitsRevision, listLimits, removeLimit, setLimit } from '../../src/store/limits.ts';
import { MAIN_SPOOL, openStore, type Store } from '../../src/store/open.ts';
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
  let store: Store;
  let ledger: Ledger;

  beforeEach(async () => {
    directory = temporaryDirectory();
    const databaseUrl = kind === 'postgres' ? await postgres.database() : undefined;
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
    expect(told.sort()).toEqual([`budget.threshold:bud_1:${start}:100`, `budget.threshold:bud_1:${start}:50`]);
    const listed = await listAlerts(store, 10);
    expect(listed.flatMap(({ deliveries }) => deliveries.map(({ sentAt, tries }) => [sentAt, tries]))).toEqual([
      [now, 1],
      [now, 1],
    ]);
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
