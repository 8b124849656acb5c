import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { textStream } from '../support/anthropic-stream.ts';
import { call } from '../support/call.ts';
import { FakeUpstream, type Script } from '../support/fake-upstream.ts';
import { channelConfig, type Gateway, startGateway } from '../support/gateway.ts';
import { seededRandom } from '../support/rechunk.ts';
import { gate, waitFor } from '../support/wait.ts';

/** `npm run all-aborts` is the long run. */
const ABORTS = Number(process.env['EZMODEL_ABORTS'] ?? 400);
const WARM_UP = 300;
const AT_ONCE = 100;
const PLACES = 30;
const QUEUE = 40;
/** What one client may have received or waited when it goes, at most. */
const MOST_BYTES = 2_000;
const LONGEST_STAY = 40;
const MEGABYTE = 1024 * 1024;
/** What the heap may have grown by when all clients have gone (`reliability.md` G7). */
const HEAP_GROWTH = 5 * MEGABYTE;

const STREAM = textStream({ model: 'claude-opus-5', usage: { input: 30, output: 12 } }, ['one ', 'two ', 'three ']);
const random = seededRandom(Number(process.env['EZMODEL_ABORT_SEED'] ?? 7));

let upstream: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await FakeUpstream.start();
  upstream.fallback = (reply) => ANSWERS[Math.floor(random() * ANSWERS.length)]?.(reply);
  const limits = {
    max_requests: PLACES,
    max_queued: QUEUE,
    max_queue_wait: '1h',
    max_concurrent_per_key: PLACES + QUEUE,
  };
  gateway = await startGateway({
    config: channelConfig({ url: upstream.url, apiKey: upstream.apiKey, more: `server: ${JSON.stringify(limits)}\n` }),
    environment: { NODE_OPTIONS: `--import=${new URL('../support/collect-garbage.ts', import.meta.url).href}` },
  });
});

afterAll(async () => {
  await gateway?.dispose();
  await upstream?.stop();
});

/** How far an upstream gets before it says no more; what ends, ends its connection too. */
const ANSWERS: readonly Script[] = [
  () => undefined,
  (reply) => reply.streamHead(),
  async (reply) => {
    await reply.streamHead();
    for (const event of STREAM.slice(0, Math.floor(random() * STREAM.length))) await reply.chunk(event);
  },
  async (reply) => {
    await reply.stream(STREAM, { connection: 'close' });
    reply.cut();
  },
];

test(`C1 G7 S17 ${ABORTS} clients that go at any moment leave no socket, timer, place, row or memory behind`, {
  timeout: 60_000 + ABORTS * 20,
}, async () => {
  await abortMany(WARM_UP);
  const before = await resting();
  await abortMany(ABORTS);
  const after = await waitFor('everything to be as before', async () => {
    const now = await resting();
    return now.descriptors <= before.descriptors + 5 && now.heap <= before.heap + HEAP_GROWTH && now;
  });
  expect(after.timers).toBeLessThanOrEqual(before.timers + 2);
  await everyPlaceIsFree();
  const { rows } = await gateway.usage();
  expect(rows.filter(({ status }) => status === 'open')).toEqual([]);
  expect((await gateway.command('doctor')).code).toBe(0);
});

async function abortMany(count: number): Promise<void> {
  for (let left = count; left > 0; left -= AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, left) }, abortOne));
  }
}

/** A client that may not even finish its request, and goes after so many bytes or so long, whatever is going on. */
function abortOne(): Promise<void> {
  const body = JSON.stringify({
    model: 'claude-opus-5',
    max_tokens: 64,
    stream: random() < 0.8,
    messages: [{ role: 'user', content: 'x'.repeat(Math.floor(random() * 5_000)) }],
  });
  const headers = Object.entries(gateway.headers({ 'content-length': `${body.length}` }));
  const head = `POST /v1/messages HTTP/1.1\r\nHost: x\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  const request = head + body;
  const sent = random() < 0.8 ? request : request.slice(0, Math.floor(random() * request.length));
  const socket = connect(gateway.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(sent);
  const enough = random() * MOST_BYTES;
  let received = 0;
  socket.on('data', (chunk) => {
    received += chunk.length;
    if (received >= enough) socket.destroy();
  });
  setTimeout(() => socket.destroy(), random() * LONGEST_STAY);
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

/** What the gateway holds once all that was under way has ended. */
async function resting(): Promise<{ descriptors: number; timers: number; heap: number }> {
  return waitFor('the gateway to come to rest', async () => {
    const { text } = await call(`${gateway.url}/metrics`);
    const figures = new Map([...text.matchAll(/^(\S+) (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]));
    const figure = (name: string) => figures.get(name) ?? 0;
    const open = ['ezmodel_open_requests', 'ezmodel_places_taken', 'ezmodel_queue_length', 'ezmodel_ledger_queue'];
    if (upstream.openConnections > 0 || open.some((name) => figure(name) !== 0)) return undefined;
    return {
      descriptors: readdirSync(`/proc/${gateway.pid}/fd`).length,
      // A kind of resource of which there is none has no line.
      timers: figure('nodejs_active_resources{type="Timeout"}'),
      heap: figure('nodejs_heap_size_used_bytes') + figure('nodejs_external_memory_bytes'),
    };
  });
}

/** As many as there is room for get in, and all of them are served. */
async function everyPlaceIsFree(): Promise<void> {
  const goOn = gate();
  const earlier = upstream.calls.length;
  upstream.fallback = async (reply) => {
    await goOn.promise;
    await reply.stream(STREAM);
  };
  const body = { model: 'claude-opus-5', max_tokens: 64, stream: true, messages: [{ role: 'user', content: 'hi' }] };
  const answers = Array.from({ length: PLACES + QUEUE }, () => gateway.messages(body));
  await waitFor('every place to be taken', () => upstream.calls.length === earlier + PLACES);
  goOn.open();
  expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(new Set([200]));
}
