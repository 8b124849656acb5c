import { sql } from 'kysely';
import { query, type Statement } from '../query.ts';
import type { Store } from '../store.ts';
import { HOUR_MS } from '../tables/hourly.ts';
import { LEVELS, type Level, WIDEST } from './levels.ts';
import { foldStatements } from './statements.ts';

/** So many hours are left to settle before they are folded: what comes later is counted anew. */
const LAG = 1;

/** How long after its announcement an hour is folded, in ms: by then whoever changes it knows that it must say so. */
const NOTICE = 10_000;

/** Changed hours that are folded anew at once. */
const STALE_AT_ONCE = 24;

/** For how long a process has the folds to itself, in ms. */
const LEASE = 120_000;

/** Who keeps the folds, and how. */
export type FoldKeeper = {
  store: Store;
  /** Unix ms. */
  now: () => number;
  /** Names this process among those that share the store. */
  holder: string;
  /** Waits after a transaction that took so many ms; false: stop for now. */
  pace(took: number): Promise<boolean>;
  /** See {@link NOTICE}; for a store that nobody else writes 0. */
  notice?: number;
};

/**
 * Folds what can be folded: first changed hours anew, then the hours since the last time, then older ones. Resolves when nothing
 * is left to do, the pace says so, or another process is at it. Rejects with StoreError.
 */
export async function keepFolds(keeper: FoldKeeper): Promise<void> {
  const { store } = keeper;
  const now = Math.trunc(keeper.now());
  if (!(await takeLease(keeper, now))) return;
  const ready = await announce(keeper, now);
  if (ready === 0) return;
  if (!(await refoldStale(keeper))) return;
  const oldest = await findOldestHour(store);
  for (;;) {
    let isMore = false;
    for (const level of LEVELS) {
      const steps = nextSteps(level, await readLevels(store), ready, oldest);
      if (steps === undefined) continue;
      isMore = true;
      const { from, to, first, next } = steps;
      const extend = sql`INSERT INTO fold_levels (hours, first_step, next_step) VALUES (${level.hours}, ${first}, ${next})
        ON CONFLICT (hours) DO UPDATE SET first_step = excluded.first_step, next_step = excluded.next_step`;
      if (!(await write(keeper, [...foldStatements(level, from, to), extend.compile(query)]))) return;
    }
    if (!isMore) return;
  }
}

/**
 * One transaction a statement, so that none takes long. What is between two of them is not read: steps count as folded with the
 * last statement, and as changed until theirs.
 */
async function write({ store, pace }: FoldKeeper, statements: readonly Statement[]): Promise<boolean> {
  for (const statement of statements) {
    const start = performance.now();
    await store.writer.run(statement);
    if (!(await pace(performance.now() - start))) return false;
  }
  return true;
}

/** Two processes that fold at once could overtake each other. */
async function takeLease({ store, holder }: FoldKeeper, now: number): Promise<boolean> {
  const taken = await store.writer.run(
    sql`UPDATE fold_state SET holder = ${holder}, held_until = ${now + LEASE}
      WHERE id = 1 AND (holder = ${holder} OR held_until < ${now})`.compile(query),
  );
  return taken === 1;
}

/** Says which hours will be folded; answers before which one they may be, 0 for none. */
async function announce({ store, notice = NOTICE }: FoldKeeper, now: number): Promise<number> {
  const bound = Math.floor(now / HOUR_MS) - LAG;
  await store.writer.run(
    sql`UPDATE fold_state SET announced = ${bound}, announced_at = ${now}
      WHERE id = 1 AND announced < ${bound} AND ready = announced`.compile(query),
  );
  await store.writer.run(
    sql`UPDATE fold_state SET ready = announced WHERE id = 1 AND announced_at <= ${now - notice}`.compile(query),
  );
  const [row] = await store.reader.all(
    sql<{ ready: number }>`SELECT ready FROM fold_state WHERE id = 1`.compile(query),
  );
  return row?.ready ?? 0;
}

type FoldedSteps = { first: number; next: number };
type Folded = ReadonlyMap<number, FoldedSteps>;

async function readLevels(store: Store): Promise<Folded> {
  const rows = await store.reader.all(
    sql<{ hours: number } & FoldedSteps>`SELECT hours, first_step AS first, next_step AS next FROM fold_levels`.compile(
      query,
    ),
  );
  return new Map(rows.map((row) => [row.hours, row]));
}

async function findOldestHour(store: Store): Promise<number | undefined> {
  const [row] = await store.reader.all(
    sql<{ oldest: number | null }>`SELECT min(hour) AS oldest FROM hourly`.compile(query),
  );
  return row?.oldest ?? undefined;
}

/** The steps of a level to fold next, and what is folded then; undefined: none now. */
function nextSteps(
  { hours, below, atOnce }: Level,
  folded: Folded,
  ready: number,
  oldest: number | undefined,
): (FoldedSteps & { from: number; to: number }) | undefined {
  const last = Math.floor(ready / hours);
  const { first, next } = folded.get(hours) ?? { first: last, next: last };
  const parts = below === undefined ? undefined : folded.get(below);
  const isCovered = (from: number, to: number) =>
    below === undefined ||
    (parts !== undefined && parts.first * below <= from * hours && parts.next * below >= to * hours);
  const until = Math.min(last, next + atOnce);
  if (next < until && isCovered(next, until)) return { from: next, to: until, first, next: until };
  // All levels go back to where a longest step begins: else the oldest one would miss its parts.
  const wanted = oldest === undefined ? first : (Math.floor(oldest / WIDEST) * WIDEST) / hours;
  const from = Math.max(wanted, first - atOnce);
  if (from < first && isCovered(from, first)) return { from, to: first, first: from, next };
  return undefined;
}

/** Folds anew every step with a changed hour; false: stop for now. */
async function refoldStale(keeper: FoldKeeper): Promise<boolean> {
  const { store } = keeper;
  for (;;) {
    const stale = await store.reader.all(
      sql<{
        hour: number;
        marks: number;
      }>`SELECT hour, marks FROM stale_hours ORDER BY hour LIMIT ${STALE_AT_ONCE}`.compile(query),
    );
    if (stale.length === 0) return true;
    const folded = await readLevels(store);
    for (const level of LEVELS) {
      const { first, next } = folded.get(level.hours) ?? { first: 0, next: 0 };
      const steps = new Set(stale.map(({ hour }) => Math.floor(hour / level.hours)));
      for (const step of steps) {
        if (step < first || step >= next) continue;
        if (!(await write(keeper, foldStatements(level, step, step + 1)))) return false;
      }
    }
    // An hour that has been changed once more meanwhile stays marked.
    const done = stale.map(({ hour, marks }) =>
      sql`DELETE FROM stale_hours WHERE hour = ${hour} AND marks = ${marks}`.compile(query),
    );
    if (!(await write(keeper, done))) return false;
  }
}
