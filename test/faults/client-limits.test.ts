import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { textDelta, textStream, wholeMessage } from '../support/anthropic-stream.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { channelConfig, counter, type Gateway, startGateway } from '../support/gateway.ts';
import { gate, waitFor, within } from '../support/wait.ts';

const USAGE = { input: 30, output: 12 };
const PARTS = { model: 'claude-opus-5', usage: USAGE };
const STREAM = textStream(PARTS, ['one ', 'two ']);
const KILOBYTE = 1024;
const MEGABYTE = 1024 * KILOBYTE;
const LARGE_BODY = 31 * MEGABYTE;
/** So many large bodies fit into `max_bodies` below. */
const ADMITTED = 4;

let upstream: FakeUpstream;
let gateway: Gateway;
let restingMegabytes: number;

beforeAll(async () => {
  upstream = await FakeUpstream.start();
});

beforeEach(async () => {
  upstream.reset();
  const more = 'server: { slow_body: 1s, stalled_reader: 1s, max_bodies: 128MB }\n';
  gateway = await startGateway({ config: channelConfig({ url: upstream.url, apiKey: upstream.apiKey, more }) });
  restingMegabytes = memoryOf(gateway.pid).now;
});

afterEach(() => gateway?.dispose());

afterAll(() => upstream?.stop());

test('C2 a client that stops reading a stream is cut off: its upstream is closed, its row settled', async () => {
  upstream.fallback = async (reply) => {
    await reply.streamHead();
    for (const event of STREAM.slice(0, 2)) await reply.chunk(event);
    while (!reply.socket.destroyed) await reply.chunk(textDelta('x'.repeat(60 * KILOBYTE)));
  };
  const live = await gateway.stream({ ...ask(), max_tokens: 1_000_000 });
  live.pause();
  const upstreamCall = upstream.onlyCall();
  await within('the upstream call to close', upstreamCall.closed);
  expect(upstreamCall.closedBy).toBe('gateway');
  const row = await gateway.settledRow(live.headers['request-id'] ?? '');
  expect(row).toMatchObject({ status: 'aborted', partial: true, estimated: true, input_tokens: USAGE.input });
  expect(counter(row, 'output_tokens')).toBeGreaterThan(0);
  live.abort();
});

test('C2 so is one that stops reading a whole answer', async () => {
  upstream.fallback = (reply) => reply.json(200, largeMessage());
  const before = connectionsTo(gateway.port);
  const sockets = Array.from({ length: 3 }, () => post(JSON.stringify(ask())).pause());
  await upstream.arrived(sockets.length);
  await waitFor('the gateway to close its connections', () => connectionsTo(gateway.port) <= before);
  for (const socket of sockets) socket.destroy();
});

test('C2 one that reads slowly, but reads, gets everything, however long it takes', async () => {
  upstream.fallback = (reply) => reply.json(200, largeMessage());
  const socket = post(JSON.stringify(ask()), 'connection: close\r\n');
  let received = 0;
  socket.on('data', (chunk) => {
    received += chunk.length;
    socket.pause();
    setTimeout(() => socket.resume(), 5);
  });
  await within('the whole answer', closing(socket), 60_000);
  expect(received).toBeGreaterThan(LARGE_BODY);
});

test('C3 a body that stops, or drips, is a 408, and the connection is closed', async () => {
  const beginnings = ['content-length: 100000\r\n\r\n{', 'transfer-encoding: chunked\r\n\r\n1000\r\n{'];
  const sockets = beginnings.flatMap((beginning) => [open(beginning), dripping(open(beginning))]);
  const answers = await within('the connections to close', Promise.all(sockets.map(textUntilClosed)));
  for (const answer of answers) {
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('"type":"timeout_error"');
    expect(answer).toMatch(/\r\nx-gateway-error-source: gateway\r\n/);
  }
  expect(upstream.calls).toHaveLength(0);
});

