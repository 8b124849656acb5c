import type { Command } from 'commander';
import { digestKey, generateKey } from '../access/key-format.ts';
import { createKey, keyState } from '../access/keys.ts';
import { loadPepper } from '../access/pepper.ts';
import { listKeys, setKeyDisabled, setKeyRevoked } from '../store/keys.ts';
import type { Store } from '../store/open.ts';
import { addressesArgument, durationArgument, modelsArgument, nameArgument, tagsArgument } from './arguments.ts';
import { addKeyChanges } from './change-keys.ts';
import { findOne } from './find-key.ts';
import { refuseManaged } from './managed.ts';
import { CliError, formatTable, formatTime, print, printJson } from './output.ts';
import { DEFAULT_PROJECT, findProjectByName } from './projects.ts';
import { environmentOf, withStore } from './settings.ts';

/** Adds `keys create|generate|list|set|rotate|revoke|disable|enable`. */
export function addKeysCommand(program: Command): void {
  const keys = program.command('keys').description('make and manage the API keys of clients');
  keys
    .command('create')
    .description('make an API key; it is shown this once')
    .requiredOption('--name <name>', 'what to call the key', nameArgument)
    .option('--models <list>', 'models or patterns that it may use, with commas between (default: all)', modelsArgument)
    .option('--expires <duration>', 'how long it is valid, such as 30d (default: for ever)', durationArgument)
    .option('--project <project>', 'id or name of the project that owns it', DEFAULT_PROJECT)
    .option('--tags <list>', 'tags of all its requests, with commas between', tagsArgument)
    .option('--ip-allow <list>', 'addresses or ranges (CIDR) that may use it (default: all)', addressesArgument)
    .option('--json', 'print JSON')
    .action(create);
  keys
    .command('generate')
    .description('make a key for the keys of the config file, and store it nowhere')
    .option('--json', 'print JSON')
    .action(generate);
  keys.command('list').description('list all API keys').option('--json', 'print JSON').action(list);
  addKeyChanges(keys);
  addChange(keys, 'revoke', 'end a key for good', (store, id) => setKeyRevoked(store, id, Date.now()));
  addChange(keys, 'disable', 'switch a key off', (store, id) => setKeyDisabled(store, id, Date.now()));
  addChange(keys, 'enable', 'switch a disabled key on again', (store, id) => setKeyDisabled(store, id, null));
}

type CreateOptions = {
  name: string;
  ipAllow?: string[];
  models?: string[];
  expires?: number;
  project: string;
  tags?: string[];
  json?: true;
};

async function create(options: CreateOptions, command: Command): Promise<void> {
  const { dataDir } = environmentOf(command);
  const createdAt = Date.now();
  const { key, record } = await withStore(dataDir, async (store) => {
    const project = await findProjectByName(store, options.project);
    if (project.archivedAt !== null) throw new CliError(`project ${project.name} is archived`);
    return createKey(store, loadPepper(dataDir), {
      name: options.name,
      models: options.models,
      expiresAt: options.expires === undefined ? undefined : createdAt + options.expires,
      createdAt,
      projectId: project.id,
      tags: options.tags ?? [],
      ipAllow: options.ipAllow,
    });
  });
  if (options.json) {
    const { id, name, models, expiresAt, projectId, tags } = record;
    printJson({ id, key, name, project_id: projectId, models, tags, created_at: createdAt, expires_at: expiresAt });
    return;
  }
  print(`${key}\n\nThis is the only time that the key is shown. Its id is ${record.id}.`);
}

function generate({ json }: { json?: true }, command: Command): void {
  const { id, key } = generateKey();
  const digest = Buffer.from(digestKey(key, loadPepper(environmentOf(command).dataDir))).toString('hex');
  if (json) printJson({ id, key, digest });
  else print(`key     ${key}\nid      ${id}\ndigest  ${digest}`);
}

async function list(options: { json?: true }, command: Command): Promise<void> {
  const records = await withStore(environmentOf(command).dataDir, listKeys);
  const now = Date.now();
  if (options.json) {
    printJson(
      records.map((key) => ({
        id: key.id,
        name: key.name,
        state: keyState(key, now),
        last_four: key.lastFour,
        project_id: key.projectId,
        project: key.project.name,
        models: key.models,
        ip_allow: key.ipAllow,
        tags: key.tags,
        managed: key.managed,
        created_at: key.createdAt,
        expires_at: key.expiresAt,
        disabled_at: key.disabledAt,
        revoked_at: key.revokedAt,
      })),
    );
    return;
  }
  if (records.length === 0) {
    print('There are no API keys. Make one with: ezmodel keys create --name NAME');
    return;
  }
  const titles = ['ID', 'NAME', 'PROJECT', 'STATE', 'KEY', 'MODELS', 'CREATED', 'EXPIRES'].map((title) => ({ title }));
  const rows = records.map((key) => [
    key.id,
    key.name,
    key.project.name,
    keyState(key, now),
    `…${key.lastFour}`,
    key.models?.join(',') ?? 'all',
    formatTime(key.createdAt),
    formatTime(key.expiresAt),
  ]);
  print(formatTable(titles, rows));
}

type Change = (store: Store, id: string) => Promise<boolean>;

const DONE = new Map([
  ['revoke', 'revoked'],
  ['disable', 'disabled'],
  ['enable', 'enabled'],
]);

function addChange(keys: Command, verb: string, description: string, change: Change): void {
  keys
    .command(`${verb} <key>`)
    .description(`${description}; <key> is its id, or its name where only one key has it`)
    .action((idOrName: string, _: object, command: Command) =>
      withStore(environmentOf(command).dataDir, async (store) => {
        const { id, name, revokedAt, managed } = findOne(await listKeys(store), idOrName);
        if (verb !== 'revoke') refuseManaged(`key ${name}`, { managed });
        if (revokedAt !== null && verb !== 'revoke') throw new CliError(`key ${id} is revoked, which is for good`);
        await change(store, id);
        print(`Key ${id} (${name}) is ${DONE.get(verb) ?? verb}.`);
      }),
    );
}
