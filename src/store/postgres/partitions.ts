import type pg from 'pg';
import { firstIdAt } from '../first-id.ts';
import { PARTITION_KEYS } from './translate-schema.ts';

/** Months that have their partitions ahead of time, beside the current one. */
const MONTHS_AHEAD = 2;

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
