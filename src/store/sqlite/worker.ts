import { Worker } from 'node:worker_threads';
import type { WorkerInput } from './protocol.ts';

/** Starts a worker script that lies beside this file, as `.ts` in the sources and as `.js` when built. */
export function startWorker(name: 'writer-worker' | 'reader-worker' | 'checkpoint-worker', input: WorkerInput): Worker {
  // tsc rewrites import paths but not this string, so the extension is that of the file we are in.
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new Worker(new URL(`./${name}.${extension}`, import.meta.url), {
    workerData: input,
    name: `ezmodel ${name}`,
    // Flags meant for the main script (`--input-type`, `--inspect-brk`) would stop a worker from starting.
    execArgv: [],
  });
}
