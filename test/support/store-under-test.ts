import { randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { openStore, type Store, type StoreLocation } from '../../src/store/open.ts';

/** Address of the PostgreSQL server that the suites run on; undefined: they run on SQLite. See `use-postgres.ts`. */
const SERVER = process.env['EZMODEL_TEST_POSTGRES'];

/** Where a fresh, empty store of the kind under test is: a file in `dataDir`, or a database of its own. */
export async function freshLocation(dataDir: string): Promise<StoreLocation> {
  if (SERVER === undefined) return { dataDir };
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await query(SERVER, `CREATE DATABASE ${name} TEMPLATE migrated`);
  return { dataDir, databaseUrl: Object.assign(new URL(SERVER), { pathname: `/${name}` }).href };
}

/** Opens a fresh store of the kind under test. */
export async function openFreshStore(dataDir: string): Promise<Store> {
  return openStore(await freshLocation(dataDir));
}

/** Damages a store behind its back. */
export async function damageStore({ dataDir, databaseUrl }: StoreLocation, sql: string): Promise<void> {
  if (databaseUrl !== undefined)
    return query(databaseUrl, sql.replaceAll(/DROP TRIGGER (([a-z]+)_\w+)/g, 'DROP TRIGGER $1 ON $2'));
  const database = new DatabaseSync(`${dataDir}/ezmodel.db`);
  try {
    database.exec(sql);
  } finally {
    database.close();
  }
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
