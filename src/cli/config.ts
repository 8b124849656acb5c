import { resolve } from 'node:path';
import type { Command } from 'commander';
import { configJsonSchema } from '../config/schema.ts';
import { plural, print, printJson } from './output.ts';
import { configOf, environmentOf } from './settings.ts';

/** Adds `config check` and `config schema`. */
export function addConfigCommand(program: Command): void {
  const config = program.command('config').description('work with the config file');
  config
    .command('check [file]')
    .description('check a config file, the one in use if none is named; a server takes up only what passes')
    .action(check);
  config
    .command('schema')
    .description('print the JSON Schema of the config file')
    .action(() => printJson(configJsonSchema()));
}

function check(file: string | undefined, _: object, command: Command): void {
  const environment = environmentOf(command);
  const {
    file: checked,
    channels,
    models,
    prices,
  } = configOf({
    ...environment,
    configFile: file === undefined ? environment.configFile : resolve(file),
  });
  const summary = [
    plural(channels.length, 'channel'),
    plural(models.size, 'alias', 'aliases'),
    plural(prices.size, 'price'),
  ].join(', ');
  print(`${checked ?? 'No config file; the configuration made from the environment'} is good: ${summary}.`);
}
