import type { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../failure.ts';
import { MIGRATIONS } from './index.ts';
import type { Migration } from './migration.ts';

/** `EZMo` in ASCII: marks a file as ours, so that another program's database is never migrated. */
const APPLICATION_ID = 0x455a4d6f;

/**
 * Brings the schema to the newest version in one transaction; several processes may do so at once (`dependencies.md` §1:
 * `BEGIN IMMEDIATE` makes all but the first wait, then find nothing to do).
 * @throws StoreError `newer-schema` when a newer EZModel wrote the file, `corrupt` when the file is not ours.
 */
export function migrate(database: DatabaseSync, file: string, migrations: readonly Migration[] = MIGRATIONS): void {
  const newest = migrations.at(-1)?.version ?? 0;
  // Without the write lock first: a command beside a busy server then has nothing to wait for.
  if (knownVersion(database, file, newest) === newest) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    const current = knownVersion(database, file, newest);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    database.exec(
      'CREATE TABLE IF NOT EXISTS schema_versions (version INTEGER PRIMARY KEY, applied_at INTEGER) STRICT',
    );
    const record = database.prepare("INSERT INTO schema_versions VALUES (?, unixepoch('subsec') * 1000)");
    for (const migration of migrations) {
      if (migration.version <= current) continue;
      database.exec(migration.sql);
      record.run(migration.version);
    }
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** The version that the file is at, 0 when it is empty; throws when it is not ours or newer than `newest`. */
function knownVersion(database: DatabaseSync, file: string, newest: number): number {
  if (readInteger(database, 'PRAGMA application_id', 'application_id') !== APPLICATION_ID) {
    const tables = readInteger(database, 'SELECT count(*) AS tables FROM sqlite_schema', 'tables');
    if (tables > 0) throw new StoreError('corrupt', `${file} is a SQLite database, but not one of EZModel`);
    return 0;
  }
  const version = readInteger(database, 'SELECT coalesce(max(version), 0) AS version FROM schema_versions', 'version');
  if (version > newest) {
    throw new StoreError(
      'newer-schema',
      `${file} was written by a newer EZModel (schema ${version}, this one knows ${newest}): use that version, or restore a backup`,
    );
  }
  return version;
}

function readInteger(database: DatabaseSync, sql: string, column: string): number {
  const value = database.prepare(sql).get()?.[column];
  return typeof value === 'number' ? value : 0;
}
