import type { Command } from 'commander';
import { keyState, rotateKey } from '../access/keys.ts';
import { loadPepper } from '../access/pepper.ts';
import { type KeyRecord, listKeys, updateKey } from '../store/keys.ts';
import type { Store } from '../store/open.ts';
import {
  addressesArgument,
  durationArgument,
  modelsArgument,
  nameArgument,
  orElse,
  tagsArgument,
} from './arguments.ts';
import { findOne } from './find-key.ts';
import { refuseManaged } from './managed.ts';
import { CliError, print, printJson } from './output.ts';
import { environmentOf, withStore } from './settings.ts';

/** In ms: 30 days. */
const LONGEST_OVERLAP = 30 * 86_400_000;

const WHICH = '<key> is its id, or its name where only one key has it';

/** Adds `keys set|rotate`. */
export function addKeyChanges(keys: Command): void {
  keys
    .command('set <key>')
    .description(`change a key; what is not named stays; ${WHICH}`)
    .option('--name <name>', 'what to call it', nameArgument)
    .option('--models <list>', 'models or patterns that it may use', modelsArgument)
    .option('--no-models', 'let it use all models of its project')
    .option('--expires <duration>', 'how long it is valid, from now on', durationArgument)
    .option('--no-expires', 'let it be valid as long as its project is')
    .option('--tags <list>', 'tags of all its requests, with commas between', tagsArgument)
    .option('--no-tags', 'take its tags away')
    .option('--ip-allow <list>', 'addresses or ranges (CIDR) that may use it', addressesArgument)
    .option('--no-ip-allow', 'let it be used from everywhere that its project may be')
    .action(set);
  keys
    .command('rotate <key>')
    .description(`give a key a new secret, which is shown this once; ${WHICH}`)
    .option(
      '--overlap <duration>',
      'how long the secret so far works beside it (default: not at all)',
      durationArgument,
    )
    .option('--json', 'print JSON')
    .action(rotate);
}

type SetOptions = {
  name?: string;
  models?: string[] | false;
  expires?: number | false;
  tags?: string[] | false;
  ipAllow?: string[] | false;
};

async function set(idOrName: string, options: SetOptions, command: Command): Promise<void> {
  await withStore(environmentOf(command).dataDir, async (store) => {
    const key = await findChangeable(store, idOrName);
    const expiresAt = typeof options.expires === 'number' ? Date.now() + options.expires : options.expires;
    await updateKey(store, {
      ...key,
      name: options.name ?? key.name,
      models: orElse(options.models, key.models, null),
      expiresAt: orElse(expiresAt, key.expiresAt, null),
      tags: orElse(options.tags, key.tags, []),
      ipAllow: orElse(options.ipAllow, key.ipAllow, null),
    });
    print(`Key ${key.id} (${options.name ?? key.name}) is changed.`);
  });
}

type RotateOptions = { overlap?: number; json?: true };

async function rotate(idOrName: string, { overlap = 0, json }: RotateOptions, command: Command): Promise<void> {
  const { dataDir } = environmentOf(command);
  if (overlap > LONGEST_OVERLAP) throw new CliError('--overlap: is 30 days at most');
  await withStore(dataDir, async (store) => {
    const before = await findChangeable(store, idOrName);
    const until = Date.now() + overlap;
    const { key, record } = rotateKey(loadPepper(dataDir), before, until);
    await updateKey(store, record);
    if (json) printJson({ id: before.id, key, previous_until: until });
    else print(`${key}\n\nThis is the only time that the key is shown. Its id is ${before.id}.`);
  });
}

/** @throws CliError when there is none, the config file rules it, or it is revoked. */
async function findChangeable(store: Store, idOrName: string): Promise<KeyRecord> {
  const key = findOne(await listKeys(store), idOrName);
  refuseManaged(`key ${key.name}`, key);
  if (keyState(key, Date.now()) === 'revoked') throw new CliError(`key ${key.id} is revoked, which is for good`);
  return key;
}
