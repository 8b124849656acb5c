import type { TestProject } from 'vitest/node';
import { openStore } from '../../src/store/open.ts';
import { TestPostgres } from './postgres.ts';

/** Starts the one PostgreSQL server of a run, with a database that all others are copied from, and says where it is. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await TestPostgres.start();
  const store = await openStore({ dataDir: '/nonexistent', databaseUrl: await server.database('migrated') });
  await store.close();
  project.provide('postgres', server.address);
  return () => server.dispose();
}
