import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { newId } from '../access/new-id.ts';
import { type ErrorKind, GatewayError } from '../core/error.ts';
import { formatErrorForAnyone } from './format-error.ts';

/** What the HTTP parser of Node refuses, and how it is told; anything else is a 400 (`reliability.md` C11). */
const PARSER_FAILURES: Readonly<Record<string, { kind: ErrorKind; message: string }>> = {
  HPE_HEADER_OVERFLOW: { kind: 'headers_too_large', message: 'The request headers are too large' },
  ERR_HTTP_REQUEST_TIMEOUT: { kind: 'request_timeout', message: 'The request was not received in time' },
};

/** Answers, on the bare socket, a request that never became one; Node by itself would send an empty body. */
export function answerParserFailure(failure: Error & { code?: string }, socket: Duplex): void {
  if (failure.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { kind, message } = PARSER_FAILURES[failure.code ?? ''] ?? {
    kind: 'invalid_request',
    message: 'The request is not valid HTTP',
  };
  answerRaw(socket, new GatewayError(kind, message));
}

/** Refuses a WebSocket: with 426 clients go on over HTTP at once (`clients.md` §5.5). */
export function answerUpgrade(socket: Duplex): void {
  const error = new GatewayError('upgrade_required', 'WebSocket is not served here: use HTTP', { shouldRetry: false });
  answerRaw(socket, error, { upgrade: 'HTTP/1.1' });
}

function answerRaw(socket: Duplex, error: GatewayError, more: Record<string, string> = {}): void {
  const requestId = newId('req', Date.now());
  const { status, headers, body } = formatErrorForAnyone(error, requestId);
  const head = Object.entries({
    ...headers,
    ...more,
    'request-id': requestId,
    'content-length': String(body.length),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.on('error', () => socket.destroy());
  socket.end(
    Buffer.concat([Buffer.from(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${head.join('')}\r\n`), body]),
  );
}
