import type pg from 'pg';
import { connect, describeUrl, toStoreError } from '../postgres/connection.ts';
import { continueNumbers, postgresSource, postgresTarget } from '../postgres/copy-side.ts';
import { migrate } from '../postgres/migrate.ts';
import { makePartitions } from '../postgres/partitions.ts';
import { closeAsOneFile, openForReading, openForWriting } from '../sqlite/connection.ts';
import { sqliteSource, sqliteTarget } from '../sqlite/copy-side.ts';
import { copyTables } from './copy-tables.ts';

/** A copy reads or writes a lot between two answers, in ms. */
const PATIENCE = 600_000;

/**
 * Copies all rows of a file that is at the newest schema into a PostgreSQL database that nobody has used; all of them or none.
 * @throws StoreError `rejected` when the database is in use or refuses a row, `unavailable` when it cannot be reached.
 */
export async function copyIntoPostgres(file: string, url: string): Promise<void> {
  const database = openForReading(file);
  try {
    await withClient(url, async (client) => {
      await migrate(client, describeUrl(url));
      await client.query('BEGIN');
      await client.query("SELECT pg_advisory_xact_lock(hashtext('ezmodel restore'))");
      const months = database
        .prepare('SELECT DISTINCT started_at / 2419200000 AS period FROM exchanges')
        .all()
        .map(({ period }) => Number(period) * 2_419_200_000);
      for (const month of months) await makePartitions(client, month);
      await copyTables(sqliteSource(database), postgresTarget(client));
      await continueNumbers(client);
      await client.query('COMMIT');
    });
  } finally {
    database.close();
  }
}

/**
 * Copies all rows of a PostgreSQL database, as of one moment while servers may write it, into a new file.
 * @throws StoreError `unavailable` when it cannot be reached, `newer-schema` when a newer EZModel was there.
 */
export async function copyFromPostgres(url: string, file: string): Promise<void> {
  const database = openForWriting(file);
  try {
    await withClient(url, async (client) => {
      await migrate(client, describeUrl(url));
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      database.exec('BEGIN');
      await copyTables(postgresSource(client), sqliteTarget(database));
      database.exec('COMMIT');
      await client.query('COMMIT');
    });
  } catch (error) {
    database.close();
    throw error;
  }
  closeAsOneFile(database);
}

async function withClient(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = await connect(url, PATIENCE);
  try {
    await work(client);
  } catch (error) {
    throw toStoreError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}
