import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Responder } from '../gateway/call.ts';

/** A client that reads nothing for this long is taken for gone, in ms (`reliability.md` C2). */
const STALLED_READER_LIMIT = 120_000;

/** The way back to one client: backpressure, and an end to everything once the client has gone. */
export function createResponder(request: IncomingMessage, response: ServerResponse): Responder {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });

  return {
    gone: gone.signal,
    get begun() {
      return response.headersSent;
    },
    begin: (status, headers) => {
      if (response.headersSent || response.destroyed) return;
      // What is left of a body nobody will read must not hold up the answer.
      if (!request.complete) response.setHeader('connection', 'close');
      response.writeHead(status, headers);
      // A whole answer leaves with its headers in one write; a stream's must not wait for its first event.
      if (headers['content-length'] === undefined) response.flushHeaders();
    },
    write: (bytes) => {
      if (response.destroyed || response.write(bytes)) return undefined;
      return drained(response);
    },
    end: (bytes) => {
      if (!response.destroyed) response.end(bytes);
    },
  };
}

/** Resolves when the client has read on, or has gone; one that stalls is sent away. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const stalled = setTimeout(() => response.destroy(), STALLED_READER_LIMIT);
    const done = () => {
      clearTimeout(stalled);
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.once('drain', done);
    response.once('close', done);
  });
}
