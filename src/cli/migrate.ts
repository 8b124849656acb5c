import type { Command } from 'commander';
import { readSchemaVersion } from '../store/books.ts';
import { print } from './output.ts';
import { environmentOf, withStore } from './settings.ts';

/** Adds `migrate`: brings the schema up to date and says where it stands. Any number of nodes may do so at once. */
export function addMigrateCommand(program: Command): void {
  program.command('migrate').description('bring the database up to date, as a starting server does').action(migrate);
}

async function migrate(_: object, command: Command): Promise<void> {
  await withStore(environmentOf(command).dataDir, async (store) => {
    print(`${store.place} is at schema ${await readSchemaVersion(store)}`);
  });
}
