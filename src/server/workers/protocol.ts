import type { Config } from '../../config/config.ts';
import type { ChannelHealth } from '../../gateway/channel-health.ts';
import type { MetricValues } from '../../telemetry/metrics.ts';

/** What a worker is to be: one of `of` processes that share a port, a store and the limits. */
export type WorkerStart = {
  /** Names this process in the exchanges that it opens; never used twice. */
  node: string;
  /** From 0 to `of` - 1; a replacement takes the slot of the worker that died. */
  slot: number;
  of: number;
  host: string;
  /** Not 0: all workers listen on the same one. */
  port: number;
  dataDir: string;
  /** Undefined: the workers share a file. */
  databaseUrl: string | undefined;
  logLevel: string;
  /** Where processes share their limits; undefined: each keeps to its share. */
  redisUrl: string | undefined;
  config: Config;
};

/** What the supervisor posts to a worker. */
export type ToWorker =
  | { type: 'start'; start: WorkerStart }
  | { type: 'config'; config: Config }
  | { type: 'drain' }
  /** There is no time any more for the drain that was asked for. */
  | { type: 'hurry' }
  /** Asks for this worker's own figures, and how it knows its channels. */
  | { type: 'collect' }
  /** The figures of all workers, asked for with `render`. */
  | { type: 'rendered'; id: number; contentType: string; body: string }
  /** How all workers know their channels, asked for with `channels`. */
  | { type: 'told'; id: number; health: ChannelHealth[][] };

/** What a worker posts to the supervisor. */
export type ToSupervisor =
  | { type: 'ready' }
  /** It cannot serve; `code` is that of a system error. */
  | { type: 'failed'; message: string; code: string | undefined }
  /** Posted twice a second: its event loop turns. */
  | { type: 'alive' }
  | { type: 'collected'; values: MetricValues; health: ChannelHealth[] }
  | { type: 'render' | 'channels'; id: number };
