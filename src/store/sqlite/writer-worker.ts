import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { toFailureMessage } from '../failure.ts';
import { createBatchWriter } from './batch.ts';
import { openForWriting } from './connection.ts';
import { createLogKeeper } from './log-keeper.ts';
import type { Operation, WorkerInput, WriterReply, WriterRequest } from './protocol.ts';

/**
 * The writer thread: it owns the only writing connection of this process. Group commit: whatever has been posted while the
 * last transaction ran is written in the next one, so load makes transactions larger instead of the queue longer.
 */
function start(input: WorkerInput): void {
  const port = parentPort;
  if (port === null) return;
  const reply = (message: WriterReply): void => port.postMessage(message);
  const database = openForWriting(input.file, input.durability);
  const write = createBatchWriter(database);
  const log = createLogKeeper(database, input.file, input.durability);

  port.on('message', (request: WriterRequest) => {
    const operations: Operation[] = [];
    let closing = request === 'close';
    if (request !== 'close') operations.push(...request);
    while (!closing) {
      const next: { message: WriterRequest } | undefined = receiveMessageOnPort(port);
      if (next === undefined) break;
      if (next.message === 'close') closing = true;
      else for (const operation of next.message) operations.push(operation);
    }
    if (operations.length > 0) {
      reply(write(operations));
      log.afterBatch();
    }
    if (closing) void close();
  });
  const close = async (): Promise<void> => {
    await log.close();
    database.close();
    port.close();
  };
  reply({ type: 'ready' });
}

try {
  start(workerData);
} catch (error) {
  parentPort?.postMessage({ type: 'refused', failure: toFailureMessage(error) } satisfies WriterReply);
}
