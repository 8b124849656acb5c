import type { Command } from 'commander';
import type { Config } from '../config/config.ts';
import {
  ANY,
  DEFAULT_BURST,
  LIMIT_MEASURES,
  type LimitMeasure,
  type LimitRule,
  type LimitScope,
  type LimitValues,
} from '../core/limit.ts';
import { listKeys } from '../store/keys.ts';
import { withHolderIds } from '../store/limit-holders.ts';
import { type LimitPlace, listLimits, removeLimit, setLimit } from '../store/limits.ts';
import type { Store } from '../store/open.ts';
import { listProjects } from '../store/projects.ts';
import { countArgument, durationArgument } from './arguments.ts';
import { findOne } from './find-key.ts';
import { CliError, formatCount, formatTable, print, printJson } from './output.ts';
import { findProjectByName } from './projects.ts';
import { configOf, environmentOf, withStore } from './settings.ts';

/** The flag of each measure, and what it says in a table. */
const FLAGS: Readonly<Record<LimitMeasure, { flag: string; title: string; description: string }>> = {
  requests_per_minute: { flag: 'requests', title: 'REQUESTS/MIN', description: 'requests per minute' },
  input_tokens_per_minute: { flag: 'input', title: 'INPUT/MIN', description: 'input tokens per minute' },
  output_tokens_per_minute: { flag: 'output', title: 'OUTPUT/MIN', description: 'output tokens per minute' },
  tokens_per_day: { flag: 'daily-tokens', title: 'TOKENS/DAY', description: 'tokens per day (UTC)' },
  concurrent: { flag: 'concurrent', title: 'CONCURRENT', description: 'requests that are open at once' },
};

/** Adds `limits set|list|remove`. */
export function addLimitsCommand(program: Command): void {
  const limits = program.command('limits').description('bound what keys, projects and models may use');
  const set = withPlace(limits.command('set').description('set limits; a running server follows within a second'));
  for (const measure of LIMIT_MEASURES) {
    const { flag, description } = FLAGS[measure];
    set.option(`--${flag} <count>`, description, countArgument);
  }
  set
    .option('--burst <duration>', 'the time whose allowance may be used at once (default: 1m)', durationArgument)
    .action(setLimits);
  limits.command('list').description('list all limits').option('--json', 'print JSON').action(list);
  withPlace(limits.command('remove').description('remove limits')).action(remove);
}

type PlaceOptions = { key?: string; project?: string; model?: string };

function withPlace(command: Command): Command {
  return command
    .option('--key <key>', 'the id or name of an API key, or * for each of them')
    .option('--project <project>', 'the id or name of a project, or * for each of them')
    .option('--model <pattern>', 'all requests for these models; beside --key or --project only those of it');
}

async function setLimits(options: PlaceOptions & Record<string, unknown>, command: Command): Promise<void> {
  const values: LimitValues = {};
  for (const measure of LIMIT_MEASURES) {
    const value = options[camelCase(FLAGS[measure].flag)];
    if (typeof value === 'number') values[measure] = value;
  }
  if (Object.keys(values).length === 0) throw new CliError('say what to limit, such as --requests 60');
  const burst = typeof options['burst'] === 'number' ? options['burst'] : DEFAULT_BURST;
  await change(options, command, async (store, place) => {
    await setLimit(store, { ...place, values, burst });
    print(`The limits of ${placeName(place)} are set.`);
  });
}

async function remove(options: PlaceOptions, command: Command): Promise<void> {
  await change(options, command, async (store, place) => {
    if (!(await removeLimit(store, place))) throw new CliError(`no limits of ${placeName(place)} were set by command`);
    print(`The limits of ${placeName(place)} are removed.`);
  });
}

async function change(
  options: PlaceOptions,
  command: Command,
  action: (store: Store, place: LimitPlace) => Promise<void>,
): Promise<void> {
  const environment = environmentOf(command);
  const { limits } = configOf(environment);
  await withStore(environment.dataDir, async (store) => {
    const place = await placeOf(store, options);
    if ((await withHolderIds(store, limits)).some((rule) => isAt(rule, place))) {
      throw new CliError(`the limits of ${placeName(place)} are managed by the config file: change them there`);
    }
    await action(store, place);
  });
}

/** @throws CliError when the options name no one place, or somebody who is not there. */
async function placeOf(store: Store, { key, project, model }: PlaceOptions): Promise<LimitPlace> {
  if (key !== undefined && project !== undefined) throw new CliError('give --key or --project, not both');
  if (key !== undefined) {
    const id = key === ANY ? ANY : findOne(await listKeys(store), key).id;
    return { scope: 'key', id, model: model ?? ANY };
  }
  if (project !== undefined) {
    const id = project === ANY ? ANY : (await findProjectByName(store, project)).id;
    return { scope: 'project', id, model: model ?? ANY };
  }
  if (model === undefined) throw new CliError('say whose limits: --key, --project or --model');
  return { scope: 'model', id: model, model: ANY };
}

async function list(options: { json?: true }, command: Command): Promise<void> {
  const environment = environmentOf(command);
  const config: Config = configOf(environment);
  const { ofFile, stored, names } = await withStore(environment.dataDir, async (store) => ({
    ofFile: await withHolderIds(store, config.limits),
    stored: await listLimits(store),
    names: new Map([...(await listKeys(store)), ...(await listProjects(store))].map(({ id, name }) => [id, name])),
  }));
  const known = [
    ...ofFile.map((rule) => ({ rule, managed: true })),
    ...stored.filter((rule) => !ofFile.some((other) => isAt(other, rule))).map((rule) => ({ rule, managed: false })),
  ];
  if (options.json) {
    printJson(known.map(({ rule, managed }) => ({ ...wordsOf(rule), ...rule.values, burst_ms: rule.burst, managed })));
    return;
  }
  if (known.length === 0) {
    print('There are no limits. Set one with: ezmodel limits set --key KEY --requests 60');
    return;
  }
  const measures = LIMIT_MEASURES.map((measure) => ({ title: FLAGS[measure].title, align: 'right' as const }));
  const columns = [{ title: 'SCOPE' }, { title: 'OF' }, { title: 'MODELS' }, ...measures, { title: 'SET BY' }];
  const rows = known.map(({ rule, managed }) => [
    rule.scope,
    names.get(rule.id) ?? rule.id,
    rule.scope === 'model' ? rule.id : rule.model,
    ...LIMIT_MEASURES.map((measure) => figure(rule.values[measure])),
    managed ? 'config file' : 'command',
  ]);
  print(formatTable(columns, rows));
}

function figure(value: number | undefined): string {
  return value === undefined ? '-' : formatCount(value);
}

function wordsOf({ scope, id, model }: LimitRule): { scope: LimitScope; id: string; model: string } {
  return { scope, id, model: scope === 'model' ? id : model };
}

function isAt(rule: LimitPlace, { scope, id, model }: LimitPlace): boolean {
  return rule.scope === scope && rule.id === id && rule.model === model;
}

function placeName({ scope, id, model }: LimitPlace): string {
  return `${scope} ${id}${model === ANY ? '' : ` for ${model}`}`;
}

function camelCase(flag: string): string {
  return flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
