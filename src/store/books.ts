import { type RawBuilder, sql } from 'kysely';
import { type Breach, BUDGET_RULES } from './budget-books.ts';
import { FOLD_RULES } from './folds/books.ts';
import type { Store } from './open.ts';
import { query } from './query.ts';
import { COUNTERS } from './tables/counters.ts';
import { TIMES_RULES } from './times-books.ts';

const AMOUNTS = [...COUNTERS, 'cost_nano_usd'] as const;

/** `amount(column)` for each counter and the cost, joined by `separator`. */
function eachAmount(separator: string, amount: (column: string) => string): RawBuilder<unknown> {
  return sql.raw(AMOUNTS.map(amount).join(separator));
}

/** Of hours of which nothing was closed: the others are compared in the sums that were kept of them. */
function notClosed(hour: string): RawBuilder<unknown> {
  return sql.raw(`${hour} NOT IN (SELECT hour FROM closed_hours)`);
}

/**
 * The rules of the books by name; each is one statement, so each sees one moment even while a server writes.
 * `kind` is not filtered: a correction adds to the sums that it corrects.
 */
const RULES: Readonly<Record<string, RawBuilder<Breach>>> = {
  'ledger = exchanges': sql`WITH booked AS (
      SELECT exchange_id, ${eachAmount(', ', (column) => `sum(coalesce(${column}, 0)) AS ${column}`)}
      FROM ledger GROUP BY exchange_id)
    SELECT count(*) AS broken, min(e.id) AS example FROM exchanges e LEFT JOIN booked b ON b.exchange_id = e.id
    WHERE ${eachAmount(' OR ', (column) => `coalesce(e.${column}, 0) <> coalesce(b.${column}, 0)`)}`,

  'exchanges = hourly, by key and model': sql`WITH differences AS (
      SELECT hour, key_id, model, sum(exchanges) AS exchanges, sum(errors) AS errors,
        ${eachAmount(', ', (column) => `sum(${column}) AS ${column}`)}
      FROM (
        SELECT started_at / 3600000 AS hour, key_id, model, 1 AS exchanges, CASE WHEN outcome <> 'ok' THEN 1 ELSE 0 END AS errors,
          ${eachAmount(', ', (column) => `coalesce(${column}, 0) AS ${column}`)}
          FROM exchanges WHERE outcome IS NOT NULL AND ${notClosed('started_at / 3600000')}
        UNION ALL
        SELECT hour, key_id, model, -exchanges, -errors, ${eachAmount(', ', (column) => `-${column}`)} FROM hourly
          WHERE ${notClosed('hour')}
      ) AS both_sides GROUP BY hour, key_id, model)
    SELECT count(*) AS broken, min('hour ' || hour || ', key ' || key_id || ', model ' || model) AS example
    FROM differences WHERE exchanges <> 0 OR errors <> 0 OR ${eachAmount(' OR ', (column) => `${column} <> 0`)}`,

  'ledger = hourly, by key, model and channel': sql`WITH differences AS (
      SELECT hour, key_id, model, channel, sum(unpriced) AS unpriced,
        ${eachAmount(', ', (column) => `sum(${column}) AS ${column}`)}
      FROM (
        SELECT e.started_at / 3600000 AS hour, e.key_id, e.model, a.channel,
          CASE l.kind WHEN 'charge' THEN l.unpriced ELSE -l.unpriced END AS unpriced,
          ${eachAmount(', ', (column) => `coalesce(l.${column}, 0) AS ${column}`)}
          FROM ledger l JOIN exchanges e ON e.id = l.exchange_id
            JOIN attempts a ON a.exchange_id = l.exchange_id AND a.attempt = l.attempt
          WHERE ${notClosed('e.started_at / 3600000')}
        UNION ALL
        SELECT hour, key_id, model, channel, -unpriced, ${eachAmount(', ', (column) => `-${column}`)} FROM hourly
          WHERE ${notClosed('hour')}
      ) AS both_sides GROUP BY hour, key_id, model, channel)
    SELECT count(*) AS broken, min('hour ' || hour || ', key ' || key_id || ', channel ' || channel) AS example
    FROM differences WHERE unpriced <> 0 OR ${eachAmount(' OR ', (column) => `${column} <> 0`)}`,

  'ledger + closed = hourly, in hours with closed rows': sql`WITH differences AS (
      SELECT hour, sum(exchanges) AS exchanges, sum(errors) AS errors, sum(unpriced) AS unpriced,
        ${eachAmount(', ', (column) => `sum(${column}) AS ${column}`)}
      FROM (
        SELECT hour, exchanges, errors, unpriced, ${eachAmount(', ', (column) => column)} FROM closed_hours
        UNION ALL
        SELECT started_at / 3600000, 1, CASE WHEN outcome <> 'ok' THEN 1 ELSE 0 END, 0, ${eachAmount(', ', () => '0')}
          FROM exchanges WHERE outcome IS NOT NULL
        UNION ALL
        SELECT e.started_at / 3600000, 0, 0, CASE l.kind WHEN 'charge' THEN l.unpriced ELSE -l.unpriced END,
          ${eachAmount(', ', (column) => `coalesce(l.${column}, 0)`)}
          FROM ledger l JOIN exchanges e ON e.id = l.exchange_id
        UNION ALL
        SELECT hour, -exchanges, -errors, -unpriced, ${eachAmount(', ', (column) => `-${column}`)} FROM hourly
      ) AS all_sides WHERE hour IN (SELECT hour FROM closed_hours) GROUP BY hour)
    SELECT count(*) AS broken, min('hour ' || hour) AS example
    FROM differences WHERE exchanges <> 0 OR errors <> 0 OR unpriced <> 0 OR
      ${eachAmount(' OR ', (column) => `${column} <> 0`)}`,

  'one charge per settled attempt': sql`SELECT count(*) AS broken, min(exchange_id || ' attempt ' || attempt) AS example
    FROM attempts a WHERE outcome IS NOT NULL AND 1 <>
      (SELECT count(*) FROM ledger l WHERE l.exchange_id = a.exchange_id AND l.attempt = a.attempt AND l.kind = 'charge')`,

  'settled exchanges have their attempts, all settled': sql`SELECT count(*) AS broken, min(id) AS example FROM exchanges e
    WHERE outcome IS NOT NULL AND (attempts = 0 OR attempts <>
      (SELECT count(*) FROM attempts a WHERE a.exchange_id = e.id AND a.outcome IS NOT NULL) OR
      EXISTS (SELECT 1 FROM attempts a WHERE a.exchange_id = e.id AND a.outcome IS NULL))`,

  'exchanges are unpriced while a charge of theirs is': sql`WITH left_over AS (
      SELECT exchange_id, sum(CASE kind WHEN 'charge' THEN unpriced ELSE -unpriced END) AS unpriced
      FROM ledger GROUP BY exchange_id)
    SELECT count(*) AS broken, min(e.id) AS example FROM exchanges e JOIN left_over l ON l.exchange_id = e.id
    WHERE e.unpriced <> CASE WHEN l.unpriced > 0 THEN 1 ELSE 0 END OR l.unpriced < 0`,

  'ledger rows have a settled attempt': sql`SELECT count(*) AS broken, min('row ' || l.id) AS example FROM ledger l
    WHERE NOT EXISTS (SELECT 1 FROM attempts a
      WHERE a.exchange_id = l.exchange_id AND a.attempt = l.attempt AND a.outcome IS NOT NULL)`,

  'attempts have an exchange': sql`SELECT count(*) AS broken, min(exchange_id) AS example FROM attempts a
    WHERE NOT EXISTS (SELECT 1 FROM exchanges e WHERE e.id = a.exchange_id)`,

  'charges are not negative, and unpriced ones have no cost': sql`SELECT count(*) AS broken, min('row ' || id) AS example
    FROM ledger WHERE kind = 'charge' AND (CASE WHEN cost_nano_usd IS NULL THEN 1 ELSE 0 END <> unpriced
      OR ${sql.raw(COUNTERS.map((column) => `${column} < 0`).join(' OR '))}
      OR cost_nano_usd < 0 OR reasoning > output)`,
  ...BUDGET_RULES,
  ...TIMES_RULES,
  ...FOLD_RULES,
};

