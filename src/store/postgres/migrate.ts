import type pg from 'pg';
import { StoreError } from '../failure.ts';
import { MIGRATIONS } from '../migrations/index.ts';
import type { Migration } from '../migrations/migration.ts';
import { toStoreError } from './connection.ts';
import { makePartitions } from './partitions.ts';
import { translateSchema } from './translate-schema.ts';

/** Held by the one process that changes the schema; the number is ours alone within a database. */
const MIGRATION_LOCK = 0x455a4d6f;

/**
 * Brings the schema to the newest version, with the partitions that are needed next, in one transaction; several nodes may do
 * so at once: the others wait, then find nothing to do.
 * @throws StoreError `newer-schema` when a newer EZModel was here, `rejected` or `unavailable` when the database refuses.
 */
export async function migrate(
  client: pg.Client,
  place: string,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  const newest = migrations.at(-1)?.version ?? 0;
  try {
    await client.query('BEGIN');
    await client.query(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    await client.query('CREATE TABLE IF NOT EXISTS schema_versions (version BIGINT PRIMARY KEY, applied_at BIGINT)');
    const found = await client.query('SELECT coalesce(max(version), 0) AS version FROM schema_versions');
    const current = Number(found.rows[0]?.version ?? 0);
    if (current > newest) throw newerSchema(place, current, newest);
    for (const { version, sql, postgres } of migrations) {
      if (version <= current) continue;
      await client.query(postgres ?? translateSchema(sql));
      await client.query('INSERT INTO schema_versions VALUES ($1, $2)', [version, Date.now()]);
    }
    await makePartitions(client, Date.now());
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw toStoreError(error);
  }
}

function newerSchema(place: string, current: number, newest: number): StoreError {
  return new StoreError(
    'newer-schema',
    `${place} was written by a newer EZModel (schema ${current}, this one knows ${newest}): use that version, or restore a backup`,
  );
}