test('C3 a body that takes its time, but comes, is served', async () => {
  upstream.fallback = (reply) => reply.json(200, wholeMessage(PARTS));
  const body = JSON.stringify({ ...ask(), messages: [{ role: 'user', content: 'x'.repeat(300 * KILOBYTE) }] });
  const socket = open(`connection: close\r\ncontent-length: ${body.length}\r\n\r\n`);
  const answer = textUntilClosed(socket);
  for (let at = 0; at < body.length; at += 16 * KILOBYTE) {
    socket.write(body.slice(at, at + 16 * KILOBYTE));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(await within('the answer', answer)).toMatch(/^HTTP\/1\.1 200 /);
});

test('C4 G9 of a hundred bodies of 31 MB at once as many as fit are served, the rest told to come again', {
  timeout: 60_000,
}, async () => {
  const goOn = gate();
  upstream.fallback = async (reply) => {
    await goOn.promise;
    await reply.json(200, wholeMessage(PARTS));
  };
  const body = largeBody();
  const answers = Array.from({ length: 100 }, () => firstAnswer(post(body)));
  const refused: string[] = [];
  for (const answer of answers) void answer.then((text) => refused.push(text));
  await upstream.arrived(ADMITTED);
  await waitFor('the others to be refused', () => refused.length === 100 - ADMITTED, 30_000);
  for (const answer of refused) {
    expect(answer).toMatch(/^HTTP\/1\.1 529 /);
    expect(answer).toMatch(/\r\nretry-after: [1-9]\d*\r\n/);
    expect(answer).toContain('"type":"overloaded_error"');
  }
  goOn.open();
  const all = await Promise.all(answers);
  expect(all.filter((answer) => answer.startsWith('HTTP/1.1 200 '))).toHaveLength(ADMITTED);
  expect(upstream.calls.map((seen) => seen.body.length)).toEqual(Array.from({ length: ADMITTED }, () => body.length));
  expectBoundedMemory();
  // A client may have its answer before its place is free again.
  await waitFor('room for one more', async () => (await gateway.messages(body)).status === 200);
});

test('C4 a few bytes that unfold to 31 MB count as what they become', async () => {
  const goOn = gate();
  upstream.fallback = async (reply) => {
    await goOn.promise;
    await reply.json(200, wholeMessage(PARTS));
  };
  const body = gzipSync(largeBody());
  const answers = Array.from({ length: 30 }, () => firstAnswer(post(body, 'content-encoding: gzip\r\n')));
  let refused = 0;
  for (const answer of answers) void answer.then((text) => (refused += text.startsWith('HTTP/1.1 529 ') ? 1 : 0));
  await waitFor('every request to be decided', () => refused + upstream.calls.length === answers.length);
  expect(upstream.calls.length).toBeGreaterThan(0);
  expect(upstream.calls.length).toBeLessThanOrEqual(ADMITTED);
  goOn.open();
  await Promise.all(answers);
  expectBoundedMemory();
});

function ask() {
  return { model: 'claude-opus-5', max_tokens: 64, messages: [{ role: 'user', content: 'hi' }] };
}

function largeBody(): Buffer {
  const [start = '', end = ''] = JSON.stringify({ ...ask(), messages: [{ role: 'user', content: '|' }] }).split('|');
  return Buffer.from(`${start}${'x'.repeat(LARGE_BODY - start.length - end.length)}${end}`);
}

function largeMessage() {
  return { ...wholeMessage(PARTS), content: [{ type: 'text', text: 'x'.repeat(LARGE_BODY) }] };
}

/** A request on a socket of its own, as far as `rest` goes: further headers, the blank line, the beginning of a body. */
function open(rest: string): Socket {
  const socket = connect(gateway.port, '127.0.0.1');
  socket.on('error', () => undefined);
  const headers = Object.entries(gateway.headers()).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`POST /v1/messages HTTP/1.1\r\nHost: x\r\n${headers.join('')}${rest}`);
  return socket;
}

function post(body: Buffer | string, headers = ''): Socket {
  const socket = open(`${headers}content-length: ${body.length}\r\n\r\n`);
  socket.write(body);
  return socket;
}

/** A byte now and then, until the peer has had enough. */
function dripping(socket: Socket): Socket {
  const timer = setInterval(() => socket.write(' '), 20);
  socket.once('end', () => clearInterval(timer));
  socket.once('close', () => clearInterval(timer));
  return socket;
}

function closing(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

/** Everything that comes until the connection is closed. */
async function textUntilClosed(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  await closing(socket);
  return Buffer.concat(chunks).toString();
}

/** The first bytes of an answer, head and short body in one; then the client leaves. */
function firstAnswer(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.once('data', (chunk) => {
      resolve(chunk.toString());
      socket.destroy();
    });
    socket.once('close', () => resolve('closed without an answer'));
  });
}

/** How many established connections end at this port, by the kernel's table. */
function connectionsTo(port: number): number {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  const ESTABLISHED = ' 01 ';
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .filter((line) => line.slice(0, 20).includes(local) && line.includes(ESTABLISHED)).length;
}

/** Each body that is held costs itself, its text and its values at most (G9); the rest is what has not been collected yet. */
function expectBoundedMemory(): void {
  expect(memoryOf(gateway.pid).peak - restingMegabytes).toBeLessThan(8 * ADMITTED * (LARGE_BODY / MEGABYTE));
}

/** Resident memory of a process, in MB. */
function memoryOf(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const figure = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / KILOBYTE;
  return { now: figure('VmRSS'), peak: figure('VmHWM') };
}
