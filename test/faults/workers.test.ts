import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { textStream, wholeMessage } from '../support/anthropic-stream.ts';
import { Books } from '../support/books.ts';
import { call, eventsOf, type LiveAnswer } from '../support/call.ts';
import { ANTHROPIC_RULES, FakeUpstream } from '../support/fake-upstream.ts';
import { Gateway } from '../support/gateway.ts';
import { holdStreams } from '../support/held-streams.ts';
import { gate, waitFor, within } from '../support/wait.ts';
import { type LoggedWorker, livingWorkers } from '../support/workers.ts';

const WORKERS = 2;
const USAGE = { input: 30, output: 12 };
const STREAM = textStream({ model: 'claude-opus-5', usage: USAGE }, ['one ', 'two ', 'three ']);

/** Streams of one key, over all workers. */
const LIMIT = 8 * WORKERS;

let upstream: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await FakeUpstream.start('any', { ...ANTHROPIC_RULES, refusalOf: () => undefined });
  gateway = new Gateway({ config: config(), environment: { EZMODEL_WORKERS: `${WORKERS}` }, patience: 40_000 });
  await gateway.start();
  const { key } = await gateway.createKey('tests');
  gateway.key = key;
});
/** One gateway for all tests: whoever ends it leaves it to the next one to start it again, on the same data. */
beforeEach(async () => {
  upstream.reset();
  if (!gateway.isRunning) await gateway.start();
  await waitFor('all workers', () => livingWorkers(gateway).length === WORKERS);
  await knownToAll(gateway.key);
});
afterAll(async () => {
  await gateway?.dispose();
  await upstream?.stop();
});

/** A channel with several credentials; a new request may take any of them. */
function config(models = ['*'], drain = '10s'): string {
  const credentials = Array.from({ length: 4 }, (_, index) => ({
    name: `c${index}`,
    api_key: `sk-credential-of-the-workers-${index}`,
  }));
  const channel = { name: 'main', provider: 'anthropic', base_url: upstream.url, credentials, models };
  return JSON.stringify({ channels: [channel], server: { max_concurrent_per_key: LIMIT, drain } });
}

/** Workers learn of a key one by one: each new connection asks another of them. */
async function knownToAll(key: string): Promise<void> {
  const headers = { 'x-api-key': key, 'anthropic-version': '2023-06-01', connection: 'close' };
  await waitFor('the key at every worker', async () => {
    const asked = Array.from({ length: 2 * WORKERS }, () => call(`${gateway.url}/v1/models`, { headers }));
    return (await Promise.all(asked)).every(({ status }) => status === 200);
  });
}

/** Gives the running gateway another configuration, and waits until all workers have it: they then refuse another model. */
async function reload(text: string): Promise<void> {
  writeFileSync(gateway.configFile ?? '', text);
  await waitFor('the new config', async () => (await refusals()) === 3 * WORKERS);
}

