import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import type { Stall } from './stalls.ts';

/** Where the bench reads what held the event loop up; loaded into a server with `--import`, on Linux. */
const FILE = process.env['EZMODEL_BENCH_STALLS'];

/** Ms between two beats, and how late one must be to count. */
const BEAT = 2;
const LATE = 20;

/** How long the main thread has run on a core, and how long it has waited for one, in ms since its start. */
function schedule(): { ran: number; waited: number } {
  const [ran = 0, waited = 0] = readFileSync('/proc/self/schedstat', 'utf8').split(' ').map(Number);
  return { ran: ran / 1e6, waited: waited / 1e6 };
}

if (FILE !== undefined && isMainThread) {
  let stalls: Stall[] = [];
  let last = performance.now();
  let before = schedule();
  setInterval(() => {
    const late = performance.now() - last - BEAT;
    const now = schedule();
    if (late >= LATE) stalls.push({ ms: late, ran: now.ran - before.ran, waited: now.waited - before.waited });
    before = now;
    last = performance.now();
  }, BEAT).unref();
  process.on('SIGUSR2', () => {
    writeFileSync(`${FILE}.part`, JSON.stringify(stalls));
    renameSync(`${FILE}.part`, FILE);
    stalls = [];
  });
}
