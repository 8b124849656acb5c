import type pg from 'pg';
import { PARTITION_KEYS } from './translate-schema.ts';

/** Months that have their partitions ahead of time, beside the current one. */
const MONTHS_AHEAD = 2;

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

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

/** The least id of an exchange that starts at `time` (Unix ms): ten digits to the base 32 after the prefix. */
export function firstIdAt(time: number): string {
  let digits = '';
  for (let rest = time; digits.length < 10; rest = Math.floor(rest / ALPHABET.length)) {
    digits = ALPHABET.charAt(rest % ALPHABET.length) + digits;
  }
  return `req_${digits}`;
}
