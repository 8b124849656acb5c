import fc from 'fast-check';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../../../test/support/ledger-books.ts';
import { openFreshStore } from '../../../test/support/store-under-test.ts';
import { countBreaches } from '../books.ts';
import type { Store } from '../open.ts';
import { query } from '../query.ts';
import { HOUR_MS } from '../tables/hourly.ts';
import { type FiguresBy, type FiguresFilter, sumFiguresWithTimes } from '../usage-figures.ts';
import { keepFolds } from './keep.ts';
import { cutIntoPieces, type FoldedLevel } from './pieces.ts';

const RULE = 'folds = hourly, by step and project';
const TIMES_RULE = 'folds = hourly times, by step and project';
/** Begins in the middle of a day and of a week. */
const START = 480_000 + 77;
const HOURS = 300;

const anEvent = fc.record({
  hour: fc.integer({ min: START, max: START + HOURS }),
  key: fc.integer({ min: 0, max: 3 }),
  model: fc.constantFrom('m1', 'm2'),
  channel: fc.constantFrom('c1', 'c2'),
  cost: fc.integer({ min: 0, max: 1_000 }),
});
type Event = typeof anEvent extends fc.Arbitrary<infer T> ? T : never;

const projectOf = (key: number) => `p${key % 2}`;

function write(store: Store, { hour, key, model, channel, cost }: Event): Promise<void> {
  const identity = sql`${hour}, ${`k${key}`}, ${model}, ${channel}, ${projectOf(key)}`;
  return store.writer.runTogether([
    sql`INSERT INTO hourly (hour, key_id, model, channel, project_id, exchanges, errors, unpriced, input, cache_read, cache_write_5m,
        cache_write_1h, output, reasoning, web_searches, cost_nano_usd)
      VALUES (${identity}, 1, 0, 0, ${cost}, 0, 0, 0, 2, 0, 0, ${cost})
      ON CONFLICT (hour, key_id, model, channel) DO UPDATE SET exchanges = hourly.exchanges + 1, input = hourly.input + ${cost},
        output = hourly.output + 2, cost_nano_usd = hourly.cost_nano_usd + ${cost}`.compile(query),
    sql`INSERT INTO hourly_times (hour, key_id, model, channel, project_id, saved_nano_usd, first_3, total_5)
      VALUES (${identity}, ${cost}, 1, 1) ON CONFLICT (hour, key_id, model, channel) DO UPDATE SET
        saved_nano_usd = hourly_times.saved_nano_usd + ${cost}, first_3 = hourly_times.first_3 + 1, total_5 = hourly_times.total_5 + 1`.compile(
      query,
    ),
  ]);
}

const fold = (store: Store, untilHour: number, transactions = Number.POSITIVE_INFINITY) => {
  let left = transactions;
  return keepFolds({
    store,
    now: () => (untilHour + 1) * HOUR_MS,
    holder: 'test',
    pace: async () => --left > 0,
    notice: 0,
  });
};

const aQuestion = fc.record({
  from: fc.integer({ min: START - 30, max: START + HOURS }),
  length: fc.integer({ min: 0, max: HOURS }),
  by: fc.constantFrom<FiguresBy>(
    ...(['all', 'key', 'model', 'channel', 'project'] as const),
    ...[0, 1, -5, 6].map((shift) => ({ hours: 24, shift })),
    { hours: 1, shift: 0 },
    { hours: 168, shift: 24 },
  ),
  projectIds: fc.constantFrom(undefined, undefined, [], ['p0'], ['p0', 'p1']),
  filter: fc.constantFrom({}, {}, { keyId: 'k1' }, { model: 'm1' }, { channel: 'c2' }, { keyId: 'k0', model: 'm2' }),
});

/** What the roll-ups say, added up here. */
function addUp(
  events: readonly Event[],
  { fromHour, toHour, projectIds, keyId, model, channel }: FiguresFilter,
  by: FiguresBy,
) {
  const sums = new Map<string, { exchanges: number; input: number; output: number; cost: number }>();
  for (const event of events) {
    const { hour, cost, key } = event;
    const isAsked =
      hour >= fromHour &&
      hour < toHour &&
      (projectIds?.includes(projectOf(key)) ?? true) &&
      (keyId === undefined || keyId === `k${key}`) &&
      (model === undefined || model === event.model) &&
      (channel === undefined || channel === event.channel);
    if (!isAsked) continue;
    const names = { all: '', key: `k${key}`, project: projectOf(key), model: event.model, channel: event.channel };
    const name = typeof by === 'object' ? String(Math.floor((hour + by.shift) / by.hours)) : names[by];
    const sum = sums.get(name) ?? { exchanges: 0, input: 0, output: 0, cost: 0 };
    sum.exchanges += 1;
    sum.input += cost;
    sum.output += 2;
    sum.cost += cost;
    sums.set(name, sum);
  }
  return Object.fromEntries(sums);
}

