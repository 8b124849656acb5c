import { sql } from 'kysely';
import type { Store } from './open.ts';
import { query } from './query.ts';
import { HOUR_MS } from './tables/hourly.ts';
import type { UsageSums } from './usage.ts';
import { ofHolder, type UsageFilter } from './usage-filter.ts';

/** Sums that all others can be made from: `day` counts from the epoch, `tags` are separated by spaces (null: none, or not asked for). */
export type UsageCell = UsageSums & {
  day: number;
  key_id: string;
  key_name: string | null;
  project_id: string;
  project_name: string | null;
  model: string;
  channel: string;
  tags: string | null;
};

const SUMS = [
  'exchanges',
  'input',
  'output',
  'cache_read',
  'cache_write_5m',
  'cache_write_1h',
  'cost_nano_usd',
] as const;
const DAY_MS = 24 * HOUR_MS;

/**
 * Sums of settled exchanges. Without tags it reads roll-ups, and exchanges only for the hours that the times cut; roll-ups have
 * no tags, so with them it reads the exchanges that are still kept.
 */
export function sumUsageCells(store: Store, filter: UsageFilter, withTags: boolean): Promise<UsageCell[]> {
  const { from, to = Number.MAX_SAFE_INTEGER } = filter;
  const [first, last] = [Math.ceil(from / HOUR_MS), Math.floor(to / HOUR_MS)];
  const who = ofHolder(filter);
  const rollUps = sql`SELECT hour / 24 AS day, key_id, project_id, model, channel, NULL AS tags, exchanges, input, output, cache_read,
      cache_write_5m, cache_write_1h, cost_nano_usd
    FROM hourly WHERE hour >= ${first} AND hour < ${last} AND ${who}`;
  const exchanges = (
    start: number,
    end: number,
  ) => sql`SELECT started_at / ${sql.lit(DAY_MS)} AS day, key_id, project_id, model,
      coalesce(channel, '') AS channel, ${withTags ? sql`tags` : sql`NULL AS tags`}, 1 AS exchanges, input, output, cache_read,
      cache_write_5m, cache_write_1h, coalesce(cost_nano_usd, 0) AS cost_nano_usd
    FROM exchanges WHERE started_at >= ${start} AND started_at < ${end} AND outcome IS NOT NULL AND ${who}`;
  const parts =
    withTags || first >= last
      ? [exchanges(from, to)]
      : [rollUps, exchanges(from, first * HOUR_MS), exchanges(last * HOUR_MS, to)];
  const figures = sql.join(parts, sql` UNION ALL `);
  return store.reports.all(
    sql<UsageCell>`WITH figures AS (${figures})
      SELECT f.day, f.key_id, k.name AS key_name, f.project_id, p.name AS project_name, f.model, f.channel, f.tags,
        ${sql.raw(SUMS.map((sum) => `sum(f.${sum}) AS ${sum}`).join(', '))}
      FROM figures f LEFT JOIN keys k ON k.id = f.key_id LEFT JOIN projects p ON p.id = f.project_id
      GROUP BY f.day, f.key_id, k.name, f.project_id, p.name, f.model, f.channel, f.tags
      ORDER BY f.day, f.key_id, f.model, f.channel`.compile(query),
  );
}
