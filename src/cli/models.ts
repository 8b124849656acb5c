import type { Command } from 'commander';
import { listModels } from './model-list.ts';
import { formatTable, print, printJson } from './output.ts';
import { configInForce, configOf, environmentOf, withStore } from './settings.ts';

/** Adds `models list`. */
export function addModelsCommand(program: Command): void {
  const models = program.command('models').description('look at the models that clients may name');
  models
    .command('list')
    .description('list the public models, and where each one goes')
    .option('--json', 'print JSON')
    .action(list);
}

async function list(options: { json?: true }, command: Command): Promise<void> {
  const environment = environmentOf(command);
  const file = configOf(environment);
  const config = await withStore(environment.dataDir, (store) => configInForce(environment, file, store));
  const models = listModels(config);
  if (options.json) {
    printJson(models);
    return;
  }
  const rows = models.map(({ id, targets }) => [
    id,
    targets.map(({ channel, model }) => (model === id ? channel : `${channel} (${model})`)).join(', '),
  ]);
  print(formatTable([{ title: 'MODEL' }, { title: 'CHANNELS' }], rows));
}
