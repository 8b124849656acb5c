import type pg from 'pg';
import { firstIdAt } from '../first-id.ts';
import { PARTITION_KEYS } from './translate-schema.ts';

/** Months that have their partitions ahead of time, beside the current one. */
const MONTHS_AHEAD = 2;

/** How long a change of the schema waits for what is under way before it is left for another time. */
const LOCK_TIMEOUT = '2s';

/**
 * Drops the partitions of months before the last one that are empty, since all of their rows were closed: their space goes back
 * to the disk at once. `now` is Unix ms; `client` must not be in a transaction.
 */
export async function dropEmptyPartitions(client: pg.Client, now: number): Promise<void> {
  const date = new Date(now);
  const newest = firstIdAt(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - 1));
  for (const table of Object.keys(PARTITION_KEYS)) {
    const found = await client.query(
      `SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bounds FROM pg_inherits i
        JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = $1::regclass`,
      [table],
    );
    for (const { name, bounds } of found.rows) {
      const end = / TO \('(req_\w+)'\)/.exec(String(bounds))?.[1];
      if (end !== undefined && end <= newest) await dropIfEmpty(client, String(name));
    }
  }
}

async function dropIfEmpty(client: pg.Client, partition: string): Promise<void> {
  await client.query(`SET lock_timeout = '${LOCK_TIMEOUT}'`);
  await client.query(`DO $body$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM ${partition}) THEN
      LOCK TABLE ${partition} IN ACCESS EXCLUSIVE MODE;
      IF NOT EXISTS (SELECT 1 FROM ${partition}) THEN DROP TABLE ${partition}; END IF;
    END IF;
  END $body$`);
}

/** Makes the partitions of this month and the next ones where they are missing. `now` is Unix ms. */
export async function makePartitions(client: pg.Client, now: number): Promise<void> {
  const date = new Date(now);
  for (let ahead = 0; ahead <= MONTHS_AHEAD; ahead++) {
    const [start, end] = [ahead, ahead + 1].map((months) =>
      Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months),
    );
    if (start === undefined || end === undefined) continue;
    const month = new Date(start).toISOString().slice(0, 7).replace('-', '_');
    for (const table of Object.keys(PARTITION_KEYS)) {
      await client.query(
        `CREATE TABLE IF NOT EXISTS ${table}_${month} PARTITION OF ${table}
          FOR VALUES FROM ('${firstIdAt(start)}') TO ('${firstIdAt(end)}')`,
      );
    }
  }
}
