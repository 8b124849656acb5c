import { type RawBuilder, sql } from 'kysely';
import type { Outcome } from '../core/exchange.ts';
import { findErrors } from './attempt-errors.ts';
import { firstIdAt } from './first-id.ts';
import { idsOrNone } from './ids-or-none.ts';
import type { Store } from './open.ts';
import { query } from './query.ts';
import type { ExchangeRow } from './usage.ts';

/** Which exchanges a page shows; what is undefined does not matter. Bounds are inclusive, but for `until`. */
export type ExchangeFilter = {
  keyId?: string | undefined;
  /** Undefined: all projects. */
  projectIds?: readonly string[] | undefined;
  model?: string | undefined;
  /** That of the last attempt. */
  channel?: string | undefined;
  outcome?: Outcome | 'open' | undefined;
  errorKind?: string | undefined;
  /** A code of what conversion changed or dropped. */
  loss?: string | undefined;
  /** Nano-USD. */
  minCost?: number | undefined;
  maxCost?: number | undefined;
  /** From start to end, in ms. */
  minDuration?: number | undefined;
  maxDuration?: number | undefined;
  /** Unix ms at which they started. */
  since?: number | undefined;
  until?: number | undefined;
  /** Words of the text of an error. */
  text?: string | undefined;
};

/** Columns of an exchange that a page shows. */
const SHOWN = [
  'id',
  'key_id',
  'project_id',
  'model',
  'dialect',
  'stream',
  'started_at',
  'ended_at',
  'first_event_at',
  'outcome',
  'http_status',
  'error_kind',
  'channel',
  'upstream_model',
  'input',
  'cache_read',
  'cache_write_5m',
  'cache_write_1h',
  'output',
  'cost_nano_usd',
  'estimated',
  'unpriced',
  'attempts',
  'losses',
] as const;

/** An exchange as a page shows it; `outcome` is null while it is open. Times are Unix ms. */
export type ExchangeSummary = Pick<ExchangeRow, Exclude<(typeof SHOWN)[number], 'project_id'>> & { project_id: string };

/** A page, and the cursor that the next one begins after; undefined: there is nothing more. */
export type ExchangePage = { rows: ExchangeSummary[]; next: string | undefined };

/**
 * Rows that one page looks through at most, fewer where an index leads to each: a filter that almost nothing matches answers in time all the same, with few rows or
 * none and a cursor to go on from.
 */
const LOOKED_THROUGH = { table: 20_000, index: 4_000 };

/** Texts of errors that one page looks through at most. */
const TEXTS_LOOKED_THROUGH = 400;

type Condition = RawBuilder<unknown>;

/**
 * Up to `limit` exchanges after a cursor (undefined: from the newest), newest first: ids grow with time. With words of an error
 * they come in the order in which they ended.
 */
export function pageExchanges(
  store: Store,
  filter: ExchangeFilter,
  after: string | undefined,
  limit: number,
): Promise<ExchangePage> {
  return filter.text === undefined
    ? pageById(store, filter, after, limit)
    : pageByErrorText(store, { ...filter, text: filter.text }, after, limit);
}

/** Exchanges by their ids, in no order. */
export function findExchanges(store: Store, ids: readonly string[]): Promise<ExchangeSummary[]> {
  return store.reports.all(
    sql<ExchangeSummary>`SELECT ${columns(SHOWN)} FROM exchanges
      WHERE id IN (${sql.join(idsOrNone(ids))})`.compile(query),
  );
}

async function pageById(
  store: Store,
  filter: ExchangeFilter,
  after: string | undefined,
  limit: number,
): Promise<ExchangePage> {
  const conditions = conditionsOf(filter);
  const [indexed = sql`1 = 1`] = conditions;
  const others = conditions.slice(1);
  const range = sql`${indexed} AND id < ${after ?? upperBound(filter)} AND id >= ${lowerBound(filter)}`;
  const most = hasIndex(filter) ? LOOKED_THROUGH.index : LOOKED_THROUGH.table;
  const depth = others.length === 0 ? limit : most;
  const rows = await store.reports.all(
    sql<ExchangeSummary>`SELECT * FROM (${newestOf(filter, columns(SHOWN), range, depth)}) looked_through
      WHERE ${all(others)} LIMIT ${limit}`.compile(query),
  );
  const page = rows.toSorted(newestFirst);
  if (page.length === limit) return { rows: page, next: page.at(-1)?.id };
  if (others.length === 0) return { rows: page, next: undefined };
  const [last] = await store.reports.all(
    sql<{ id: string }>`SELECT id FROM (${newestOf(filter, sql`id`, range, most)}) looked_through
      ORDER BY id DESC LIMIT 1 OFFSET ${most - 1}`.compile(query),
  );
  return { rows: page, next: last?.id };
}

/**
 * The newest rows of a range, up to so many. Indexes lead to settled exchanges alone, as an intent, which its request waits for,
 * is written to as few places as can be; the open ones, few at any time, have one index for them all.
 */
