import type { Server } from 'node:http';

/** Listens on a free port of 127.0.0.1 and prints it, for the process that started this one. */
export function announce(server: Server): void {
  server.keepAliveTimeout = 120_000;
  server.listen(0, '127.0.0.1', 4096, () => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
    process.stdout.write(`listening on ${address.port}\n`);
  });
}
