/** A worker that says nothing for this long is stuck (`reliability.md` S11), in ms. */
const PATIENCE = 4_500;

/** How long one may take to start, in ms. */
const START_PATIENCE = 30_000;

/** How often the watchdog looks, in ms. */
const INTERVAL = 250;

/** A look this much late, in ms: the watchdog itself stood still, and so knows nothing of the others. */
const LATE = 1_000;

/** Watches that workers give signs of life. */
export type Watchdog<Worker> = {
  /** Watches a worker that has been started. */
  watch(worker: Worker): void;
  /** A sign of life. */
  heard(worker: Worker): void;
  forget(worker: Worker): void;
  close(): void;
};

/** Calls `onStuck` once for a worker whose event loop stands still, before 5 s have passed. @param clock monotonic, in ms. */
export function createWatchdog<Worker>(onStuck: (worker: Worker) => void, clock: () => number): Watchdog<Worker> {
  const deadlines = new Map<Worker, number>();
  let lastLook = clock();

  const look = () => {
    const now = clock();
    const late = now - lastLook - INTERVAL;
    lastLook = now;
    for (const [worker, deadline] of deadlines) {
      if (late > LATE) deadlines.set(worker, deadline + late);
      else if (now > deadline) {
        deadlines.delete(worker);
        onStuck(worker);
      }
    }
  };

  const timer = setInterval(look, INTERVAL);
  return {
    watch: (worker) => {
      deadlines.set(worker, clock() + START_PATIENCE);
    },
    heard: (worker) => {
      if (deadlines.has(worker)) deadlines.set(worker, clock() + PATIENCE);
    },
    forget: (worker) => {
      deadlines.delete(worker);
    },
    close: () => clearInterval(timer),
  };
}
