import type { IncomingMessage } from 'node:http';

const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/** A process on this machine, and not a proxy on it that speaks for somebody else. */
export function isLocal({ socket, headers }: IncomingMessage): boolean {
  const isProxied = headers['x-forwarded-for'] !== undefined || headers['forwarded'] !== undefined;
  return !isProxied && LOOPBACK.has(socket.remoteAddress ?? '');
}
