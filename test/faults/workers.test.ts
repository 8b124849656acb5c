import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { textStream, wholeMessage } from '../support/anthropic-stream.ts';
import { Books } from '../support/books.ts';
import { call, eventsOf, type LiveAnswer } from '../support/call.ts';
import { ANTHROPIC_RULES, FakeUpstream } from '../support/fake-upstream.ts';
import { channelConfig, Gateway, startGateway } from '../support/gateway.ts';
import { gate, waitFor, within } from '../support/wait.ts';
import { readyWorkers, startedWorkers } from '../support/workers.ts';

const WORKERS = 2;
const USAGE = { input: 30, output: 12 };
const STREAM = textStream({ model: 'claude-opus-5', usage: USAGE }, ['one ', 'two ', 'three ']);

let upstream: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await FakeUpstream.start();
});
beforeEach(() => upstream.reset());
afterEach(() => gateway?.dispose());
afterAll(() => upstream?.stop());

const config = (more = '') => channelConfig({ url: upstream.url, apiKey: upstream.apiKey, more });

async function startWorkers(more = '', text = config(more)): Promise<void> {
  gateway = await startGateway({
    config: text,
    environment: { EZMODEL_WORKERS: `${WORKERS}` },
    patience: 40_000,
  });
  await readyWorkers(gateway, WORKERS);
  await knownToAll(gateway.key);
}

/** Workers learn of a key one by one: each new connection asks another of them. */
async function knownToAll(key: string): Promise<void> {
  const headers = { 'x-api-key': key, 'anthropic-version': '2023-06-01', connection: 'close' };
  await waitFor('the key at every worker', async () => {
    const asked = Array.from({ length: 2 * WORKERS }, () => call(`${gateway.url}/v1/models`, { headers }));
    return (await Promise.all(asked)).every(({ status }) => status === 200);
  });
}

/** Answers each stream up to its second text, and the rest when the gate opens. */
function holdStreams(goOn: Promise<void>): void {
  upstream.fallback = async (reply) => {
    await reply.streamHead();
    for (const event of STREAM.slice(0, 4)) await reply.chunk(event);
    await goOn;
    for (const event of STREAM.slice(4)) await reply.chunk(event);
    await reply.endChunks();
  };
}

/** Streams on connections of their own, which go round the workers. */
async function openStreams(count: number): Promise<LiveAnswer[]> {
  const live = await Promise.all(Array.from({ length: count }, () => gateway.stream(ask(), { connection: 'close' })));
  await Promise.all(live.map((stream) => stream.until('two')));
  return live;
}

