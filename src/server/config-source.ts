import type { SealedPlace } from '../access/sealing/envelope.ts';
import type { Sealer } from '../access/sealing/sealer.ts';
import type { Config } from '../config/config.ts';
import { type StoredChannel, type StoredProblem, withStored } from '../config/stored.ts';
import { parseSettings } from '../config/stored-settings.ts';
import { PROVIDER_ROWS } from '../gateway/wiring.ts';
import { type Following, follow } from '../store/follow.ts';
import type { Store } from '../store/open.ts';
import { readSettings } from '../store/settings.ts';
import { listChannels, listCredentials, secretPlace } from '../store/upstreams/channels.ts';
import { listModelRoutes } from '../store/upstreams/model-routes.ts';
import { upstreamsRevision } from '../store/upstreams/revision.ts';
import { listWebhooks, webhookSecretPlace } from '../store/webhooks.ts';

/** The configuration in force: what the file says, with what was set up over the admin API. */
export type ConfigSource = {
  /** That of the file alone. */
  file(): Config;
  /** Both together. */
  current(): Config;
  /** Begins to follow the store; `onConfig` is told of each new configuration. */
  follow(onConfig: (config: Config) => void): FollowedConfig;
};

/** A configuration that is kept up to date. */
export type FollowedConfig = Pick<ConfigSource, 'file' | 'current'> & {
  /** Takes a new version of the file over. */
  useFile(config: Config): void;
} & Following;

/** What a source works with. */
export type ConfigSourceOptions = {
  store: Store;
  sealer: Pick<Sealer, 'open'>;
  file: Config;
  /** Told of what is left out of it. */
  onProblem(problem: StoredProblem): void;
};

/**
 * Follows what the store adds to the file: a change made by any process counts within a second. While the store is down, what was
 * read last stays in force. Rejects when it cannot be read the first time.
 */
export async function openConfigSource(options: ConfigSourceOptions): Promise<ConfigSource> {
  const { store, onProblem } = options;
  let { file } = options;
  let revision = await upstreamsRevision(store);
  let stored = await readStored(options);
  let current = merge();

  function merge(): Config {
    const { config, problems } = withStored(file, stored, PROVIDER_ROWS);
    problems.forEach(onProblem);
    return config;
  }

  return {
    file: () => file,
    current: () => current,
    follow: (onConfig) => {
      const takeOver = () => {
        current = merge();
        onConfig(current);
      };
      const following = follow(async () => {
        const newest = await upstreamsRevision(store);
        if (newest === revision) return;
        stored = await readStored(options);
        revision = newest;
        takeOver();
      });
      const useFile = (config: Config) => {
        file = config;
        takeOver();
      };
      return { file: () => file, current: () => current, useFile, ...following };
    },
  };
}

/** A credential whose secret does not open is left out: its channel goes on with the others, or without. */
async function readStored({ store, sealer, onProblem }: ConfigSourceOptions) {
  const [channels, credentials, routes, settings, webhooks] = await Promise.all([
    listChannels(store),
    listCredentials(store),
    listModelRoutes(store),
    readSettings(store),
    listWebhooks(store),
  ]);
  const opened = (what: string, sealed: Uint8Array, place: SealedPlace): string[] => {
    try {
      return [Buffer.from(sealer.open(sealed, place)).toString()];
    } catch (error) {
      const message = error instanceof Error ? error.message : 'does not open';
      onProblem({ what, problems: [{ path: [], message }] });
      return [];
    }
  };
  const open = (channel: string): StoredChannel['credentials'] =>
    credentials
      .filter((each) => each.channel === channel)
      .flatMap(({ id, name, secret, weight }) =>
        opened(`credential ${id}`, secret, secretPlace(id)).map((apiKey) => ({ name, apiKey, weight })),
      );
  return {
    channels: channels
      .map((channel) => ({ name: channel.name, settings: channel.settings, credentials: open(channel.name) }))
      // Sent without the credential that it has, every request would be refused.
      .filter(({ name, credentials: usable }) => {
        return usable.length > 0 || !credentials.some(({ channel }) => channel === name);
      }),
    routes: routes.map((route) => ({ name: route.name, settings: route.settings })),
    settings: parseSettings(settings),
    webhooks: webhooks.flatMap(({ name, settings: written, secret }) =>
      opened(`webhook ${name}`, secret, webhookSecretPlace(name)).map((text) => ({
        name,
        settings: written,
        secret: text,
      })),
    ),
  };
}
