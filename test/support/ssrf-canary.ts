import { createServer, type Server, type Socket } from 'node:net';

/** A listener on this machine that nobody may reach: whoever connects has been seen. */
export class SsrfCanary {
  connections = 0;
  private readonly servers: Server[] = [];
  readonly port: number;

  private constructor(port: number) {
    this.port = port;
  }

  /** Listens on both loopback addresses, on one port. */
  static async start(): Promise<SsrfCanary> {
    const fourth = createServer((socket) => canary.see(socket));
    const canary = new SsrfCanary(await listen(fourth, 0, '127.0.0.1'));
    const sixth = createServer((socket) => canary.see(socket));
    // A machine may have no IPv6.
    await listen(sixth, canary.port, '::1').catch(() => undefined);
    canary.servers.push(fourth, sixth);
    return canary;
  }

  close(): void {
    for (const server of this.servers) server.close();
  }

  private see(socket: Socket): void {
    this.connections++;
    socket.destroy();
  }
}

/** Does something with all, so many at a time: each may take as long as a connection that nobody answers. */
export async function eachOf<Item>(
  all: readonly Item[],
  lanes: number,
  act: (item: Item, lane: number) => Promise<void>,
): Promise<void> {
  const waiting = [...all];
  const actOnSome = async (_: unknown, lane: number) => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await act(next, lane);
  };
  await Promise.all(Array.from({ length: lanes }).map(actOnSome));
}

async function listen(server: Server, at: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the canary does not listen');
  return address.port;
}