describe('S11 G21 several workers on one port and one store', { timeout: 90_000 }, () => {
  test.each(['SIGKILL', 'SIGSTOP'] as const)(
    'a worker after %s: its streams are settled, it is replaced, and the streams of the others go on',
    async (signal) => {
      await startWorkers();
      const books = new Books(gateway.dataDirectory);
      const goOn = gate();
      holdStreams(goOn.promise);
      const live = await openStreams(4 * WORKERS);
      const nodes = live.map((stream) => books.nodeOf(idOf(stream)));
      expect(new Set(nodes).size).toBe(WORKERS);
      const [victim] = startedWorkers(gateway);
      const lost = live.filter((_, index) => nodes[index] === victim?.node);
      const others = live.filter((stream) => !lost.includes(stream));
      expect(lost.length).toBeGreaterThan(0);

      process.kill(victim?.pid ?? 0, signal);
      await waitFor('their settlement', () => lost.every((stream) => books.settled(idOf(stream))));
      for (const stream of lost) {
        expect(await stream.ended).toBe('cut');
        expect(books.settled(idOf(stream))).toMatchObject({ outcome: 'crashed', partial: 1 });
      }
      await readyWorkers(gateway, WORKERS + 1);
      for (const stream of others) expect(books.settled(idOf(stream))).toBeUndefined();
      goOn.open();
      for (const stream of others) expect((await stream.whole()).text).toBe(Buffer.concat(STREAM).toString());
      books.close();

      upstream.reset();
      upstream.fallback = (reply) => reply.json(200, wholeMessage({ model: 'claude-opus-5', usage: USAGE }));
      const answers = await Promise.all(Array.from({ length: 9 }, () => gateway.messages(ask(), CLOSE)));
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      const reason = signal === 'SIGSTOP' ? 'stuck' : 'crashed';
      expect(await metrics()).toContain(`ezmodel_worker_replacements_total{reason="${reason}"} 1`);
      expect((await gateway.command('doctor')).code).toBe(0);
    },
  );

  test('figures are sums over the workers, and the limit of a key holds for all of them together', async () => {
    await startWorkers(`server: { max_concurrent_per_key: ${2 * WORKERS} }\n`);
    const goOn = gate();
    holdStreams(goOn.promise);
    const asked = Array.from({ length: 6 * WORKERS }, () => gateway.stream(ask(), CLOSE));
    const answers = await Promise.all(asked);
    const held = answers.filter(({ status }) => status === 200);
    expect(held).toHaveLength(2 * WORKERS);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(4 * WORKERS);
    expect(await metrics()).toContain(`ezmodel_open_requests ${2 * WORKERS}`);
    goOn.open();
    await Promise.all(held.map((stream) => stream.whole()));
    await waitFor('the figures', async () =>
      (await metrics()).includes(`ezmodel_requests_total{operation="generate",status="200"} ${2 * WORKERS}`),
    );
    expect(await metrics()).toContain(`ezmodel_workers ${WORKERS}`);
  });

  test('a session has one credential whichever worker serves it, and the health of channels is told for all', async () => {
    const credentials = Array.from({ length: 4 }, (_, index) => ({ name: `c${index}`, api_key: `sk-${index}` }));
    const open = await FakeUpstream.start('any', { ...ANTHROPIC_RULES, refusalOf: () => undefined });
    onTestFinished(() => open.stop());
    const channel = { name: 'main', provider: 'anthropic', base_url: open.url, credentials };
    await startWorkers('', JSON.stringify({ channels: [channel] }));
    open.fallback = (reply) => reply.json(200, wholeMessage({ model: 'claude-opus-5', usage: USAGE }));
    const sessions = Array.from({ length: 6 }, (_, index) => `session-${index}`);
    for (const session of sessions) {
      open.reset();
      const headers = { ...CLOSE, 'x-session-affinity': session };
      await Promise.all(Array.from({ length: 3 * WORKERS }, () => gateway.messages(ask(), headers)));
      expect(new Set(open.calls.map((each) => each.header('x-api-key'))).size).toBe(1);
    }
    open.fallback = (reply) => reply.error(401, 'authentication_error', 'no');
    await gateway.messages(ask(), CLOSE);
    const { stdout } = await gateway.command('channels', 'list');
    expect(stdout).toMatch(/main\/c\d +all +open in 1 of 2 +credential_refused/);
    const told = await Promise.all(
      Array.from({ length: 2 * WORKERS }, () => call(`${gateway.url}/healthz/channels`, { headers: CLOSE })),
    );
    for (const answer of told) expect(answer.json()['processes']).toBe(WORKERS);
    expect(new Set(told.map((answer) => answer.text.replaceAll(/"cool_down_ms":\d+/g, ''))).size).toBe(1);
  });

  test('a new configuration reaches all of them, and a replacement too, while the file is bad', async () => {
    await startWorkers();
    upstream.fallback = (reply) => reply.json(200, wholeMessage({ model: 'claude-opus-5', usage: USAGE }));
    const file = gateway.configFile ?? '';
    writeFileSync(file, config().replace('"models":["*"]', '"models":["claude-*"]'));
    const refusals = async () => {
      const asked = Array.from({ length: 3 * WORKERS }, () => gateway.messages({ ...ask(), model: 'other' }, CLOSE));
      return (await Promise.all(asked)).filter(({ status }) => status === 404).length;
    };
    await waitFor('the new config', async () => (await refusals()) === 3 * WORKERS);
    writeFileSync(file, 'channels: 7\n');
    await waitFor('the refusal', () => gateway.output.includes('the earlier configuration stays in force'));
    process.kill(startedWorkers(gateway)[0]?.pid ?? 0, 'SIGKILL');
    await readyWorkers(gateway, WORKERS + 1);
    expect(await refusals()).toBe(3 * WORKERS);
  });

  test('S9 SIGTERM lets the streams of all workers end, and the exit is clean', async () => {
    await startWorkers('server: { drain: 10s }\n');
    const goOn = gate();
    holdStreams(goOn.promise);
    const live = await openStreams(4 * WORKERS);
    gateway.signal('SIGTERM');
    goOn.open();
    for (const stream of live) expect((await stream.whole()).text).toBe(Buffer.concat(STREAM).toString());
    expect(await within('the exit', gateway.end)).toBe(0);
    const { rows } = await gateway.usage();
    expect(rows.filter((row) => row['status'] === 'ok')).toHaveLength(4 * WORKERS);
  });

  test('S9 streams that outlast the drain end with an error and a row', async () => {
    await startWorkers('server: { drain: 300ms }\n');
    holdStreams(gate().promise);
    const live = await openStreams(2 * WORKERS);
    expect(await gateway.stop()).toBe(0);
    for (const stream of live) expect(eventsOf((await stream.whole()).text).at(-1)?.event).toBe('error');
    expect((await gateway.usage()).rows.filter((row) => row['status'] === 'error')).toHaveLength(2 * WORKERS);
  });

  test('S1 the supervisor killed: its workers end with it, and the next start settles what they had open', async () => {
    await startWorkers();
    holdStreams(gate().promise);
    const live = await openStreams(2 * WORKERS);
    await gateway.kill9();
    for (const stream of live) expect(await stream.ended).toBe('cut');
    await gateway.start();
    const { rows } = await gateway.usage();
    expect(rows.map((row) => row['status'])).toEqual(live.map(() => 'crashed'));
    expect((await gateway.command('doctor')).code).toBe(0);
  });

  test('S19 a second server on the same data, and one on the same port, are refused with a reason', async () => {
    await startWorkers();
    const environment = { EZMODEL_WORKERS: '2', PORT: `${gateway.port}` };
    const second = new Gateway({ config: config(), dataDirectory: gateway.dataDirectory, environment });
    const third = new Gateway({ config: config(), environment });
    try {
      await expect(second.start()).rejects.toThrow(/another EZModel server/);
      await expect(third.start()).rejects.toThrow(/is taken/);
      expect((await gateway.send('/v1/models')).status).toBe(200);
    } finally {
      await second.dispose();
      await third.dispose();
    }
  });
});

const CLOSE = { connection: 'close' };

async function metrics(): Promise<string> {
  return (await call(`${gateway.url}/metrics`, { headers: CLOSE })).text;
}

function idOf(stream: LiveAnswer): string {
  return stream.headers['request-id'] ?? '';
}

function ask() {
  return { model: 'claude-opus-5', max_tokens: 1024, messages: [{ role: 'user', content: 'Hi' }] };
}
