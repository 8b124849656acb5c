import { parentPort, workerData } from 'node:worker_threads';
import { createSealer } from '../sealing/sealer.ts';
import { buildDocument } from './build-document.ts';
import { boxDocument } from './payload-box.ts';
import { createFinder } from './redact.ts';
import type { PayloadJob, PayloadReply, PayloadWorkerInput } from './worker-protocol.ts';

/** The thread that redacts, packs and seals payloads, so that no size of theirs holds up the event loop. */
function start({ dataDir }: PayloadWorkerInput): void {
  const port = parentPort;
  if (port === null) return;
  const sealer = createSealer(dataDir);
  port.on('message', ({ exchangeId, caught, redact }: PayloadJob) => {
    port.postMessage(box());

    function box(): PayloadReply {
      try {
        return { exchangeId, sealed: boxDocument(sealer, exchangeId, buildDocument(caught, createFinder(redact))) };
      } catch (error) {
        return { exchangeId, failure: error instanceof Error ? error.message : String(error) };
      }
    }
  });
}

start(workerData);
