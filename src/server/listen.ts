import { createServer, type RequestListener, type Server } from 'node:http';
import { answerParserFailure, answerUpgrade } from './raw-answers.ts';

/** Ms within which headers, and a whole request, must have come (`reliability.md` C3). */
const HEADERS_TIMEOUT = 10_000;
const REQUEST_TIMEOUT = 300_000;
const CHECK_INTERVAL = 1_000;
/** Longer than the idle time of common load balancers, so that they never meet a socket just closed. */
const KEEP_ALIVE_TIMEOUT = 75_000;

/** Connections that may wait to be accepted; of what comes on top the kernel says nothing, and its client tries again a second later (S16). */
const BACKLOG = 4096;

/** The HTTP server, listening. Rejects when the address cannot be had. */
export function listen(listener: RequestListener, host: string, port: number): Promise<Server> {
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT,
      requestTimeout: REQUEST_TIMEOUT,
      connectionsCheckingInterval: CHECK_INTERVAL,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
      noDelay: true,
      // Bytes that wait for a client before its upstream is held back (G8).
      highWaterMark: 16 * 1024,
      // Checked by the dispatcher instead, which answers in shape.
      requireHostHeader: false,
      // Java's client offers h2c on every request: only a WebSocket is an upgrade to refuse, the rest is served over HTTP/1.1.
      shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
    },
    listener,
  );
  server.on('clientError', answerParserFailure);
  server.on('upgrade', (_request, socket) => answerUpgrade(socket));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: BACKLOG }, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}

/** The address of a listening server as a URL. */
export function addressOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a TCP port');
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}
