import type { Config } from '../config/config.ts';
import type { StoreLocation } from '../store/open.ts';

/** Where the store of a server is, and how long it does without its database. */
export function locationOf(options: {
  dataDir: string;
  databaseUrl: string | undefined;
  config: Config;
}): StoreLocation {
  const { dataDir, databaseUrl, config } = options;
  return { dataDir, databaseUrl, grace: config.server.databaseGrace, durability: config.server.durability };
}
