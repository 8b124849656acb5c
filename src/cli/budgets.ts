import { type Command, InvalidArgumentError, Option } from 'commander';
import { newId } from '../access/new-id.ts';
import { toNanoUsd } from '../config/prices.ts';
import { BUDGET_PERIODS, type BudgetPeriod, budgetSubject } from '../core/budget.ts';
import { isTimeZone } from '../core/budget-window.ts';
import {
  addBudgetEntry,
  type BudgetRecord,
  type BudgetStatus,
  budgetStatus,
  insertBudget,
  listBudgetEntries,
  listBudgets,
  removeBudget,
  updateBudget,
} from '../store/budgets.ts';
import { listKeys } from '../store/keys.ts';
import type { Store } from '../store/open.ts';
import { listProjects } from '../store/projects.ts';
import { nameArgument, tagsArgument } from './arguments.ts';
import { findOne } from './find-key.ts';
import { refuseManaged } from './managed.ts';
import { CliError, formatTable, formatTime, formatUsd, print, printJson } from './output.ts';
import { findProjectByName } from './projects.ts';
import { environmentOf, withStore } from './settings.ts';

/** Adds `budgets set|list|top-up|entries|remove`. */
export function addBudgetsCommand(program: Command): void {
  const budgets = program.command('budgets').description('bound what projects, keys and tags may spend');
  budgets
    .command('set <name>')
    .description('make a budget, or change its amount and settings')
    .addOption(new Option('--project <project>', 'on a project, by id or name').conflicts(['key', 'tag']))
    .addOption(new Option('--key <key>', 'on an API key, by id or name').conflicts(['tag']))
    .addOption(new Option('--tag <tag>', 'on all requests with a tag').argParser(tagArgument))
    .option('--amount <usd>', 'USD that may be spent in a period, such as 250 or 0.5', usdArgument)
    .addOption(new Option('--period <period>', 'what the amount is for').choices(BUDGET_PERIODS))
    .option('--time-zone <zone>', 'where its days begin, such as Europe/Berlin (default: UTC)', timeZoneArgument)
    .option('--soft', 'count and tell, but refuse nothing')
    .option('--hard', 'refuse what might not fit (the default)')
    .option('--alerts <list>', 'per cent of the amount at which to tell, such as 50,80,100', alertsArgument)
    .option('--json', 'print JSON')
    .action(set);
  budgets.command('list').description('list all budgets').option('--json', 'print JSON').action(list);
  budgets
    .command('top-up <name>')
    .description('add to a prepaid budget; a negative amount takes from it')
    .requiredOption('--amount <usd>', 'USD to add', signedUsdArgument)
    .option('--note <text>', 'what for', nameArgument, 'top-up')
    .action(topUp);
  budgets
    .command('entries <name>')
    .description('list what was added to a prepaid budget, and taken from it')
    .option('--json', 'print JSON')
    .action(entries);
  budgets.command('remove <name>').description('remove a budget and its counters').action(remove);
}

type SetOptions = {
  project?: string;
  key?: string;
  tag?: string;
  amount?: number;
  period?: BudgetPeriod;
  timeZone?: string;
  soft?: true;
  hard?: true;
  alerts?: number[];
  json?: true;
};

async function set(name: string, options: SetOptions, command: Command): Promise<void> {
  await withStore(environmentOf(command).dataDir, async (store) => {
    const known = (await listBudgets(store)).find((budget) => budget.name === name);
    const subject = await subjectOf(store, options);
    if (known) await change(store, known, subject, options);
    else await make(store, nameArgument(name), subject, options);
    if (options.json)
      printJson((await budgetStatus(store, Date.now())).filter((each) => each.name === name).map(toJson)[0]);
    else print(`Budget ${name} is set.`);
  });
}

async function make(store: Store, name: string, subject: string | undefined, options: SetOptions): Promise<void> {
  const { period = 'month', amount, timeZone = 'UTC', soft, alerts = [] } = options;
  if (subject === undefined) throw new CliError('say what the budget is on: --project, --key or --tag');
  if (amount === undefined) throw new CliError('say how much may be spent: --amount');
  const createdAt = Date.now();
  const isPrepaid = period === 'prepaid';
  const id = newId('bud', createdAt);
  const budget = { id, name, subject, period, timeZone, alerts, createdAt };
  await insertBudget(store, { ...budget, amount: isPrepaid ? 0 : amount, hard: soft !== true, managed: false });
  if (isPrepaid) await addBudgetEntry(store, { budgetId: id, at: createdAt, amount, note: 'first amount' });
}

async function change(
  store: Store,
  known: BudgetRecord,
  subject: string | undefined,
  { period, amount, timeZone, soft, hard, alerts }: SetOptions,
): Promise<void> {
  refuseManaged(`budget ${known.name}`, known);
  const isOther = (subject ?? known.subject) !== known.subject || (period ?? known.period) !== known.period;
  if (isOther) throw new CliError(`budget ${known.name} is on something else or for another period: remove it first`);
  if (known.period === 'prepaid' && amount !== undefined) {
    throw new CliError(`budget ${known.name} is prepaid: use budgets top-up`);
  }
  const after = {
    ...known,
    amount: amount ?? known.amount,
    timeZone: timeZone ?? known.timeZone,
    hard: soft ? false : hard ? true : known.hard,
    alerts: alerts ?? known.alerts,
  };
  await updateBudget(store, { before: known, after, now: Date.now() });
}

async function subjectOf(store: Store, { project, key, tag }: SetOptions): Promise<string | undefined> {
  if (project !== undefined) return budgetSubject('project', (await findProjectByName(store, project)).id);
  if (key !== undefined) return budgetSubject('key', findOne(await listKeys(store), key).id);
  return tag === undefined ? undefined : budgetSubject('tag', tag);
}