/** How many of several requests for a model that only the first configuration has are refused, each on its own connection. */
async function refusals(): Promise<number> {
  const asked = Array.from({ length: 3 * WORKERS }, () => gateway.messages({ ...ask(), model: 'other' }, CLOSE));
  return (await Promise.all(asked)).filter(({ status }) => status === 404).length;
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
      const books = new Books(gateway.dataDirectory);
      const reason = signal === 'SIGSTOP' ? 'stuck' : 'crashed';
      const replaced = `ezmodel_worker_replacements_total{reason="${reason}"}`;
      const before = await figure(replaced);
      const goOn = gate();
      holdStreams(upstream, STREAM, goOn.promise);
      const live = await openStreams(4 * WORKERS);
      const nodes = live.map((stream) => books.nodeOf(idOf(stream)));
      expect(new Set(nodes).size).toBe(WORKERS);
      const [victim] = livingWorkers(gateway);
      const lost = live.filter((_, index) => nodes[index] === victim?.node);
      const others = live.filter((stream) => !lost.includes(stream));
      expect(lost.length).toBeGreaterThan(0);

      process.kill(victim?.pid ?? 0, signal);
      await waitFor('their settlement', () => lost.every((stream) => books.settled(idOf(stream))));
      for (const stream of lost) {
        expect(await stream.ended).toBe('cut');
        expect(books.settled(idOf(stream))).toMatchObject({ outcome: 'crashed', partial: 1 });
      }
      await waitFor('a replacement', () => replacementOf(victim));
      for (const stream of others) expect(books.settled(idOf(stream))).toBeUndefined();
      goOn.open();
      for (const stream of others) expect((await stream.whole()).text).toBe(Buffer.concat(STREAM).toString());
      books.close();

      upstream.reset();
      upstream.fallback = (reply) => reply.json(200, wholeMessage({ model: 'claude-opus-5', usage: USAGE }));
      const answers = await Promise.all(Array.from({ length: 9 }, () => gateway.messages(ask(), CLOSE)));
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      expect(await figure(replaced)).toBe(before + 1);
      expect((await gateway.command('doctor')).code).toBe(0);
    },
  );

  test('connections that a worker was given and never took are closed when it is killed, so that clients try again', async () => {
    upstream.fallback = (reply) => reply.json(200, wholeMessage({ model: 'claude-opus-5', usage: USAGE }));
    const [victim] = livingWorkers(gateway);
    process.kill(victim?.pid ?? 0, 'SIGSTOP');
    const asked = Array.from({ length: 6 }, () => gateway.messages(ask(), CLOSE));
    const ended = await within('all of them', Promise.allSettled(asked), 30_000);
    expect(ended.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    await waitFor('a replacement', () => replacementOf(victim));
  });

  test('figures are sums over the workers, and the limit of a key holds for all of them together', async () => {
    const served = 'ezmodel_requests_total{operation="generate",status="200"}';
    const before = await figure(served);
    const goOn = gate();
    holdStreams(upstream, STREAM, goOn.promise);
    const held: LiveAnswer[] = [];
    const askMore = async () => {
      const answers = await Promise.all(Array.from({ length: LIMIT }, () => gateway.stream(ask(), CLOSE)));
      held.push(...answers.filter(({ status }) => status === 200));
      return answers.every(({ status }) => status === 429);
    };
    // Connections go to whichever worker is free: it takes a few until each has all that it may.
    await waitFor('every place to be taken', askMore);
    await askMore();
    const open = await figure('ezmodel_open_requests');
    goOn.open();
    expect([held.length, open]).toEqual([LIMIT, LIMIT]);
    await Promise.all(held.map((stream) => stream.whole()));
    await waitFor('the figures', async () => (await figure(served)) === before + LIMIT);
    expect(await figure('ezmodel_workers')).toBe(WORKERS);
  });

  test('a session has one credential whichever worker serves it, and the health of channels is told for all', async () => {
    upstream.fallback = (reply) => reply.json(200, wholeMessage({ model: 'claude-opus-5', usage: USAGE }));
    const sessions = Array.from({ length: 6 }, (_, index) => `session-${index}`);
    for (const session of sessions) {
      upstream.reset();
      const headers = { ...CLOSE, 'x-session-affinity': session };
      await Promise.all(Array.from({ length: 3 * WORKERS }, () => gateway.messages(ask(), headers)));
      expect(new Set(upstream.calls.map((each) => each.header('x-api-key'))).size).toBe(1);
    }
    upstream.fallback = (reply) => reply.error(401, 'authentication_error', 'no');
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
    upstream.fallback = (reply) => reply.json(200, wholeMessage({ model: 'claude-opus-5', usage: USAGE }));
    await reload(config(['claude-*']));
    writeFileSync(gateway.configFile ?? '', 'channels: 7\n');
    await waitFor('the refusal', () => gateway.output.includes('the earlier configuration stays in force'));
    const [victim] = livingWorkers(gateway);
    process.kill(victim?.pid ?? 0, 'SIGKILL');
    await waitFor('a replacement', () => replacementOf(victim));
    expect(await refusals()).toBe(3 * WORKERS);
    writeFileSync(gateway.configFile ?? '', config());
    await waitFor('the first config', async () => (await refusals()) === 0);
  });

  test('S19 a second server on the same data, and one on the same port, are refused with a reason', async () => {
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

  test('S1 the supervisor killed: its workers end with it, and the next start settles what they had open', async () => {
    holdStreams(upstream, STREAM, gate().promise);
    const live = await openStreams(2 * WORKERS);
    await gateway.kill9();
    for (const stream of live) expect(await stream.ended).toBe('cut');
    await gateway.start();
    expect(await statusesOf(live)).toEqual(live.map(() => 'crashed'));
    expect((await gateway.command('doctor')).code).toBe(0);
  });

  test('S9 SIGTERM lets the streams of all workers end, and the exit is clean', async () => {
    const rowsBefore = (await gateway.usage()).rows.length;
    const goOn = gate();
    holdStreams(upstream, STREAM, goOn.promise);
    const live = await openStreams(4 * WORKERS);
    gateway.signal('SIGTERM');
    goOn.open();
    for (const stream of live) expect((await stream.whole()).text).toBe(Buffer.concat(STREAM).toString());
    expect(await within('the exit', gateway.end)).toBe(0);
    const { rows } = await gateway.usage();
    expect(rows).toHaveLength(rowsBefore + 4 * WORKERS);
    const ids = live.map(idOf);
    expect(rows.filter((row) => row['status'] === 'ok' && ids.includes(String(row['request_id'])))).toHaveLength(
      ids.length,
    );
  });

  test('S9 streams that outlast the drain end with an error and a row', async () => {
    await reload(config(['claude-*'], '300ms'));
    holdStreams(upstream, STREAM, gate().promise);
    const live = await openStreams(2 * WORKERS);
    expect(await gateway.stop()).toBe(0);
    for (const stream of live) expect(eventsOf((await stream.whole()).text).at(-1)?.event).toBe('error');
    expect(await statusesOf(live)).toEqual(live.map(() => 'error'));
    writeFileSync(gateway.configFile ?? '', config());
  });
});

const CLOSE = { connection: 'close' };

/** A figure of `/metrics`; 0 where it has no line. */
async function figure(name: string): Promise<number> {
  const { text } = await call(`${gateway.url}/metrics`, { headers: CLOSE });
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? 0);
}

/** Whether another worker serves in this one's place. */
function replacementOf(victim: LoggedWorker | undefined): boolean {
  return livingWorkers(gateway).some(({ slot, node }) => slot === victim?.slot && node !== victim.node);
}

async function statusesOf(live: readonly LiveAnswer[]): Promise<unknown[]> {
  const { rows } = await gateway.usage();
  return live.map((stream) => rows.find((row) => row['request_id'] === idOf(stream))?.['status']);
}

function idOf(stream: LiveAnswer): string {
  return stream.headers['request-id'] ?? '';
}

function ask() {
  return { model: 'claude-opus-5', max_tokens: 1024, messages: [{ role: 'user', content: 'Hi' }] };
}
