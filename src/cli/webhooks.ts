import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { createSealer } from '../access/sealing/sealer.ts';
import type { WebhookConfig } from '../config/config.ts';
import { schemaProblems } from '../config/problem.ts';
import { channelName } from '../config/schema-fields.ts';
import { secretText } from '../config/secret-file.ts';
import { webhookSettingsSchema } from '../config/stored-webhook.ts';
import { isBaseUrlAllowed } from '../gateway/base-url.ts';
import type { Store } from '../store/open.ts';
import { changeWithAudit } from '../store/people/audit.ts';
import type { Statement } from '../store/query.ts';
import {
  deleteWebhookStatements,
  insertWebhookStatements,
  listWebhooks,
  updateWebhookStatements,
  type WebhookRecord,
  webhookSecretPlace,
} from '../store/webhooks.ts';
import { countArgument } from './arguments.ts';
import { refuseManaged } from './managed.ts';
import { CliError, formatTable, print, printJson } from './output.ts';
import { configInForce, configOf, environmentOf, withStore } from './settings.ts';

/** Adds `alerts webhooks list|set|remove`. */
export function addWebhooksCommand(alerts: Command): void {
  const webhooks = alerts.command('webhooks').description('who is told of alerts');
  webhooks
    .command('list')
    .description('list the webhooks of the config file and those that were set here or over the admin API')
    .option('--json', 'print JSON')
    .action(list);
  webhooks
    .command('set <name>')
    .description('make a webhook, or change what is given; a running server follows within a second')
    .option('--url <url>', 'where alerts are posted')
    .option(
      '--secret-file <path>',
      'a file that holds what posts are signed with, 16 characters or more; - reads it from the input',
    )
    .option('--events <list>', 'what is told, separated by commas; * for all')
    .option('--timeout <ms>', 'how long the receiver may take to answer', countArgument)
    .option('--disable', 'tell it nothing for now')
    .option('--enable', 'tell it again')
    .action(set);
  webhooks.command('remove <name>').description('remove a webhook').action(remove);
}

type SetOptions = {
  url?: string;
  secretFile?: string;
  events?: string;
  timeout?: number;
  disable?: true;
  enable?: true;
};

async function list({ json }: { json?: true }, command: Command): Promise<void> {
  const environment = environmentOf(command);
  const fromFile = configOf(environment).alerts.webhooks;
  const stored = await withStore(environment.dataDir, listWebhooks);
  const rows = [
    ...fromFile.map(({ name, url, events }) => ({ name, url, events: [...events], enabled: true, managed: true })),
    ...stored
      .filter(({ name }) => !fromFile.some((each) => each.name === name))
      .map(({ name, settings }) => {
        const { url, events, enabled } = webhookSettingsSchema.parse(settings);
        return { name, url, events, enabled, managed: false };
      }),
  ];
  if (json) return printJson(rows);
  const titles = ['NAME', 'URL', 'EVENTS', 'STATE', 'SET IN'].map((title) => ({ title }));
  print(
    formatTable(
      titles,
      rows.map(({ name, url, events, enabled, managed }) => [
        name,
        url,
        events?.join(' ') ?? 'all',
        enabled ? 'on' : 'off',
        managed ? 'config file' : 'store',
      ]),
    ),
  );
}

async function set(name: string, options: SetOptions, command: Command): Promise<void> {
  const environment = environmentOf(command);
  const config = configOf(environment);
  if (!channelName.safeParse(name).success) throw new CliError('a name is 1 to 64 letters, digits or ._-');
  refuseManaged(`webhook ${name}`, { managed: isOfFile(config.alerts.webhooks, name) });
  await withStore(environment.dataDir, async (store) => {
    const before = (await listWebhooks(store)).find((each) => each.name === name);
    const settings = settingsOf(options, before);
    if (!isBaseUrlAllowed(settings.url, config.server.admin.privateChannels)) {
      throw new CliError(
        '--url: is a private address: such a webhook belongs into the config file, with private_addresses: true',
      );
    }
    const secret = options.secretFile === undefined ? undefined : readSecret(options.secretFile);
    const sealed =
      secret === undefined
        ? before?.secret
        : createSealer(environment.dataDir).seal(Buffer.from(secret), webhookSecretPlace(name));
    if (sealed === undefined) throw new CliError('a new webhook needs --secret-file');
    const at = Date.now();
    const record = { name, settings, secret: sealed, createdAt: before?.createdAt ?? at, updatedAt: at };
    const statements = before ? updateWebhookStatements(record) : insertWebhookStatements(record);
    await change(store, statements, {
      action: before ? 'webhooks.change' : 'webhooks.create',
      name,
      before,
      after: record,
    });
    print(`The webhook ${name} is set. \`ezmodel alerts test ${name}\` tries it.`);
  });
}

async function remove(name: string, _: object, command: Command): Promise<void> {
  const environment = environmentOf(command);
  refuseManaged(`webhook ${name}`, { managed: isOfFile(configOf(environment).alerts.webhooks, name) });
  await withStore(environment.dataDir, async (store) => {
    const before = (await listWebhooks(store)).find((each) => each.name === name);
    if (!before) throw new CliError(`no webhook is called ${name}`);
    await change(store, deleteWebhookStatements(name), { action: 'webhooks.remove', name, before, after: undefined });
    print(`The webhook ${name} is removed.`);
  });
}

function isOfFile(webhooks: readonly WebhookConfig[], name: string): boolean {
  return webhooks.some((each) => each.name === name);
}

/** @throws CliError that says what is wrong. */
function settingsOf(options: SetOptions, before: WebhookRecord | undefined) {
  const written = {
    ...before?.settings,
    ...(options.url !== undefined && { url: options.url }),
    ...(options.events !== undefined && { events: options.events === '*' ? null : options.events.split(',') }),
    ...(options.timeout !== undefined && { timeout_ms: options.timeout }),
    ...((options.enable ?? options.disable) && { enabled: options.disable !== true }),
  };
  const parsed = webhookSettingsSchema.safeParse(written);
  if (parsed.success) return parsed.data;
  const [problem] = schemaProblems(parsed.error.issues);
  throw new CliError(problem ? `${problem.path.join('.')}: ${problem.message}` : 'the webhook cannot be read');
}

/** @throws CliError that does not quote what was read. */
function readSecret(path: string): string {
  let text: string;
  try {
    text = readFileSync(path === '-' ? 0 : path, 'utf8').trim();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    throw new CliError(`--secret-file: cannot be read (${code})`);
  }
  const checked = secretText.safeParse(text);
  if (!checked.success)
    throw new CliError(`--secret-file: what it holds ${checked.error.issues[0]?.message ?? 'is no secret'}`);
  return text;
}

type Told = { action: string; name: string; before: WebhookRecord | undefined; after: WebhookRecord | undefined };

function change(store: Store, statements: readonly Statement[], { action, name, before, after }: Told): Promise<void> {
  const tell = (record: WebhookRecord | undefined) => (record ? JSON.stringify({ name, ...record.settings }) : null);
  const what = { action, subject: `webhook:${name}`, before: tell(before), after: tell(after) };
  return changeWithAudit(store, statements, { at: Date.now(), actor: 'cli', address: 'local', ...what });
}

/** Every webhook that a server would tell now: those of the file, and those that are set and switched on. */
export async function webhooksInForce(command: Command): Promise<readonly WebhookConfig[]> {
  const environment = environmentOf(command);
  const file = configOf(environment);
  const config = await withStore(environment.dataDir, (store) => configInForce(environment, file, store));
  return config.alerts.webhooks;
}
