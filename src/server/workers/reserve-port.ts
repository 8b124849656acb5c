import { createServer } from 'node:net';

/**
 * Finds out that an address can be listened on, and which port the system chooses for 0: the workers that will listen there
 * come and go, and must all use the same one. Rejects with the system error that says what is in the way.
 */
export function reservePort(host: string, port: number): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      const address = server.address();
      const chosen = address !== null && typeof address !== 'string' ? address.port : port;
      server.close(() => resolve(chosen));
    });
  });
}
