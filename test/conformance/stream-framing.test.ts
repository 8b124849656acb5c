import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { HttpResponder } from '../../src/server/respond.ts';

/** What a client gets that sends these bytes to a server whose every answer is one stream, until the connection ends. */
async function streamed(request: string, answer: (responder: HttpResponder) => void): Promise<string> {
  const server = createServer((incoming, response) => {
    const responder = new HttpResponder(incoming, response, 1_000);
    responder.begin(200, { 'content-type': 'text/event-stream' });
    answer(responder);
  });
  onTestFinished(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  const socket = connect(address.port, '127.0.0.1');
  socket.write(request);
  return text(socket);
}

const bodiesOf = (received: string) => received.split(/HTTP\/1\.1 .*?\r\n\r\n/s).slice(1);

describe('C9 the body of a stream', () => {
  const twice = 'GET / HTTP/1.1\r\nhost: x\r\n\r\nGET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';

  test('comes in one chunk for each write, and the connection goes on behind it', async () => {
    const received = await streamed(twice, (responder) => {
      void responder.write(Buffer.from('hello ß'));
      void responder.write(new Uint8Array(0));
      setImmediate(() => {
        void responder.write(Buffer.alloc(70_000, 'x'));
        responder.end(Buffer.from('bye'));
      });
    });
    const body = `8\r\nhello ß\r\n11170\r\n${'x'.repeat(70_000)}\r\n3\r\nbye\r\n0\r\n\r\n`;
    expect(bodiesOf(received)).toEqual([body, body]);
    expect(received).toMatch(/^transfer-encoding: chunked\r$/im);
  });

  test('may be empty', async () => {
    const received = await streamed(twice, (responder) => responder.end());
    expect(bodiesOf(received)).toEqual(['0\r\n\r\n', '0\r\n\r\n']);
  });

  test('has no chunks over HTTP/1.0, and ends with the connection', async () => {
    const received = await streamed('GET / HTTP/1.0\r\n\r\n', (responder) => {
      void responder.write(Buffer.from('hello'));
      responder.end(Buffer.from(' you'));
    });
    expect(bodiesOf(received)).toEqual(['hello you']);
    expect(received).not.toMatch(/^transfer-encoding/im);
  });
});
