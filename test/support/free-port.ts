import { createServer } from 'node:net';

/** Below what a kernel gives to connections that go out, so that none of those takes the port before its server does. */
const [LOWEST, HIGHEST] = [15_000, 32_000];

/** A port of this machine that nothing listens on now, taken at random since test files run side by side. */
export function freePort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
  const server = createServer();
  server.once('error', () => resolve(freePort()));
  server.listen(port, '127.0.0.1', () => server.close(() => resolve(port)));
  return promise;
}
