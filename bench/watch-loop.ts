import { renameSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/** Where the bench reads how long the event loop of a server was busy at a stretch; loaded into the server with `--import`. */
const FILE = process.env['EZMODEL_BENCH_LOOP'];

/** Ms between two readings; that much is no delay. */
const RESOLUTION = 2;

if (FILE !== undefined && isMainThread) {
  const turns = monitorEventLoopDelay({ resolution: RESOLUTION });
  const toMs = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION);
  // A start is long; it is asked to forget it.
  process.on('SIGUSR2', () => {
    writeFileSync(`${FILE}.part`, JSON.stringify({ p999: toMs(turns.percentile(99.9)), max: toMs(turns.max) }));
    renameSync(`${FILE}.part`, FILE);
    turns.reset();
    turns.enable();
  });
}
