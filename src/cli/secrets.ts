import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { dropSealed } from '../access/sealing/drop.ts';
import { addSealingKey, findSealingKeys, removeSealingKey, sealingKeysFile } from '../access/sealing/key-file.ts';
import { rewrapAll, sealedByKey } from '../access/sealing/rewrap.ts';
import { createSealer } from '../access/sealing/sealer.ts';
import { CliError, formatCount, formatTable, plural, print, printJson } from './output.ts';
import { environmentOf, withStore } from './settings.ts';

/** Until every server on this machine seals with a key that was just added, in ms. */
const TAKEN_UP = 1_500;

/** Adds `secrets list|rotate|forget|drop`. */
export function addSecretsCommand(program: Command): void {
  const secrets = program
    .command('secrets')
    .description('the keys that seal what must not be readable in the database');
  secrets
    .command('list')
    .description('list the sealing keys by id, and how many values need each')
    .option('--json', 'print JSON')
    .action(list);
  secrets
    .command('rotate')
    .description('make a new sealing key and wrap all sealed values with it, while servers may run')
    .action(rotate);
  secrets.command('forget <id>').description('delete a sealing key that no value needs any more').action(forget);
  secrets
    .command('drop <id>')
    .description('delete every value that is sealed with a key which is lost for good')
    .action(drop);
}

async function list({ json }: { json?: true }, command: Command): Promise<void> {
  const { dataDir } = environmentOf(command);
  const counts = await withStore(dataDir, sealedByKey);
  const here = findSealingKeys(sealingKeysFile(dataDir)).map(({ id }) => id);
  const ids = [...new Set([...here, ...counts.keys()])];
  const rows = ids.map((id) => ({ id, values: counts.get(id) ?? 0, here: here.includes(id), seals: id === here[0] }));
  if (json) {
    printJson(rows);
    return;
  }
  const stateOf = (row: (typeof rows)[number]) => (row.seals ? 'seals' : row.here ? 'opens' : 'MISSING');
  const titles = [{ title: 'KEY' }, { title: 'STATE' }, { title: 'VALUES', align: 'right' as const }];
  print(
    formatTable(
      titles,
      rows.map((row) => [row.id, stateOf(row), formatCount(row.values)]),
    ),
  );
}

async function rotate(_: object, command: Command): Promise<void> {
  const { dataDir } = environmentOf(command);
  const file = sealingKeysFile(dataDir);
  const { id } = addSealingKey(file);
  print(`The new sealing key ${id} is in ${file}`);
  await sleep(TAKEN_UP);
  const { rewrapped, failures } = await withStore(dataDir, (store) => rewrapAll(store, createSealer(dataDir)));
  print(`${plural(rewrapped, 'sealed value')} now ${rewrapped === 1 ? 'needs' : 'need'} it alone`);
  if (failures.length > 0)
    throw new CliError(`${plural(failures.length, 'value')} could not be wrapped: ${failures[0]}`);
}

async function forget(id: string, _: object, command: Command): Promise<void> {
  const { dataDir } = environmentOf(command);
  const needed = (await withStore(dataDir, sealedByKey)).get(id) ?? 0;
  if (needed > 0)
    throw new CliError(`${plural(needed, 'sealed value')} still need key ${id}: run \`secrets rotate\` first`);
  removeSealingKey(sealingKeysFile(dataDir), id);
  print(`The sealing key ${id} is deleted`);
}

async function drop(id: string, _: object, command: Command): Promise<void> {
  const { dataDir } = environmentOf(command);
  const isHere = findSealingKeys(sealingKeysFile(dataDir)).some((key) => key.id === id);
  if (isHere) throw new CliError(`key ${id} is here: what it seals can be opened, and is not lost`);
  const dropped = await withStore(dataDir, (store) => dropSealed(store, id, Date.now()));
  if (dropped.size === 0) throw new CliError(`nothing is sealed with a key ${id}: \`secrets list\` shows the keys`);
  for (const [table, count] of dropped) print(`${plural(count, 'row')} of ${table} deleted`);
  print('Channels whose credentials were among them need new ones; webhooks are to be made anew');
}
