import type { Command } from 'commander';
import { createSealer } from '../access/sealing/sealer.ts';
import type { ChannelConfig, Config } from '../config/config.ts';
import type { Environment } from '../config/environment.ts';
import { loadConfig, loadEnvironment } from '../config/load.ts';
import { PROVIDERS } from '../providers/index.ts';
import { openConfigSource } from '../server/config-source.ts';
import { openStore, type Store } from '../store/open.ts';

/** The environment of a command, `--config` counted in. @throws EnvironmentError */
export function environmentOf(command: Command): Environment {
  const { config } = command.optsWithGlobals<{ config?: string }>();
  return loadEnvironment(config);
}

/** The configuration that a server would run with. @throws ConfigError */
export function configOf(environment: Environment): Config {
  return loadConfig(environment.configFile, PROVIDERS);
}

/** Opens the store for the length of one action; works beside a running server. Rejects as the action does. */
export async function withStore<Result>(dataDir: string, action: (store: Store) => Promise<Result>): Promise<Result> {
  const store = await openStore({ dataDir, databaseUrl: loadEnvironment().databaseUrl });
  try {
    return await action(store);
  } finally {
    await store.close();
  }
}

/** The channels that a server would run with: those of `file`, and those that were made over the admin API. */
export async function channelsInForce(environment: Environment, file: Config, store: Store): Promise<ChannelConfig[]> {
  return (await configInForce(environment, file, store)).channels;
}

/** What a server would run with: `file`, and what was set up over the admin API. */
export async function configInForce({ dataDir }: Environment, file: Config, store: Store): Promise<Config> {
  const source = await openConfigSource({
    store,
    sealer: createSealer(dataDir),
    file,
    // The server says so in its log, and the console beside the channel.
    onProblem: () => undefined,
  });
  return source.current();
}