async function list({ json }: { json?: true }, command: Command): Promise<void> {
  await withStore(environmentOf(command).dataDir, async (store) => {
    const budgets = await budgetStatus(store, Date.now());
    if (json) return printJson(budgets.map(toJson));
    const names = await namesOf(store);
    const titles = ['NAME', 'ON', 'PERIOD', 'KIND', 'AMOUNT', 'SPENT', 'HELD', 'LEFT', 'RESETS'];
    const columns = titles.map((title) =>
      ['AMOUNT', 'SPENT', 'HELD', 'LEFT'].includes(title) ? { title, align: 'right' as const } : { title },
    );
    print(
      formatTable(
        columns,
        budgets.map((budget) => toRow(budget, names)),
      ),
    );
  });
}

function toRow(budget: BudgetStatus, names: ReadonlyMap<string, string>): string[] {
  const { name, subject, period, timeZone, hard, managed, amount, spent, reserved, resetsAt } = budget;
  return [
    name,
    names.get(subject) ?? subject,
    period === 'prepaid' ? period : `${period} ${timeZone}`,
    `${hard ? 'hard' : 'soft'}${managed ? ', managed' : ''}`,
    ...[amount, spent, reserved, leftOf(budget)].map(formatUsd),
    formatTime(resetsAt),
  ];
}

/** What people call subjects. */
async function namesOf(store: Store): Promise<Map<string, string>> {
  const [projects, keys] = [await listProjects(store), await listKeys(store)];
  return new Map([
    ...projects.map(({ id, name }): [string, string] => [budgetSubject('project', id), `project ${name}`]),
    ...keys.map(({ id, name }): [string, string] => [budgetSubject('key', id), `key ${name}`]),
  ]);
}

async function topUp(
  name: string,
  { amount, note }: { amount: number; note: string },
  command: Command,
): Promise<void> {
  await withStore(environmentOf(command).dataDir, async (store) => {
    const { id: budgetId, period, amount: before } = await findBudget(store, name);
    if (period !== 'prepaid') throw new CliError(`budget ${name} is not prepaid: use budgets set --amount`);
    if (before + amount < 0) throw new CliError(`budget ${name} has only ${formatUsd(before)}`);
    await addBudgetEntry(store, { budgetId, at: Date.now(), amount, note });
    print(`Budget ${name} is ${formatUsd(before + amount)} now.`);
  });
}

async function entries(name: string, { json }: { json?: true }, command: Command): Promise<void> {
  await withStore(environmentOf(command).dataDir, async (store) => {
    const { id, period } = await findBudget(store, name);
    if (period !== 'prepaid') throw new CliError(`budget ${name} is not prepaid: it has no entries`);
    const rows = await listBudgetEntries(store, id);
    if (json) return printJson(rows.map(({ at, amount, note }) => ({ at, amount_nano_usd: amount, note })));
    const columns = [{ title: 'AT' }, { title: 'AMOUNT', align: 'right' as const }, { title: 'NOTE' }];
    print(
      formatTable(
        columns,
        rows.map(({ at, amount, note }) => [formatTime(at), formatUsd(amount), note]),
      ),
    );
  });
}

async function remove(name: string, _: object, command: Command): Promise<void> {
  await withStore(environmentOf(command).dataDir, async (store) => {
    const budget = await findBudget(store, name);
    refuseManaged(`budget ${budget.name}`, budget);
    await removeBudget(store, budget.id);
    print(`Budget ${name} is removed.`);
  });
}

async function findBudget(store: Store, name: string): Promise<BudgetRecord> {
  const found = (await listBudgets(store)).find((budget) => budget.name === name);
  if (found === undefined) throw new CliError(`no budget is called ${JSON.stringify(name)}`);
  return found;
}

function leftOf({ amount, spent, reserved }: BudgetStatus): number {
  return Math.max(0, amount - spent - reserved);
}

function toJson(budget: BudgetStatus): object {
  return {
    id: budget.id,
    name: budget.name,
    subject: budget.subject,
    amount_nano_usd: budget.amount,
    period: budget.period,
    time_zone: budget.timeZone,
    hard: budget.hard,
    alerts: budget.alerts,
    managed: budget.managed,
    spent_nano_usd: budget.spent,
    reserved_nano_usd: budget.reserved,
    left_nano_usd: leftOf(budget),
    period_start: budget.periodStart,
    resets_at: budget.resetsAt,
  };
}

function tagArgument(text: string): string {
  const [tag, ...others] = tagsArgument(text);
  if (tag === undefined || others.length > 0) throw new InvalidArgumentError('A budget is on one tag.');
  return tag;
}

function usdArgument(text: string): number {
  const amount = /^\d{1,7}(\.\d{1,9})?$/.test(text) ? toNanoUsd(Number(text)) : undefined;
  if (amount !== undefined) return amount;
  throw new InvalidArgumentError('Write USD such as 250 or 0.5: 0 to 1000000 with at most 9 decimals.');
}

function signedUsdArgument(text: string): number {
  return text.startsWith('-') ? -usdArgument(text.slice(1)) : usdArgument(text);
}

function timeZoneArgument(text: string): string {
  if (isTimeZone(text)) return text;
  throw new InvalidArgumentError('Write an IANA time zone such as Europe/Berlin or UTC.');
}

function alertsArgument(text: string): number[] {
  const thresholds = text.split(',').map((item) => Number(item.trim()));
  if (thresholds.every((one) => Number.isInteger(one) && one >= 1 && one <= 1_000)) {
    return [...new Set(thresholds)].sort((a, b) => a - b);
  }
  throw new InvalidArgumentError('Write whole per cents with commas between them, such as 50,80,100.');
}
