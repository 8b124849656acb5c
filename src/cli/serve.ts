import cluster from 'node:cluster';
import type { Command } from 'commander';
import type { Config } from '../config/config.ts';
import { workersOf } from '../config/environment.ts';
import { watchConfig } from '../config/watch.ts';
import type { ServerOptions } from '../server/options.ts';
import type { RunningServer } from '../server/start.ts';
import { exampleModel } from './model-list.ts';
import { CliError, print } from './output.ts';
import { configOf, environmentOf } from './settings.ts';
import { curlExample } from './welcome.ts';

/** Adds `serve`. */
export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('run the gateway')
    .option('--workers <n>', 'processes that serve together (default: $EZMODEL_WORKERS, or 1)')
    .action(serve);
}

async function serve(options: { workers?: string }, command: Command): Promise<void> {
  if (cluster.isWorker) {
    const { runWorker } = await import('../server/workers/worker.ts');
    return runWorker();
  }
  const environment = environmentOf(command);
  const { host, port, dataDir, databaseUrl, logLevel, configFile, redisUrl } = environment;
  const workers = options.workers === undefined ? environment.workers : workersOf(options.workers, '--workers');
  const config = withAdminPort(configOf(environment), environment.adminPort);
  const start = await starterFor(workers);
  const server = await start({ host, port, dataDir, databaseUrl, logLevel, redisUrl, config }).catch((error: unknown) =>
    explainFailedStart(error, host, port, config.server.admin.port),
  );
  const watcher =
    configFile === undefined
      ? undefined
      : watchConfig({
          file: configFile,
          load: () => configOf(environment),
          onConfig: (changed) => {
            server.applyConfig(changed);
            tell(`the configuration was reloaded: ${summary(changed)}`);
          },
          onError: (error) => {
            tell('the changed config file is not used, the earlier configuration stays in force:');
            tell(error instanceof Error ? error.message : String(error));
          },
        });
  const signals = listenForSignals();
  welcome(server, config);
  await signals.first;
  watcher?.close();
  await server.drainAndClose(signals.second);
}

/** Loaded here, so that the other commands start without a server. */
async function starterFor(workers: number): Promise<(options: ServerOptions) => Promise<RunningServer>> {
  if (workers === 1) return (await import('../server/start.ts')).startServer;
  const { startSupervisor } = await import('../server/workers/supervise.ts');
  return (options) => startSupervisor(options, workers);
}

const LISTEN_FAILURES = new Map([
  ['EADDRINUSE', 'is taken: stop what listens there, or choose another PORT'],
  ['EACCES', 'is not allowed to this user: choose a PORT from 1024 on'],
  ['EADDRNOTAVAIL', 'is no address of this machine: choose another HOST'],
  ['ENOTFOUND', 'has a host name that is not known: choose another HOST'],
]);

function withAdminPort(config: Config, port: number | undefined): Config {
  const { server } = config;
  return port === undefined ? config : { ...config, server: { ...server, admin: { ...server.admin, port } } };
}

function explainFailedStart(error: unknown, host: string, port: number, adminPort: number | undefined): never {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason = LISTEN_FAILURES.get(code);
  const failed = error instanceof Error && 'port' in error && error.port === adminPort ? adminPort : port;
  throw reason === undefined ? error : new CliError(`${host}:${failed} ${reason}`);
}

function welcome({ address, firstKey, setupToken }: RunningServer, config: Config): void {
  print(`EZModel listens on ${address}`);
  const { port } = config.server.admin;
  const own = new URL(address);
  if (port !== undefined) own.port = String(port);
  print(`Console and admin API: ${own.origin}/console`);
  print(`Configuration: ${config.file ?? 'from the environment'}, ${summary(config)}`);
  if (firstKey !== undefined) print(`\nYour API key, shown this once:\n  ${firstKey}`);
  if (setupToken !== undefined)
    print(
      `\nNobody administers yet. The first owner is made in the console with this, within an hour:\n  ${setupToken}`,
    );
  const model = exampleModel(config);
  if (model !== undefined) print(`\nTry it:\n  ${curlExample({ address, apiKey: firstKey, model })}\n`);
}

function summary({ channels }: Config): string {
  const names = channels.slice(0, 5).map(({ name }) => name);
  const more = channels.length > names.length ? ` and ${channels.length - names.length} more` : '';
  return `${channels.length === 1 ? 'channel' : 'channels'} ${names.join(', ')}${more}`;
}

/** A signal this soon after the first is the same one: a terminal and npm both pass Ctrl-C on. In ms. */
const SAME_SIGNAL = 100;

/** Settles at the first SIGTERM or SIGINT, and again when somebody means it: streams are then ended at once, and settled. */
function listenForSignals(): { first: Promise<void>; second: Promise<void> } {
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  let firstAt: number | undefined;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (firstAt !== undefined && performance.now() - firstAt > SAME_SIGNAL) second.resolve();
      firstAt ??= performance.now();
      first.resolve();
    });
  }
  return { first: first.promise, second: second.promise };
}

function tell(text: string): void {
  for (const line of text.split('\n')) process.stderr.write(`ezmodel: ${line}\n`);
}
