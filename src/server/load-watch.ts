import { monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { LoadSample } from '../access/load-limit.ts';

/** How often the process looks at itself, in ms. */
const INTERVAL = 250;

/** Ms between two readings of the event loop; a loop with nothing to do shows this much. */
const RESOLUTION = 10;

const NANOSECONDS = 1e6;

/** Tells how hard this process has to work, four times a second. @returns what ends it. */
export function watchLoad(observe: (sample: LoadSample) => void): () => void {
  const turns = monitorEventLoopDelay({ resolution: RESOLUTION });
  turns.enable();
  const timer = setInterval(() => {
    const { used_heap_size, heap_size_limit } = getHeapStatistics();
    // No reading in all that time: one turn has taken all of it.
    const loopDelay = turns.count > 0 ? turns.mean / NANOSECONDS : INTERVAL;
    turns.reset();
    observe({ loopDelay, heapShare: used_heap_size / heap_size_limit });
  }, INTERVAL).unref();
  return () => {
    clearInterval(timer);
    turns.disable();
  };
}
