import { constants, copyFileSync, existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { findPepper, pepperSource } from '../access/pepper.ts';
import { sealingKeysFile } from '../access/sealing/key-file.ts';
import type { Environment } from '../config/environment.ts';
import { checkBooks } from '../metering/doctor.ts';
import { unpackBackup, writeBackup } from '../store/backup.ts';
import { openStore, type StoreLocation } from '../store/open.ts';
import { acquireServerLock } from '../store/server-lock.ts';
import { CliError, plural, print } from './output.ts';
import { environmentOf } from './settings.ts';
import { settleCopied } from './settle-copied.ts';

/** Adds `backup` and `restore`. */
export function addBackupCommands(program: Command): void {
  program
    .command('backup')
    .description('copy the database into FILE, an SQLite database, while the gateway may run')
    .argument('<file>', 'a file that does not exist yet')
    .option(
      '--with-pepper',
      'also write FILE.key-pepper and FILE.sealing-keys: secrets, without which no API key can be checked and nothing sealed opens; what is made from EZMODEL_SECRET has no file',
    )
    .action(backup);
  program
    .command('restore')
    .description(
      'put a backup in the place of the database, which is kept; with DATABASE_URL: into an empty PostgreSQL',
    )
    .argument('<file>', 'what `backup` has written')
    .action(restore);
}

async function backup(name: string, { withPepper }: { withPepper?: true }, command: Command): Promise<void> {
  const { dataDir, databaseUrl } = environmentOf(command);
  const file = resolve(name);
  const pepper = pepperSource(dataDir);
  if (withPepper && pepper === undefined) throw new CliError(`there is no key-pepper in ${dataDir}`);
  await writeBackup({ dataDir, databaseUrl }, file);
  print(`The database was copied to ${file}`);
  if (!withPepper || pepper === undefined) return;
  if (pepper === 'EZMODEL_SECRET') {
    print('The key pepper is made from EZMODEL_SECRET, which is in no file: keep that text beside the backup, secret');
  } else {
    copyFileSync(pepper.file, `${file}.key-pepper`, constants.COPYFILE_EXCL);
    print(`The key pepper was copied to ${file}.key-pepper: keep it secret`);
  }
  const sealing = sealingKeysFile(dataDir);
  if (!existsSync(sealing)) return;
  copyFileSync(sealing, `${file}.sealing-keys`, constants.COPYFILE_EXCL);
  print(`The sealing keys were copied to ${file}.sealing-keys: keep them secret`);
}

/** Looks at everything first: a backup that is damaged, too new or wrong changes nothing. */
async function restore(name: string, _: object, command: Command): Promise<void> {
  const environment = environmentOf(command);
  const { dataDir, databaseUrl } = environment;
  if (databaseUrl !== undefined) return restoreIntoPostgres(name, environment, databaseUrl);
  const lock = acquireServerLock(dataDir);
  try {
    const unpacked = unpackBackup(resolve(name), dataDir);
    try {
      await assertSound({ dataDir: unpacked.directory }, name);
      const kept = unpacked.use();
      print(`The database of ${dataDir} is now that of ${name}`);
      if (kept !== undefined) print(`The one before is kept as ${kept}`);
      if (findPepper(dataDir) === undefined) {
        print(`There is no key-pepper in ${dataDir}: copy it there too, or none of the keys can be checked`);
      }
    } finally {
      unpacked.discard();
    }
  } finally {
    lock.release();
  }
}

/** The data directory is only worked in: other nodes may run, but none on this database yet. */
async function restoreIntoPostgres(name: string, environment: Environment, databaseUrl: string): Promise<void> {
  const { dataDir } = environment;
  const unpacked = unpackBackup(resolve(name), dataDir);
  try {
    await assertSound({ dataDir: unpacked.directory }, name);
    await unpacked.copyInto(databaseUrl);
  } finally {
    unpacked.discard();
  }
  const settled = await settleCopied(environment, { dataDir, databaseUrl });
  await assertSound({ dataDir, databaseUrl }, `the copy of ${name}`);
  print(`PostgreSQL now has all that is in ${name}, and its books are right`);
  if (settled > 0)
    print(`Settled by what was known when it was made: ${plural(settled, 'exchange')} that had not ended`);
  print('Its API keys need the secret that they were made with: EZMODEL_SECRET, or that key-pepper on every node');
}

/** Brings its schema up to date, too. */
async function assertSound(location: StoreLocation, name: string): Promise<void> {
  const store = await openStore(location);
  try {
    const failed = (await checkBooks(store)).filter(({ ok }) => !ok);
    const reasons = failed.map(({ name: check, detail }) => `${check}: ${detail}`).join('; ');
    if (failed.length > 0) throw new CliError(`the books of ${name} are wrong: ${reasons}`);
  } finally {
    await store.close();
  }
}
