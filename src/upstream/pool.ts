import { Socket } from 'node:net';
import { buildConnector, type Dispatcher, Pool } from 'undici';
import { guardedLookup } from './address-guard.ts';
import { AnswerBody, type ReceivedAnswer } from './answer-body.ts';

/** Bytes of an answer that each stage reads before somebody wants them: what a client that does not read costs (`reliability.md` G8). */
const READ_AHEAD = 16 * 1024;

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

/**
 * Each call has a connection of its own: closing it ends the call and nothing else, one reset cuts one stream, and a client that does
 * not read holds back no other. Over HTTP/2, which undici would choose wherever a server has it, they would share these fates.
 */
const OWN_CONNECTIONS = { allowH2: false, pipelining: 1 };

/** A request that ends, connection and all, when its signal aborts. */
type AbortableRequest = Dispatcher.DispatchOptions & { signal: AbortSignal };

/** What a connection is begun for. */
type Asking = { signal: AbortSignal; onConnected: ((ms: number) => void) | undefined };

/** The connections to one origin for one account. */
export class OriginPool {
  private readonly pool: Pool;
  /** The request which is being handed over: a connection that is begun meanwhile is begun for it. */
  private asking: Asking | undefined;

  /** @param connectTimeout in ms. */
  constructor(origin: string, connectTimeout: number, privateAllowed: boolean) {
    const connector = buildConnector({
      timeout: connectTimeout,
      lookup: guardedLookup(privateAllowed),
      allowH2: OWN_CONNECTIONS.allowH2,
      ...SMALL_READS,
    });
    this.pool = new Pool(origin, {
      connect: (details, callback) => connectUntil(this.asking, connector, details, callback),
      // Our own clocks decide (`CallTimers`): undici's would end a long thought after five minutes.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: KEEP_ALIVE,
      ...OWN_CONNECTIONS,
    });
  }

  /** @param onConnected told how many ms it took to connect, where a connection is made for this request. */
  request({ signal, ...options }: AbortableRequest, onConnected?: (ms: number) => void): Promise<ReceivedAnswer> {
    return new Promise((resolve, reject) => {
      const body = new AnswerBody({ resolve, reject }, READ_AHEAD, signal);
      if (signal.aborted) return;
      this.asking = { signal, onConnected };
      try {
        this.pool.dispatch(options, body);
      } finally {
        this.asking = undefined;
      }
    });
  }

  destroy(): Promise<void> {
    return this.pool.destroy();
  }
}

/** Connects, unless the request's signal aborts before: undici by itself would go on connecting for a request that nobody waits for (C1). */
function connectUntil(
  asking: Asking | undefined,
  connector: buildConnector.connector,
  details: buildConnector.Options,
  callback: buildConnector.Callback,
): void {
  const { signal, onConnected } = asking ?? {};
  const begunAt = performance.now();
  const giveUp = () => {
    if (socket instanceof Socket) socket.destroy(new Error('nobody waits for this connection any more'));
  };
  const socket: unknown = connector(details, (...outcome) => {
    signal?.removeEventListener('abort', giveUp);
    if (outcome[1]) onConnected?.(performance.now() - begunAt);
    callback(...outcome);
  });
  signal?.addEventListener('abort', giveUp, { once: true });
}