test('figures are the sums of the roll-ups of their hours, whatever is folded and whatever has changed since', async () => {
  const shot = fc.record({
    before: fc.array(anEvent, { maxLength: 40 }),
    foldedTo: fc.integer({ min: START, max: START + HOURS + 60 }),
    stoppedAfter: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 1, max: 150 })),
    after: fc.array(anEvent, { maxLength: 8 }),
    refoldedAfter: fc.integer({ min: 0, max: 12 }),
    questions: fc.array(aQuestion, { minLength: 12, maxLength: 12 }),
  });
  await fc.assert(
    fc.asyncProperty(shot, async ({ before, foldedTo, stoppedAfter, after, refoldedAfter, questions }) => {
      const directory = temporaryDirectory();
      const store = await openFreshStore(directory.path);
      try {
        await Promise.all(before.map((event) => write(store, event)));
        await fold(store, foldedTo, stoppedAfter);
        await Promise.all(after.map((event) => write(store, event)));
        if (refoldedAfter > 0) await fold(store, foldedTo + 20, refoldedAfter);
        for (const rule of [RULE, TIMES_RULE]) expect(await countBreaches(store, rule)).toMatchObject({ broken: 0 });
        const events = [...before, ...after];
        for (const { from, length, by, projectIds, filter } of questions) {
          const asked = { fromHour: from, toHour: from + length, projectIds, ...filter };
          const rows = await sumFiguresWithTimes(store, asked, by);
          const told = Object.fromEntries(
            rows.map(({ name, exchanges, input, output, cost_nano_usd: cost, firstEvent, total, savedNanoUsd }) => {
              expect([firstEvent[3], total[5], savedNanoUsd]).toEqual([exchanges, exchanges, cost]);
              return [name, { exchanges, input, output, cost }];
            }),
          );
          expect(told).toEqual(addUp(events, asked, by));
        }
      } finally {
        await store.close();
        directory.remove();
      }
    }),
    { numRuns: 6 },
  );
}, 60_000);

test('what was folded is folded anew when its hours change or go, and the books show what is not', async () => {
  const directory = temporaryDirectory();
  const store = await openFreshStore(directory.path);
  try {
    const event: Event = { hour: START + 1, key: 0, model: 'm1', channel: 'c1', cost: 7 };
    await write(store, event);
    await fold(store, START + 400);
    await write(store, event);
    expect(await staleHours(store)).toEqual([START + 1]);
    await fold(store, START + 400);
    expect(await staleHours(store)).toEqual([]);
    const [row] = await sumFiguresWithTimes(store, { fromHour: START - 100, toHour: START + 300 }, 'all');
    expect(row).toMatchObject({ exchanges: 2, cost_nano_usd: 14 });

    await store.writer.run(
      sql`UPDATE folds SET cost_nano_usd = 1 WHERE dimension = 'key' AND hours = 24`.compile(query),
    );
    expect(await countBreaches(store, RULE)).toMatchObject({ broken: 1 });
    await store.writer.run(
      sql`UPDATE folds SET first_3 = first_3 + 1 WHERE dimension = 'key' AND hours = 6`.compile(query),
    );
    expect(await countBreaches(store, TIMES_RULE)).toMatchObject({ broken: 1 });

    for (const table of ['hourly', 'hourly_times']) {
      await store.writer.run(sql`DELETE FROM ${sql.table(table)}`.compile(query));
    }
    await fold(store, START + 400);
    expect(await store.reader.all(sql`SELECT 1 FROM folds`.compile(query))).toEqual([]);
    expect(await countBreaches(store, RULE)).toMatchObject({ broken: 0 });
  } finally {
    await store.close();
    directory.remove();
  }
});

test('one process folds at a time, and only hours that all others know of', async () => {
  const directory = temporaryDirectory();
  const store = await openFreshStore(directory.path);
  try {
    await write(store, { hour: START, key: 0, model: 'm1', channel: 'c1', cost: 7 });
    const now = (START + 400) * HOUR_MS;
    const keeper = { store, pace: async () => true };
    const folded = async () => (await store.reader.all(sql`SELECT 1 FROM folds`.compile(query))).length > 0;
    await keepFolds({ ...keeper, holder: 'one', now: () => now });
    await keepFolds({ ...keeper, holder: 'one', now: () => now + 9_000 });
    expect(await folded()).toBe(false);
    await keepFolds({ ...keeper, holder: 'two', now: () => now + 60_000 });
    expect(await folded()).toBe(false);
    await keepFolds({ ...keeper, holder: 'two', now: () => now + 200_000 });
    expect(await folded()).toBe(true);
  } finally {
    await store.close();
    directory.remove();
  }
});

test('a month is a few pieces, and an end that cuts a step costs a few hours of roll-ups', () => {
  const folded = (hours: number): FoldedLevel => ({ hours, first: 0, next: Math.floor(500_000 / hours) });
  const state = { levels: [1, 6, 24, 168].map(folded), stale: [] };
  const asked = { from: 499_001, to: 500_003, steps: undefined };
  const pieces = cutIntoPieces(state, { ...asked, dimension: 'key' });
  expect(pieces[0]).toEqual({ hours: 0, from: 499_001, to: 499_002 });
  expect(pieces.length).toBeLessThan(12);
  expect(cutIntoPieces(state, { ...asked, dimension: undefined })).toEqual([{ hours: 0, from: 499_001, to: 500_003 }]);
  // Half a million hours of nothing folded are no work.
  const late = { levels: [{ hours: 1, first: 400_000, next: 400_010 }], stale: [] };
  expect(cutIntoPieces(late, { from: -499_000, to: 500_000, dimension: 'all', steps: undefined })).toEqual([
    { hours: 0, from: -499_000, to: 400_000 },
    { hours: 1, from: 400_000, to: 400_010 },
    { hours: 0, from: 400_010, to: 500_000 },
  ]);
});

async function staleHours(store: Store): Promise<number[]> {
  const rows = await store.reader.all(sql<{ hour: number }>`SELECT hour FROM stale_hours ORDER BY hour`.compile(query));
  return rows.map(({ hour }) => hour);
}
