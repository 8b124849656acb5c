import { scryptSync } from 'node:crypto';
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { HashInput } from './hash-apart.ts';

/**
 * A thread for one hash. On Linux it steps back behind the threads that serve requests: half a second of a core is then taken
 * from nobody whose request is being served. Elsewhere that would slow down the whole process.
 */
function hash({ password, salt, length, options }: HashInput): void {
  if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  parentPort?.postMessage(scryptSync(password, salt, length, options));
}

hash(workerData);
