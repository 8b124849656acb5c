import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Responder } from '../gateway/call.ts';
import { chunkOf, LAST_CHUNK, takeOverChunks } from './chunked-body.ts';

/** How long the rest of a body that nobody wants is still read and dropped, in ms. */
const LINGERING_TIME = 2_000;

/** The way back to one client: backpressure, and an end to everything once the client has gone. */
export class HttpResponder implements Responder {
  readonly gone: AbortSignal;
  private readonly request: IncomingMessage;
  private readonly response: ServerResponse;
  private readonly stallLimit: number;
  /** The body is a stream, whose chunks are framed here. */
  private isChunked = false;

  /** @param stallLimit a client that takes nothing for this long is taken for gone, in ms (`reliability.md` C2). */
  constructor(request: IncomingMessage, response: ServerResponse, stallLimit: number) {
    const gone = new AbortController();
    this.gone = gone.signal;
    this.request = request;
    this.response = response;
    this.stallLimit = stallLimit;
    response.once('close', () => {
      if (!response.writableFinished) gone.abort();
    });
    // The socket's own clock, which starts anew with every byte that the client takes.
    response.on('timeout', () => response.destroy());
  }

  hasBegun(): boolean {
    return this.response.headersSent;
  }

  announce(headers: Record<string, string>): void {
    if (this.response.headersSent) return;
    for (const name in headers) this.response.setHeader(name, headers[name] ?? '');
  }

  begin(status: number, headers: Record<string, string>): void {
    const { request, response } = this;
    if (response.headersSent || response.destroyed) return;
    // What is left of a body nobody will read must not hold up the answer.
    if (isStillSent(request, response)) response.setHeader('connection', 'close');
    response.writeHead(status, headers);
    // A whole answer leaves with its headers in one write.
    if (headers['content-length'] !== undefined) return;
    flushSoon(response);
    this.isChunked = takeOverChunks(response);
  }

  write(bytes: Uint8Array): Promise<void> | undefined {
    const { response } = this;
    if (bytes.length === 0 || response.destroyed) return undefined;
    if (response.write(this.isChunked ? chunkOf(bytes) : bytes)) return undefined;
    return drained(response, this.stallLimit);
  }

  end(bytes?: Uint8Array): void {
    const { request, response } = this;
    if (response.destroyed) return;
    const rest = this.isChunked ? lastChunks(bytes) : bytes;
    if (isStillSent(request, response)) endAfterBody(request, response, rest);
    else response.end(rest);
    if (response.writableLength > 0) guardRest(response, this.stallLimit);
  }
}

function lastChunks(bytes: Uint8Array | undefined): Uint8Array {
  return bytes === undefined || bytes.length === 0 ? LAST_CHUNK : Buffer.concat([chunkOf(bytes), LAST_CHUNK]);
}

/** The headers of a stream must not wait for its first event, but leave in one write with those that are here already. */
function flushSoon(response: ServerResponse): void {
  const { socket } = response;
  socket?.cork();
  response.flushHeaders();
  process.nextTick(() => socket?.uncork());
}

/** What the client has not taken yet of an answer that has ended; the next answer on its socket starts without the clock. */
function guardRest(response: ServerResponse, stallLimit: number): void {
  response.setTimeout(stallLimit);
  response.prependOnceListener('finish', () => response.setTimeout(0));
}

/** What may come of a body after its answer, in bytes: to read that on and drop it costs less than a new connection. */
const SMALL_BODY = 64 * 1024;

/**
 * Whether more of a request's body is to come that the answer has to care for. At the headers of a request without one its end
 * has not been parsed yet; of a small one that nobody has begun to read Node drops the rest by itself, on a connection that stays.
 */
function isStillSent({ complete, headers, readableFlowing }: IncomingMessage, response: ServerResponse): boolean {
  if (complete) return false;
  if (headers['transfer-encoding'] !== undefined) return true;
  const length = Number(headers['content-length'] ?? 0);
  const stays = response.shouldKeepAlive && response.getHeader('connection') !== 'close';
  return readableFlowing === null && stays ? length > SMALL_BODY : length > 0;
}

/** Resolves when the client has read on, or has gone. */
function drained(response: ServerResponse, stallLimit: number): Promise<void> {
  response.setTimeout(stallLimit);
  return new Promise((resolve) => {
    const done = () => {
      response.setTimeout(0);
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.once('drain', done);
    response.once('close', done);
  });
}

/**
 * Answers a request that is still being sent. The connection is closed a little later: a client that writes to a closed one
 * is told of a reset, and may never look at its answer.
 */
function endAfterBody(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array | undefined): void {
  if (bytes !== undefined) response.write(bytes);
  const end = () => {
    clearTimeout(late);
    response.end();
  };
  const late = setTimeout(end, LINGERING_TIME);
  request.once('close', end);
  request.resume();
}