const APPEND_ONLY = 'the ledger is append-only';

/** Names of the rules that {@link countBreaches} knows, in the order to check them. */
export const RULE_NAMES: readonly string[] = [...Object.keys(RULES), APPEND_ONLY];

/** How many rows break the rule of this name. Rejects with StoreError `corrupt` when the file cannot be read. */
export async function countBreaches(store: Store, name: string): Promise<Breach> {
  if (name === APPEND_ONLY) return { broken: 2 - (await store.countGuards()), example: 'a trigger is missing' };
  const rule = RULES[name];
  const [breach] = rule === undefined ? [] : await store.reports.all(rule.compile(query));
  return breach ?? { broken: 1, example: `there is no rule ${name}` };
}

/** The schema version of the file. */
export async function readSchemaVersion(store: Store): Promise<number> {
  const [row] = await store.reports.all(
    query
      .selectFrom('schema_versions')
      .select((column) => column.fn.max('version').as('version'))
      .compile(),
  );
  return row?.version ?? 0;
}

/** How many exchanges are open: live ones of a running server, or those that its next start will settle. */
export async function countOpenExchanges(store: Store): Promise<number> {
  const [row] = await store.reports.all(
    sql<{ open: number }>`SELECT count(*) AS open FROM exchanges WHERE outcome IS NULL`.compile(query),
  );
  return row?.open ?? 0;
}

/** A ledger row with its pinned price, and the sums of its attempt up to it: the charge and the corrections before. */
export type PricedRow = { [column in (typeof COUNTERS)[number]]: number } & {
  id: number;
  terms: string | null;
  cost_nano_usd: number | null;
  price_id: string | null;
  price_version: string | null;
  price_rates: string | null;
};

/** Up to `limit` ledger rows with ids above `after`, in order. */
export function listPricedRows(store: Store, after: number, limit: number): Promise<PricedRow[]> {
  return store.reports.all(
    sql<PricedRow>`SELECT l.id, l.terms, ${eachAmount(', ', (column) => `sum(b.${column}) AS ${column}`)},
        p.id AS price_id, p.version AS price_version, p.rates AS price_rates
      FROM ledger l
        JOIN ledger b ON b.exchange_id = l.exchange_id AND b.attempt = l.attempt AND b.sequence <= l.sequence
        LEFT JOIN prices p ON p.id = l.price_id
      WHERE l.id > ${after} GROUP BY l.id, l.terms, p.id ORDER BY l.id LIMIT ${limit}`.compile(query),
  );
}
