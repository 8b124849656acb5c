import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { DeafListener } from '../../test/support/deaf-listener.ts';
import { waitFor } from '../../test/support/wait.ts';
import { GatewayError } from '../core/error.ts';
import { createTransport, isConnectionLost, type Transport, type UpstreamAnswer, type UpstreamCall } from './send.ts';

let transport: Transport;
let server: Server | undefined;
const sockets = new Set<Socket>();

beforeEach(() => {
  transport = createTransport({ simulatedModels: [], now: () => 0, newId: (prefix) => `${prefix}1` });
});
afterEach(async () => {
  await transport.close();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  server?.close();
  server = undefined;
});

/** A server on a raw socket: `answer` is called with each request's text once its body has come. */
async function listening(answer: (socket: Socket, request: string) => void): Promise<number> {
  const made = createServer((socket) => {
    sockets.add(socket);
    let seen = '';
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      seen += bytes.toString('latin1');
      if (!seen.endsWith('{"a":1}')) return;
      const request = seen;
      seen = '';
      answer(socket, request);
    });
  });
  server = made;
  made.listen(0, '127.0.0.1');
  await once(made, 'listening');
  const address = made.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function call(port: number, more: Partial<UpstreamCall> & { private?: boolean; host?: string } = {}): UpstreamCall {
  return {
    channel: {
      name: 'c',
      timeouts: { connect: 2000, firstEvent: 2000, idle: 2000, total: 2000 },
      privateAddressesAllowed: more.private ?? true,
      pacing: undefined,
    },
    transport: 'http',
    url: new URL(`http://${more.host ?? '127.0.0.1'}:${port}/v1/messages?beta=true`),
    headers: { 'content-type': 'application/json', 'x-api-key': 'k' },
    body: Buffer.from('{"a":1}'),
    signal: more.signal ?? new AbortController().signal,
  };
}

async function readAll({ body }: UpstreamAnswer): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** What a promise is rejected with. */
async function failureOf(promise: Promise<unknown>): Promise<GatewayError> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(thrown instanceof GatewayError)) throw new Error(`not a GatewayError: ${String(thrown)}`);
  return thrown;
}

