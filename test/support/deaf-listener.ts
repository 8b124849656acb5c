import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

/** Listens, tells its port, and then does nothing more: nobody ever takes a connection off its queue. */
const LISTENER = `
  const { createServer } = require('node:net');
  const { parentPort } = require('node:worker_threads');
  const server = createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
  });
`;

/** How long a connection to this machine takes at most, in ms; one that is not there by then waits for room. */
const HANDSHAKE = 200;

/** A port on which a connection is neither taken nor refused: whoever connects waits as before a host that drops packets. */
export class DeafListener {
  readonly port: number;
  private readonly worker: Worker;
  private readonly fillers: readonly Socket[];

  private constructor(port: number, worker: Worker, fillers: readonly Socket[]) {
    this.port = port;
    this.worker = worker;
    this.fillers = fillers;
  }

  static async start(): Promise<DeafListener> {
    const worker = new Worker(LISTENER, { eval: true });
    const [port]: unknown[] = await once(worker, 'message');
    if (typeof port !== 'number') throw new Error('the listener told no port');
    const fillers: Socket[] = [];
    for (let isTaken = true; isTaken; ) {
      const filler = connect(port, '127.0.0.1');
      filler.on('error', () => undefined);
      fillers.push(filler);
      isTaken = await Promise.race([
        once(filler, 'connect').then(() => true),
        new Promise<boolean>((resolve) => setTimeout(() => resolve(false), HANDSHAKE)),
      ]);
    }
    return new DeafListener(port, worker, fillers);
  }

  /** How many connections were made to fill its queue and are not taken themselves. */
  get waiting(): number {
    return this.fillers.filter(({ connecting }) => connecting).length;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    for (const filler of this.fillers) filler.destroy();
    await this.worker.terminate();
  }
}
