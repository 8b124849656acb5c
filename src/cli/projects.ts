import type { Command } from 'commander';
import { newId } from '../access/new-id.ts';
import { factorOf } from '../config/prices.ts';
import type { UnpricedSetting } from '../core/unpriced.ts';
import { FACTOR_UNIT } from '../metering/price.ts';
import type { Store } from '../store/open.ts';
import {
  insertProject,
  listProjects,
  type ProjectRecord,
  setProjectArchived,
  updateProject,
} from '../store/projects.ts';
import {
  addressesArgument,
  durationArgument,
  factorArgument,
  modelsArgument,
  nameArgument,
  orElse,
  tagsArgument,
  unpricedArgument,
} from './arguments.ts';
import { refuseManaged } from './managed.ts';
import { CliError, formatTable, formatTime, print, printJson } from './output.ts';
import { environmentOf, withStore } from './settings.ts';

/** The name of the project that keys belong to unless said otherwise. */
export const DEFAULT_PROJECT = 'default';

const UNPRICED_HELP =
  'models without a price: block, flag, hold:INPUT:OUTPUT (a ceiling in USD per million tokens), or inherit (the default)';

/** Adds `projects create|set|list|archive|unarchive`. */
export function addProjectsCommand(program: Command): void {
  const projects = program.command('projects').description('make and manage projects, which own API keys');
  projects
    .command('create')
    .description('make a project')
    .requiredOption('--name <name>', 'what to call it; no other project may be called so', nameArgument)
    .option('--models <list>', 'models or patterns that its keys may use (default: all)', modelsArgument)
    .option('--expires <duration>', 'how long its keys are valid at most, such as 90d', durationArgument)
    .option('--tags <list>', 'tags of all its requests, with commas between', tagsArgument)
    .option('--ip-allow <list>', 'addresses or ranges (CIDR) that may use its keys (default: all)', addressesArgument)
    .option('--markup <factor>', 'what it is charged for the price of its channels, such as 1.2', factorArgument, 1)
    .option('--unpriced <policy>', UNPRICED_HELP, unpricedArgument)
    .option('--json', 'print JSON')
    .action(create);
  projects
    .command('set <project>')
    .description('change a project; what is not named stays; <project> is its id or name')
    .option('--models <list>', 'models or patterns that its keys may use', modelsArgument)
    .option('--no-models', 'let its keys use all models')
    .option('--expires <duration>', 'how long its keys are valid at most, from now on', durationArgument)
    .option('--no-expires', 'let its keys be valid as long as they say')
    .option('--tags <list>', 'tags of all its requests, with commas between', tagsArgument)
    .option('--no-tags', 'take its tags away')
    .option('--ip-allow <list>', 'addresses or ranges (CIDR) that may use its keys', addressesArgument)
    .option('--no-ip-allow', 'let its keys be used from everywhere')
    .option('--markup <factor>', 'what it is charged for the price of its channels, such as 1.2', factorArgument)
    .option('--unpriced <policy>', UNPRICED_HELP, unpricedArgument)
    .option('--json', 'print JSON')
    .action(set);
  projects.command('list').description('list all projects').option('--json', 'print JSON').action(list);
  addArchiving(projects, 'archive', 'refuse all its keys from now on', 'archived');
  addArchiving(projects, 'unarchive', 'take an archived project up again', 'active');
}

/** The project of this id or name. @throws CliError when there is none. */
export async function findProjectByName(store: Store, idOrName: string): Promise<ProjectRecord> {
  const projects = await listProjects(store);
  const found = projects.find(({ id }) => id === idOrName) ?? projects.find(({ name }) => name === idOrName);
  if (found === undefined) throw new CliError(`no project has the id or name ${JSON.stringify(idOrName)}`);
  return found;
}

type CreateOptions = {
  name: string;
  ipAllow?: string[];
  models?: string[];
  expires?: number;
  tags?: string[];
  markup: number;
  unpriced?: UnpricedSetting | null;
  json?: true;
};