function newestOf(filter: ExchangeFilter, shown: Condition, range: Condition, depth: number): Condition {
  const newest = (state: Condition) =>
    sql`SELECT ${shown} FROM exchanges WHERE ${state} AND ${range} ORDER BY id DESC LIMIT ${depth}`;
  const open = newest(sql`id IN (SELECT id FROM exchanges WHERE outcome IS NULL)`);
  if (filter.outcome === 'open') return open;
  if (!hasIndex(filter)) return newest(sql`1 = 1`);
  return sql`SELECT * FROM (${newest(sql`outcome IS NOT NULL`)}) settled
    UNION ALL SELECT * FROM (${open}) unsettled ORDER BY id DESC LIMIT ${depth}`;
}

async function pageByErrorText(
  store: Store,
  filter: ExchangeFilter & { text: string },
  after: string | undefined,
  limit: number,
): Promise<ExchangePage> {
  const before = after === undefined ? undefined : Number(after);
  const places = await findErrors(store, filter.text, before, TEXTS_LOOKED_THROUGH);
  if (places.length === 0) return { rows: [], next: undefined };
  const ids = [...new Set(places.map((place) => place.exchange_id))];
  const range = sql`id IN (${sql.join(ids)}) AND id < ${upperBound(filter)} AND id >= ${lowerBound(filter)}`;
  const found = await store.reports.all(
    sql<ExchangeSummary>`SELECT ${columns(SHOWN)} FROM exchanges
      WHERE ${range} AND ${all(conditionsOf(filter))}`.compile(query),
  );
  const byId = new Map(found.map((row) => [row.id, row]));
  const rows = ids.flatMap((id) => byId.get(id) ?? []).slice(0, limit);
  const isCut = rows.length === limit && found.length > limit;
  const lastId = rows.at(-1)?.id;
  const last = isCut ? places.findLast((place) => place.exchange_id === lastId) : places.at(-1);
  const isLast = !isCut && places.length < TEXTS_LOOKED_THROUGH;
  return { rows, next: isLast ? undefined : String(last?.id) };
}

/**
 * The first one bounds what is looked through: by the index that leaves the fewest rows, or by nothing where none has one. Good
 * ends have no index, as they are most of the rows.
 */
function conditionsOf(filter: ExchangeFilter): Condition[] {
  const { keyId, errorKind, loss, outcome, projectIds, channel, model } = filter;
  const duration = sql`ended_at - started_at`;
  const indexed = givenOf([
    [keyId, () => sql`key_id = ${keyId}`],
    [errorKind, () => sql`error_kind = ${errorKind}`],
    [outcome === 'ok' ? undefined : outcome, () => outcomeIs(outcome)],
    [loss, () => sql`losses IS NOT NULL`],
    [projectIds, () => inProjects(projectIds ?? [])],
    [channel, () => sql`channel = ${channel}`],
    [model, () => sql`model = ${model}`],
  ]);
  const others = givenOf([
    [outcome === 'ok' ? outcome : undefined, () => outcomeIs(outcome)],
    [loss, () => sql`' ' || losses || ' ' LIKE ${`% ${escapeLike(loss ?? '')} %`} ESCAPE '\\'`],
    [filter.minCost, () => sql`cost_nano_usd >= ${filter.minCost}`],
    [filter.maxCost, () => sql`cost_nano_usd <= ${filter.maxCost}`],
    [filter.minDuration, () => sql`${duration} >= ${filter.minDuration}`],
    [filter.maxDuration, () => sql`${duration} <= ${filter.maxDuration}`],
  ]);
  return indexed.length === 0 && others.length > 0 ? [sql`1 = 1`, ...others] : [...indexed, ...others];
}

function hasIndex({ keyId, errorKind, loss, outcome, projectIds, channel, model }: ExchangeFilter): boolean {
  const indexed = [keyId, errorKind, loss, outcome === 'ok' ? undefined : outcome, projectIds, channel, model];
  return indexed.some((value) => value !== undefined);
}

function givenOf(conditions: readonly [value: unknown, condition: () => Condition][]): Condition[] {
  return conditions.filter(([value]) => value !== undefined).map(([, condition]) => condition());
}

function outcomeIs(outcome: ExchangeFilter['outcome']): Condition {
  if (outcome === 'open') return sql`outcome IS NULL`;
  return outcome === 'ok' ? sql`outcome = 'ok'` : sql`outcome <> 'ok' AND outcome = ${outcome}`;
}

function inProjects(ids: readonly string[]): Condition {
  const [first] = ids;
  if (first === undefined) return sql`1 = 0`;
  return ids.length === 1 ? sql`project_id = ${first}` : sql`project_id IN (${sql.join(ids)})`;
}

function all(conditions: readonly Condition[]): Condition {
  return conditions.length === 0 ? sql`1 = 1` : sql.join(conditions, sql` AND `);
}

function columns(names: readonly string[]): Condition {
  return sql.join(names.map((name) => sql.ref(name)));
}

function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, (character) => `\\${character}`);
}

function lowerBound({ since }: ExchangeFilter): string {
  return since === undefined ? '' : firstIdAt(since);
}

/** Above all ids where there is no end: they begin with `req_`. */
function upperBound({ until }: ExchangeFilter): string {
  return until === undefined ? '~' : firstIdAt(until);
}

function newestFirst(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? 1 : -1;
}