const plain = (body: string, headers = '', status = '200 OK') =>
  `HTTP/1.1 ${status}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;

describe('send', () => {
  test('sends the path, headers and bytes it was given, and hands back what came', async () => {
    let seen = '';
    const port = await listening((socket, request) => {
      seen = request;
      socket.write(plain('{"ok":1}', 'request-id: req_1\r\nX-Two: a\r\nX-Two: b\r\n', '418 Odd'));
    });
    const answer = await transport.send(call(port));
    expect(answer.status).toBe(418);
    expect(answer.headers).toMatchObject({ 'request-id': 'req_1', 'x-two': 'a, b' });
    expect(await readAll(answer)).toBe('{"ok":1}');
    const [head, body] = seen.split('\r\n\r\n');
    const [line, ...headers] = String(head).split('\r\n');
    expect(line).toBe('POST /v1/messages?beta=true HTTP/1.1');
    expect(headers.map((header) => header.toLowerCase()).sort()).toEqual([
      'connection: keep-alive',
      'content-length: 7',
      'content-type: application/json',
      `host: 127.0.0.1:${port}`,
      'x-api-key: k',
    ]);
    expect(body).toBe('{"a":1}');
  });

  test('U21 no redirect is followed', async () => {
    const port = await listening((socket) => socket.write(plain('', 'location: http://127.0.0.1:9/\r\n', '302 Found')));
    const answer = await transport.send(call(port));
    expect(answer.status).toBe(302);
    expect(await readAll(answer)).toBe('');
  });

  test('U21 early hints pass by', async () => {
    const port = await listening((socket) =>
      socket.write(`HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${plain('late')}`),
    );
    expect(await readAll(await transport.send(call(port)))).toBe('late');
  });

  test('U1 a closed port is unreachable, and no lost connection', async () => {
    const port = await listening(() => {});
    server?.close();
    const failure = await failureOf(transport.send(call(port)));
    expect(failure).toMatchObject({ kind: 'unreachable', status: 502, retryable: true });
    expect(failure.message).not.toMatch(/127\.0\.0\.1|ECONNREFUSED/);
    expect(isConnectionLost(failure)).toBe(false);
  });

  test('C1 a call that ends while it connects leaves no connecting socket behind', async () => {
    const deaf = await DeafListener.start();
    onTestFinished(() => deaf.stop());
    const connecting = () => process.getActiveResourcesInfo().filter((kind) => kind === 'ConnectWrap').length;
    const before = connecting();
    const controller = new AbortController();
    const sent = failureOf(transport.send(call(deaf.port, { signal: controller.signal })));
    await waitFor('the call to connect', () => connecting() === before + 1);
    controller.abort(new GatewayError('aborted', 'The client closed the request'));
    expect(await sent).toMatchObject({ kind: 'aborted' });
    await waitFor('its socket to be gone', () => connecting() === before, 1_000);
  });

  test('U1 a name that does not resolve is unreachable', async () => {
    expect(await failureOf(transport.send(call(80, { host: 'upstream.invalid' })))).toMatchObject({
      kind: 'unreachable',
    });
  });

  test.each(['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]'])(
    'law SSRF: %s is not called without leave',
    async (host) => {
      let called = false;
      const port = await listening(() => {
        called = true;
      });
      const failure = await failureOf(transport.send(call(port, { host, private: false })));
      expect(failure).toMatchObject({ kind: 'unreachable' });
      expect(isConnectionLost(failure)).toBe(false);
      expect([called, sockets.size]).toEqual([false, 0]);
    },
  );

  test.each<[string, (socket: Socket) => void]>([
    ['reset', (socket) => socket.resetAndDestroy()],
    ['closed', (socket) => socket.end()],
    ['reset in the head', (socket) => socket.write('HTTP/1.1 200 OK\r\ncont', () => socket.resetAndDestroy())],
  ])('U2 U21 a connection %s before its answer is a lost one', async (_name, breakOff) => {
    const port = await listening(breakOff);
    const failure = await failureOf(transport.send(call(port)));
    expect(failure).toMatchObject({ kind: 'unreachable', retryable: true });
    expect(isConnectionLost(failure)).toBe(true);
  });

  test.each([0, 5])('U2 U6 a body that breaks off after %i bytes is an error, not an end', async (length) => {
    const head = 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n';
    const port = await listening((socket) => socket.write(head + 'x'.repeat(length), () => socket.end()));
    const reading = transport.send(call(port)).then(readAll);
    expect(await failureOf(reading)).toMatchObject({ kind: 'unreachable' });
  });

  test('U6 a chunked body without its last chunk is an error', async () => {
    const head = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n';
    const port = await listening((socket) => socket.write(head, () => socket.end()));
    expect(await failureOf(transport.send(call(port)).then(readAll))).toMatchObject({ kind: 'unreachable' });
  });

  test('C1 a call that is stopped fails with the reason, before its answer and within it', async () => {
    const reason = new GatewayError('aborted', 'gone');
    for (const head of ['', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc']) {
      const stop = new AbortController();
      const port = await listening((socket) => (head === '' ? stop.abort(reason) : socket.write(head)));
      const reading = transport.send(call(port, { signal: stop.signal })).then(async ({ body }) => {
        for await (const chunk of body) {
          expect(Buffer.from(chunk).toString()).toBe('abc');
          stop.abort(reason);
        }
      });
      expect(await failureOf(reading)).toBe(reason);
      server?.close();
    }
  });

  test('U18 a compressed body is undone, one that is not known is refused and its connection closed', async () => {
    const zipped = gzipSync('hello');
    const port = await listening((socket, request) => {
      const encoding = request.includes('x-ask: odd') ? 'gzip, br' : 'gzip';
      socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: ${encoding}\r\ncontent-length: ${zipped.length}\r\n\r\n`);
      socket.write(zipped.subarray(0, encoding === 'gzip' ? zipped.length : 5));
    });
    expect(await readAll(await transport.send(call(port)))).toBe('hello');
    const odd = call(port);
    odd.headers['x-ask'] = 'odd';
    expect(await failureOf(transport.send(odd))).toMatchObject({ kind: 'bad_upstream' });
    await expect.poll(() => [...sockets].every((socket) => socket.destroyed)).toBe(true);
  });

  test('connections are kept for the next call', async () => {
    const port = await listening((socket) => socket.write(plain('x')));
    for (let time = 0; time < 12; time++) expect(await readAll(await transport.send(call(port)))).toBe('x');
    // The next call may come before the connection of the last one is free again.
    expect(sockets.size).toBeLessThanOrEqual(2);
  });
});
