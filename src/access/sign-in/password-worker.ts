import { scryptSync } from 'node:crypto';
import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import type { HashInput } from './hash-apart.ts';

// On Linux this thread steps back behind those that serve requests: half a second of a core is then taken from nobody whose
// request is being served. Elsewhere that would slow down the whole process.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_LOW);

parentPort?.on('message', ({ password, salt, length, options }: HashInput) => {
  parentPort?.postMessage(scryptSync(password, salt, length, options));
});
