import { sql } from 'kysely';
import { query } from '../query.ts';
import type { ReaderClient } from './reader-client.ts';

/** What SQLite itself finds wrong with the file; empty when it is whole. Reads all of it. */
export async function findDamage(reader: ReaderClient): Promise<string[]> {
  const rows = await reader.all(sql<{ quick_check: string }>`PRAGMA quick_check(20)`.compile(query));
  return rows.map((row) => row.quick_check).filter((finding) => finding !== 'ok');
}

/** How many of the two triggers that keep the ledger append-only are there. */
export async function countGuards(reader: ReaderClient): Promise<number> {
  const rows = await reader.all(
    sql<{ guards: number }>`SELECT count(*) AS guards FROM sqlite_schema
      WHERE type = 'trigger' AND name IN ('ledger_keeps_rows', 'ledger_keeps_values')`.compile(query),
  );
  return rows[0]?.guards ?? 0;
}
