import type { Config } from '../../config/config.ts';

/** Which part of the limits a process may use: one of `of`, by its slot. */
export type Share = { slot: number; of: number };

/**
 * A configuration whose limits are this worker's part of them. The parts add up to the whole, whatever the remainder; each
 * is 1 at least, so a limit below the number of workers counts as that number.
 */
export function shareOfConfig(config: Config, share: Share): Config {
  const { server } = config;
  return {
    ...config,
    server: {
      ...server,
      maxConcurrentPerKey: part(server.maxConcurrentPerKey, share),
      maxRequests: part(server.maxRequests, share),
      maxQueued: part(server.maxQueued, share, 0),
      // A worker must be able to hold the largest body that is allowed.
      maxBodyBytesInFlight: Math.max(server.maxBodyBytes, part(server.maxBodyBytesInFlight, share)),
    },
  };
}

function part(whole: number, { slot, of }: Share, least = 1): number {
  return Math.max(least, Math.floor(whole / of) + (slot < whole % of ? 1 : 0));
}
