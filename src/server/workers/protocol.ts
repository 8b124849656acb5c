import type { Config } from '../../config/config.ts';
import type { ChannelHealth } from '../../gateway/channel-health.ts';
import type { MetricValues } from '../../telemetry/metrics.ts';
import type { ServerOptions } from '../options.ts';

/** What a worker is to be: one of `of` processes that share a store, the limits and a port, which is therefore not 0. */
export type WorkerStart = ServerOptions & {
  /** Names this process in the exchanges that it opens; never used twice. */
  node: string;
  /** From 0 to `of` - 1; a replacement takes the slot of the worker that died. */
  slot: number;
  of: number;
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
