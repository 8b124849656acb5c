import { setPriority } from 'node:os';

/** How willingly a thread gives way to others, as `nice` counts it. */
const NICENESS = 10;

/** Lets all other threads go before this one. Only Linux has priorities of threads; elsewhere it would be that of the whole process. */
export function letOthersGoFirst(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(0, NICENESS);
  } catch {
    // Where it is forbidden, this thread is as urgent as all others.
  }
}
