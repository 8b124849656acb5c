import { parentPort, workerData } from 'node:worker_threads';
import { openForCheckpoints } from './connection.ts';
import { copyLog } from './copy-log.ts';
import type { WorkerInput } from './protocol.ts';
import { letOthersGoFirst } from './thread-priority.ts';

/** Each pass copies what was written during the one before it, so a few of them come close to the end of a log that grows. */
const MOST_PASSES = 4;

/** Pages that are few enough to stop at. */
const FEW_PAGES = 50;

/** The thread that copies the write-ahead log into the file, so that no commit waits for the disk, nor for a core. */
function start({ file, durability }: WorkerInput): void {
  const port = parentPort;
  if (port === null) return;
  letOthersGoFirst();
  const database = openForCheckpoints(file, durability);
  port.on('message', (request: 'copy' | 'close') => {
    if (request === 'close') {
      database.close();
      port.close();
      return;
    }
    for (let pass = 0; pass < MOST_PASSES; pass += 1) {
      const { pages, copied } = copyLog(database);
      if (pages - copied < FEW_PAGES) break;
    }
    port.postMessage('copied');
  });
}

start(workerData);