type SetOptions = Pick<Partial<CreateOptions>, 'markup' | 'unpriced' | 'json'> & {
  ipAllow?: string[] | false;
  models?: string[] | false;
  expires?: number | false;
  tags?: string[] | false;
};

async function create(options: CreateOptions, command: Command): Promise<void> {
  const createdAt = Date.now();
  const project: ProjectRecord = {
    id: newId('proj', createdAt),
    name: options.name,
    createdAt,
    archivedAt: null,
    models: options.models ?? null,
    ipAllow: options.ipAllow ?? null,
    expiresAt: options.expires === undefined ? null : createdAt + options.expires,
    defaultTags: options.tags ?? [],
    markup: factorOf(options.markup),
    unpriced: options.unpriced ?? null,
    managed: false,
  };
  await withStore(environmentOf(command).dataDir, async (store) => {
    const known = (await listProjects(store)).some(({ name }) => name === project.name);
    if (known) throw new CliError(`a project called ${JSON.stringify(project.name)} exists already`);
    await insertProject(store, project);
  });
  if (options.json) printJson(toJson(project));
  else print(`Project ${project.id} (${project.name}) is made.`);
}

async function set(idOrName: string, options: SetOptions, command: Command): Promise<void> {
  const { models, expires, tags, ipAllow, markup, unpriced, json } = options;
  const changed = await withStore(environmentOf(command).dataDir, async (store) => {
    const project = await findProjectByName(store, idOrName);
    refuseManaged(`project ${project.name}`, project);
    const next: ProjectRecord = {
      ...project,
      models: orElse(models, project.models, null),
      expiresAt: orElse(typeof expires === 'number' ? Date.now() + expires : expires, project.expiresAt, null),
      defaultTags: orElse(tags, project.defaultTags, []),
      ipAllow: orElse(ipAllow, project.ipAllow, null),
      markup: markup === undefined ? project.markup : factorOf(markup),
      unpriced: unpriced === undefined ? project.unpriced : unpriced,
    };
    await updateProject(store, next);
    return next;
  });
  if (json) printJson(toJson(changed));
  else print(`Project ${changed.id} (${changed.name}) is changed.`);
}

async function list(options: { json?: true }, command: Command): Promise<void> {
  const projects = await withStore(environmentOf(command).dataDir, listProjects);
  if (options.json) return printJson(projects.map(toJson));
  const titles = ['ID', 'NAME', 'STATE', 'MODELS', 'TAGS', 'CREATED', 'EXPIRES'].map((title) => ({ title }));
  const rows = projects.map((project) => [
    project.id,
    project.name,
    project.archivedAt === null ? 'active' : 'archived',
    project.models?.join(',') ?? 'all',
    project.defaultTags.join(',') || '-',
    project.createdAt === 0 ? '-' : formatTime(project.createdAt),
    formatTime(project.expiresAt),
  ]);
  print(formatTable(titles, rows));
}

function addArchiving(projects: Command, verb: string, description: string, state: 'archived' | 'active'): void {
  projects
    .command(`${verb} <project>`)
    .description(`${description}; <project> is its id or name`)
    .action((idOrName: string, _: object, command: Command) =>
      withStore(environmentOf(command).dataDir, async (store) => {
        const project = await findProjectByName(store, idOrName);
        refuseManaged(`project ${project.name}`, project);
        await setProjectArchived(store, project.id, state === 'archived' ? Date.now() : null);
        print(`Project ${project.id} (${project.name}) is ${state}.`);
      }),
    );
}

function toJson(project: ProjectRecord): object {
  return {
    id: project.id,
    name: project.name,
    models: project.models,
    ip_allow: project.ipAllow,
    default_tags: project.defaultTags,
    markup: project.markup / FACTOR_UNIT,
    unpriced: project.unpriced,
    managed: project.managed,
    created_at: project.createdAt,
    expires_at: project.expiresAt,
    archived_at: project.archivedAt,
  };
}
