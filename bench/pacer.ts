import { parentPort, workerData } from 'node:worker_threads';

/** Says when the next request is due. A thread can wait for fractions of a millisecond; a timer of the event loop cannot. */
const { intervalMs, durationMs }: { intervalMs: number; durationMs: number } = workerData;
const never = new Int32Array(new SharedArrayBuffer(4));
const startedAt = performance.now();

for (let due = 0; due < durationMs; due += intervalMs) {
  const pause = startedAt + due - performance.now();
  if (pause > 0) Atomics.wait(never, 0, 0, pause);
  parentPort?.postMessage('due');
}
