import type { StoreLocation } from '../store/open.ts';
import type { ServerOptions } from './start.ts';

/** Where the store of a server is, and how long it does without its database. */
export function locationOf({ dataDir, databaseUrl, config }: ServerOptions): StoreLocation {
  return { dataDir, databaseUrl, grace: config.server.databaseGrace };
}
