import type { Socket } from 'node:net';
import { buildConnector, Pool } from 'undici';
import { guardedLookup } from './address-guard.ts';

/** Bytes of an answer that each stage reads before somebody wants them: what a client that does not read costs (`reliability.md` G8). */
export const READ_AHEAD = 16 * 1024;

/** Idle connections are kept this long, in ms: below what servers commonly allow. */
const KEEP_ALIVE = 30_000;

/**
 * Options of every socket. It is read into one buffer that all share, and gets a copy of what came: otherwise every read brings a
 * buffer of 64 KiB, and several of those wait for a client that does not read.
 */
const SMALL_READS = {
  highWaterMark: READ_AHEAD,
  onread: {
    buffer: new Uint8Array(READ_AHEAD),
    callback(this: Socket, bytesRead: number, buffer: Uint8Array): boolean {
      return this.push(buffer.slice(0, bytesRead));
    },
  },
};

/** The connections to one origin for one account. */
export function createPool(origin: string, connectTimeout: number, privateAllowed: boolean): Pool {
  const connector = buildConnector({
    timeout: connectTimeout,
    lookup: guardedLookup(privateAllowed),
    ...SMALL_READS,
  });
  return new Pool(origin, {
    connect: (details, callback) => connector(details, callback),
    // Our own clocks decide (`CallTimers`): undici's would end a long thought after five minutes.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE,
    pipelining: 1,
  });
}
