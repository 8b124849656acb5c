import { Worker } from 'node:worker_threads';
import type { ModelCaller, Timed } from './console-models.ts';

/** Asks models all the while, and keeps how long each answer took by what else went on. */
export type ModelWatch = {
  /** What goes on from now; undefined: nothing that counts. */
  enter(phase: string | undefined): void;
  /** Times of a phase so far, in ms. */
  times(phase: string): readonly number[];
  close(): Promise<void>;
};

/** Begins to ask, on a thread of its own. */
export function watchModels(caller: ModelCaller): ModelWatch {
  const models = new Worker(new URL('./console-models.ts', import.meta.url), { workerData: caller });
  const phases = new Map<string, number[]>();
  let phase: string | undefined;
  let begun = 0;
  models.on('message', ({ at, took }: Timed) => {
    // One that began in the phase before tells of neither.
    if (phase === undefined || at < begun) return;
    const times = phases.get(phase) ?? [];
    times.push(took);
    phases.set(phase, times);
  });
  models.on('error', (error) => {
    throw error;
  });
  return {
    enter: (next) => {
      phase = next;
      begun = performance.timeOrigin + performance.now();
    },
    times: (name) => phases.get(name) ?? [],
    close: async () => {
      await models.terminate();
    },
  };
}
