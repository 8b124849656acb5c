import type { Config } from '../config/config.ts';
import type { ChannelHealth } from '../gateway/channel-health.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** How a server is started. */
export type ServerOptions = {
  host: string;
  port: number;
  dataDir: string;
  databaseUrl: string | undefined;
  logLevel: string;
  /** Undefined: this process keeps its limits alone. */
  redisUrl: string | undefined;
  config: Config;
};

/** What a server must know that is one of several processes, whose supervisor holds the lock, recovers and makes the first key. */
export type WorkerPart = {
  /** Names this process in the books; see `WorkerStart`. */
  node: string;
  slot: number;
  /** How many processes there are. */
  of: number;
  /** The figures of all workers. */
  renderMetrics: Metrics['render'];
  /** How each worker knows its channels. */
  allChannelHealth(): Promise<ChannelHealth[][]>;
};

/** Of several workers on one store one is enough to look after it. */
export function isFirst(worker: Pick<WorkerPart, 'slot'> | undefined): boolean {
  return worker === undefined || worker.slot === 0;
}
