import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateKey } from '../../src/access/key-format.ts';
import { wholeMessage } from '../support/anthropic-stream.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { channelConfig, type Gateway, startGateway } from '../support/gateway.ts';
import { headerOf, RequestReader, type WireRequest } from '../support/http-wire.ts';
import { gate, waitFor, within } from '../support/wait.ts';

const BODY = Buffer.from(JSON.stringify({ model: 'claude-opus-5', max_tokens: 64, messages: [] }));
/** More than is read on for the sake of a connection. */
const LARGE = 100 * 1024;

const goOn = gate();
let upstream: FakeUpstream;
let gateway: Gateway;
let holder: Promise<{ status: number }>;

/** A gateway with one place, which is taken. */
beforeAll(async () => {
  upstream = await FakeUpstream.start();
  const more = 'server: { max_requests: 1, max_queued: 0 }\n';
  gateway = await startGateway({ config: channelConfig({ url: upstream.url, apiKey: upstream.apiKey, more }) });
  upstream.fallback = async (reply) => {
    await goOn.promise;
    await reply.json(200, wholeMessage({ model: 'claude-opus-5', usage: { input: 5, output: 5 } }));
  };
  const body = { model: 'claude-opus-5', max_tokens: 64, messages: [{ role: 'user', content: 'hi' }] };
  holder = gateway.send('/v1/messages', { method: 'POST', body });
  await waitFor('the place to be taken', () => upstream.calls.length === 1);
});

afterAll(async () => {
  await gateway?.dispose();
  await upstream?.stop();
});

test('S16 G10 a refusal does not wait for the body, and a small one leaves the connection in use', async () => {
  const client = new Client(gateway.port);
  for (let round = 0; round < 3; round++) {
    client.head(BODY.length, gateway.key);
    const refusal = await client.answer();
    expect(refusal.target).toBe('529');
    expect(headerOf(refusal.rawHeaders, 'retry-after')).toMatch(/^[1-9]\d*$/);
    expect(headerOf(refusal.rawHeaders, 'request-id')).toMatch(/^req_/);
    expect(headerOf(refusal.rawHeaders, 'connection')).not.toBe('close');
    client.send(BODY);
  }
  client.close();
});

test('S16 what is left of a large body is not waited for', async () => {
  const client = new Client(gateway.port);
  client.head(LARGE, gateway.key);
  const refusal = await client.answer();
  expect(refusal.target).toBe('529');
  expect(headerOf(refusal.rawHeaders, 'connection')).toBe('close');
  client.close();
});

test('S16 a client that wants its connection closed may send its body to the end all the same', async () => {
  const client = new Client(gateway.port);
  client.head(BODY.length, gateway.key, 'connection: close');
  const refusal = await client.answer();
  expect([refusal.target, headerOf(refusal.rawHeaders, 'connection')]).toEqual(['529', 'close']);
  client.send(BODY);
  expect(await within('the end of the connection', client.closed)).toBe('after the body');
});

test('S16 no time is spent on the proof of a key for which there is no place, and none is let in by its claim', async () => {
  const client = new Client(gateway.port);
  const claimed = generateKey(gateway.keyId).key;
  for (const [key, status] of [
    [claimed, '529'],
    [generateKey().key, '529'],
    ['sk-ez-nothing', '401'],
  ] as const) {
    client.head(BODY.length, key);
    expect((await client.answer()).target).toBe(status);
    client.send(BODY);
  }
  goOn.open();
  expect((await holder).status).toBe(200);
  client.head(BODY.length, claimed);
  client.send(BODY);
  expect((await client.answer()).target).toBe('401');
  client.close();
});

/** One connection on which the parts of a request are sent when the test wants them to be. */
class Client {
  private readonly socket: Socket;
  /** An answer is framed as a request is: the place of its target is that of the status. */
  private readonly reader = new RequestReader();
  private readonly answers: WireRequest[] = [];
  /** How the connection ended. */
  readonly closed: Promise<'after the body' | 'before the body' | 'by a reset'>;
  private hasSent = false;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      this.socket.once('end', () => {
        if (!this.hasSent) resolve('before the body');
        this.socket.end();
      });
      this.socket.once('close', (hadError) => resolve(hadError ? 'by a reset' : 'after the body'));
    });
    this.socket.on('data', (chunk: Buffer) => this.answers.push(...this.reader.push(chunk)));
  }

  /** Everything before the body. */
  head(length: number, key: string, ...more: string[]): void {
    const lines = ['POST /v1/messages HTTP/1.1', 'host: x', `x-api-key: ${key}`, 'anthropic-version: 2023-06-01'];
    this.socket.write([...lines, ...more, `content-length: ${length}`, '', ''].join('\r\n'));
  }

  send(body: Buffer): void {
    this.hasSent = true;
    this.socket.write(body);
  }

  answer(): Promise<WireRequest> {
    return within(
      'an answer',
      waitFor('an answer', () => this.answers.shift()),
    );
  }

  close(): void {
    this.socket.destroy();
  }
}
