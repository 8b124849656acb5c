import cluster, { type Worker } from 'node:cluster';
import type { EventEmitter } from 'node:events';
import { closeLostConnections } from './lost-connections.ts';
import type { ToSupervisor, ToWorker } from './protocol.ts';

/** How a process ended: its status, or the signal that killed it. */
export type WorkerEnd = { code: number | null; signal: string | null };

/** One worker process, as its supervisor sees it. */
export type WorkerProcess = {
  readonly pid: number;
  /** A message to one that has ended is lost. */
  post(message: ToWorker): void;
  kill(): void;
};

/** Starts a process that runs the command line of this one, as a worker. */
export function startWorkerProcess(listeners: {
  onMessage(message: ToSupervisor): void;
  onEnd(end: WorkerEnd): void;
}): WorkerProcess {
  // Structured clones, since a configuration has maps.
  cluster.setupPrimary({ serialization: 'advanced' });
  const worker: Worker = cluster.fork();
  closeLostConnections(worker);
  const channel: EventEmitter = worker;
  channel.on('message', listeners.onMessage);
  worker.on('exit', (code, signal) => listeners.onEnd({ code, signal }));
  // A channel that breaks is followed by the end of its process.
  worker.on('error', () => undefined);
  return {
    pid: worker.process.pid ?? 0,
    post: (message) => {
      if (worker.isConnected()) worker.send(message);
    },
    kill: () => {
      worker.process.kill('SIGKILL');
    },
  };
}
