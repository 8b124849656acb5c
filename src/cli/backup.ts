import { constants, copyFileSync, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { findPepper } from '../access/pepper.ts';
import { sealingKeysFile } from '../access/sealing/key-file.ts';
import { checkBooks } from '../metering/doctor.ts';
import { unpackBackup, writeBackup } from '../store/backup.ts';
import { openStore } from '../store/open.ts';
import { acquireServerLock } from '../store/server-lock.ts';
import { CliError, print } from './output.ts';
import { environmentOf } from './settings.ts';

/** Adds `backup` and `restore`. */
export function addBackupCommands(program: Command): void {
  program
    .command('backup')
    .description('copy the database into FILE, while the gateway may run')
    .argument('<file>', 'a file that does not exist yet')
    .option(
      '--with-pepper',
      'also write FILE.key-pepper and FILE.sealing-keys: secrets, without which no API key can be checked and nothing sealed opens',
    )
    .action(backup);
  program
    .command('restore')
    .description('put a backup in the place of the database, which is kept')
    .argument('<file>', 'what `backup` has written')
    .action(restore);
}

function backup(name: string, { withPepper }: { withPepper?: true }, command: Command): void {
  const { dataDir } = environmentOf(command);
  const file = resolve(name);
  writeBackup(dataDir, file);
  print(`The database was copied to ${file}`);
  if (!withPepper) return;
  if (findPepper(dataDir) === undefined) throw new CliError(`there is no key-pepper in ${dataDir}`);
  copyFileSync(join(dataDir, 'key-pepper'), `${file}.key-pepper`, constants.COPYFILE_EXCL);
  print(`The key pepper was copied to ${file}.key-pepper: keep it secret`);
  const sealing = sealingKeysFile(dataDir);
  if (!existsSync(sealing)) return;
  copyFileSync(sealing, `${file}.sealing-keys`, constants.COPYFILE_EXCL);
  print(`The sealing keys were copied to ${file}.sealing-keys: keep them secret`);
}

/** Looks at everything first: a backup that is damaged, too new or wrong changes nothing. */
async function restore(name: string, _: object, command: Command): Promise<void> {
  const { dataDir } = environmentOf(command);
  const lock = acquireServerLock(dataDir);
  try {
    const unpacked = unpackBackup(resolve(name), dataDir);
    try {
      await assertSound(unpacked.directory, name);
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

/** Brings its schema up to date, too. */
async function assertSound(directory: string, name: string): Promise<void> {
  const store = await openStore({ dataDir: directory });
  try {
    const failed = (await checkBooks(store)).filter(({ ok }) => !ok);
    const reasons = failed.map(({ name: check, detail }) => `${check}: ${detail}`).join('; ');
    if (failed.length > 0) throw new CliError(`${name} is not restored, since its books are wrong: ${reasons}`);
  } finally {
    await store.close();
  }
}
