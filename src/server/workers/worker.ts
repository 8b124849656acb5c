import type { EventEmitter } from 'node:events';
import type { Config } from '../../config/config.ts';
import type { ChannelHealth } from '../../gateway/channel-health.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { WorkerPart } from '../options.ts';
import { type ListeningServer, startWorkerServer } from '../start.ts';
import type { ToSupervisor, ToWorker, WorkerStart } from './protocol.ts';
import { shareOfConfig } from './share.ts';

/** How often a worker shows that its event loop turns, in ms. */
const SIGN_OF_LIFE = 250;

/**
 * Serves as the supervisor says; resolves when it was told to end and has. Signals are the supervisor's to answer: a
 * terminal sends them to all processes at once. Should the supervisor die, this process ends too (`node:cluster` sees to it).
 */
export async function runWorker(): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => undefined);
  const renders = createQuestions<Rendered>('render');
  const healths = createQuestions<ChannelHealth[][]>('channels');
  const drain = Promise.withResolvers<void>();
  const hurry = Promise.withResolvers<void>();
  const started = Promise.withResolvers<ListeningServer>();
  let shared: ((config: Config) => Config) | undefined;

  const take = (message: ToWorker): void => {
    switch (message.type) {
      case 'start': {
        const { start } = message;
        shared = (config) => shareOfConfig(config, start);
        const of = { renderMetrics: renders.ask, allChannelHealth: healths.ask };
        startAs(start, of).then(started.resolve, started.reject);
        return;
      }
      case 'config':
        started.promise.then((server) => server.applyConfig(shared?.(message.config) ?? message.config));
        return;
      case 'collect':
        void started.promise.then(async (server) => {
          post({ type: 'collected', values: await server.collectMetrics(), health: server.channelHealth() });
        });
        return;
      case 'rendered':
        renders.answer(message.id, message);
        return;
      case 'told':
        healths.answer(message.id, message.health);
        return;
      case 'drain':
        drain.resolve();
        return;
      case 'hurry':
        hurry.resolve();
        return;
    }
  };
  const channel: EventEmitter = process;
  channel.on('message', take);
  const signs = setInterval(() => post({ type: 'alive' }), SIGN_OF_LIFE);
  post({ type: 'alive' });

  try {
    const server = await started.promise;
    post({ type: 'ready' });
    await drain.promise;
    await server.drainAndClose(hurry.promise);
  } catch (error) {
    await tellFailure(error);
  }
  clearInterval(signs);
  // Ends the process.
  process.disconnect();
}

function tellFailure(error: unknown): Promise<void> {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  return postReliably({ type: 'failed', message: error instanceof Error ? error.message : String(error), code });
}

type Gathered = Pick<WorkerPart, 'renderMetrics' | 'allChannelHealth'>;

function startAs(start: WorkerStart, gathered: Gathered): Promise<ListeningServer> {
  const { host, port, dataDir, databaseUrl, logLevel, redisUrl, config, node, slot, of } = start;
  const options = {
    host,
    port,
    dataDir,
    databaseUrl,
    logLevel,
    redisUrl,
    config: shareOfConfig(config, start),
  };
  return startWorkerServer(options, { node, slot, of, ...gathered });
}

type Rendered = Awaited<ReturnType<Metrics['render']>>;

/** Questions to the supervisor about all workers. */
function createQuestions<Answer>(type: 'render' | 'channels') {
  const waiting = new Map<number, (answer: Answer) => void>();
  let lastId = 0;
  return {
    ask: (): Promise<Answer> =>
      new Promise((resolve) => {
        lastId += 1;
        waiting.set(lastId, resolve);
        post({ type, id: lastId });
      }),
    answer: (id: number, answer: Answer): void => {
      waiting.get(id)?.(answer);
      waiting.delete(id);
    },
  };
}

/** Resolves when the message is sent. One that no longer gets through is lost with its supervisor, and this process ends. */
function postReliably(message: ToSupervisor): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected || process.send === undefined) resolve();
    else process.send(message, undefined, undefined, () => resolve());
  });
}

function post(message: ToSupervisor): void {
  void postReliably(message);
}
