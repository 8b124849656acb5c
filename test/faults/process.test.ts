import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { textDelta, textStream } from '../support/anthropic-stream.ts';
import { Books } from '../support/books.ts';
import { call, eventsOf } from '../support/call.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { channelConfig, counter, Gateway, startGateway } from '../support/gateway.ts';
import { holdStreams } from '../support/held-streams.ts';
import { gate, waitFor, within } from '../support/wait.ts';

const USAGE = { input: 30, output: 12 };
/** Streams that are open while the server is stopped (`reliability.md` G19). */
const OPEN_STREAMS = 500;

const STREAM = textStream({ model: 'claude-opus-5', usage: USAGE }, ['one ', 'two ', 'three ']);

let upstream: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await FakeUpstream.start();
});

beforeEach(() => upstream.reset());

afterEach(() => gateway?.dispose());

afterAll(() => upstream?.stop());

function config(more = ''): string {
  return channelConfig({ url: upstream.url, apiKey: upstream.apiKey, more });
}

describe('S9 SIGTERM', () => {
  test('G19 500 streams that end within the window are whole, readiness goes off, and the exit is clean', async () => {
    gateway = await startGateway({ config: config('server: { drain: 10s }\n') });
    const goOn = gate();
    holdStreams(upstream, STREAM, goOn.promise);
    const live = await Promise.all(Array.from({ length: OPEN_STREAMS }, () => gateway.stream(ask())));
    await Promise.all(live.map((stream) => stream.until('two')));
    gateway.signal('SIGTERM');
    await waitFor('readiness to go off', async () => {
      const ready = await call(`${gateway.url}/readyz`, { headers: { connection: 'close' } }).catch(() => undefined);
      return ready?.status !== 200;
    });
    goOn.open();
    const answers = await Promise.all(live.map((stream) => stream.whole()));
    for (const answer of answers) expect(answer.text).toBe(Buffer.concat(STREAM).toString());
    expect(await within('the exit', gateway.end)).toBe(0);
    const { rows } = await gateway.usage();
    expect(rows.filter((row) => row['status'] === 'ok' && row['partial'] === false)).toHaveLength(OPEN_STREAMS);
  });

  test('streams that last longer end with an error in the stream and a row, exit 0', async () => {
    gateway = await startGateway({ config: config('server: { drain: 300ms }\n') });
    holdStreams(upstream, STREAM, gate().promise);
    const live = await Promise.all(Array.from({ length: 20 }, () => gateway.stream(ask())));
    await Promise.all(live.map((stream) => stream.until('two')));
    expect(await gateway.stop()).toBe(0);
    for (const answer of await Promise.all(live.map((stream) => stream.whole()))) {
      const names = eventsOf(answer.text).map(({ event }) => event);
      expect(names.at(-1)).toBe('error');
      expect(names).not.toContain('message_stop');
    }
    const { rows } = await gateway.usage();
    expect(rows).toHaveLength(20);
    for (const row of rows) {
      expect(row).toMatchObject({ partial: true, estimated: true, input_tokens: USAGE.input });
      expect(row['status']).not.toBe('open');
    }
    expect((await gateway.command('doctor')).code).toBe(0);
  });

  test('a second signal ends it at once, and what was open is settled', async () => {
    gateway = await startGateway({ config: config('server: { drain: 10m }\n') });
    holdStreams(upstream, STREAM, gate().promise);
    const live = await gateway.stream(ask());
    await live.until('two');
    gateway.signal('SIGTERM');
    await waitFor('the drain to begin', async () => {
      const ready = await call(`${gateway.url}/readyz`, { headers: { connection: 'close' } }).catch(() => undefined);
      return ready?.status !== 200;
    });
    const signalledAt = performance.now();
    const ended = { now: false };
    void gateway.end.then(() => {
      ended.now = true;
    });
    // Again and again: the first repetitions pass for one signal that came over two ways.
    await waitFor('the exit', () => {
      if (!ended.now) gateway.signal('SIGTERM');
      return ended.now;
    });
    expect(performance.now() - signalledAt).toBeLessThan(5_000);
    expect((await gateway.usage()).rows).toMatchObject([{ partial: true, status: 'error' }]);
  });

  test('an idle server ends at once', async () => {
    gateway = await startGateway({ config: config('server: { drain: 10m }\n') });
    const signalledAt = performance.now();
    expect(await gateway.stop()).toBe(0);
    expect(performance.now() - signalledAt).toBeLessThan(8_000);
  });
});

describe('S13 keys', () => {
  test('a key is taken, disabled, enabled and revoked within a second each', async () => {
    gateway = await startGateway({ config: config() });
    const { id, key } = await gateway.createKey('changing');
    await gateway.waitForKey(key, true);
    await gateway.command('keys', 'disable', id);
    await gateway.waitForKey(key, false);
    await gateway.command('keys', 'enable', id);
    await gateway.waitForKey(key, true);
    await gateway.command('keys', 'revoke', id);
    await gateway.waitForKey(key, false);
  });
});

describe('S19 a second server', () => {
  test('on the same data is refused with a reason, and the first one goes on', async () => {
    gateway = await startGateway({ config: config() });
    const second = new Gateway({ config: config(), dataDirectory: gateway.dataDirectory });
    try {
      await expect(second.start()).rejects.toThrow(/ended at once/);
      expect(second.output).toMatch(/another|already|running|in use/i);
      expect(await second.end).not.toBe(0);
    } finally {
      await second.dispose();
    }
    expect((await call(`${gateway.url}/healthz`)).status).toBe(200);
  });

  test('after a kill takes the folder over', async () => {
    gateway = await startGateway({ config: config() });
    await gateway.kill9();
    await gateway.start();
    await gateway.waitForKey(gateway.key, true);
  });
});

test('S1 a fast stream is kept every 256 tokens, not only every second', async () => {
  const bursts = 20;
  const burst = 300;
  gateway = await startGateway({ config: config() });
  const goOn = Array.from({ length: bursts }, () => gate());
  upstream.next(async (reply) => {
    await reply.streamHead();
    for (const event of STREAM.slice(0, 2)) await reply.chunk(event);
    for (const { promise } of goOn) {
      await promise;
      for (let token = 0; token < burst; token++) await reply.chunk(textDelta(' word'));
    }
  });
  const books = new Books(gateway.dataDirectory);
  const live = gateway.stream(ask());
  const startedAt = performance.now();
  for (const [index, { open }] of goOn.entries()) {
    open();
    const id = (await live).headers['request-id'] ?? '';
    await waitFor('the checkpoint', () => books.checkpointed(id).output > (index + 1) * burst - 256);
  }
  // By the clock alone, each burst would have waited for its second.
  expect(performance.now() - startedAt).toBeLessThan((bursts * 1_000) / 2);
  (await live).abort();
  books.close();
});

test('S1 a call that still waits for its answer when the kill comes is charged what its prompt suggests', async () => {
  gateway = await startGateway({ config: config() });
  upstream.next(
    () => undefined,
    async (reply) => {
      await reply.streamHead();
      for (const event of STREAM.slice(0, 4)) await reply.chunk(event);
    },
  );
  const waiting = gateway.messages(ask()).catch(() => undefined);
  await upstream.arrived(1);
  const live = await gateway.stream(ask());
  const books = new Books(gateway.dataDirectory);
  // One checkpoint is of all that is open.
  await waitFor('the checkpoint', () => books.checkpointed(live.headers['request-id'] ?? '').output > 0);
  books.close();
  await gateway.kill9();
  await waiting;
  await gateway.start();
  const { rows } = await gateway.usage();
  expect(rows.map((row) => row['status'])).toEqual(['crashed', 'crashed']);
  const inputs = rows.map((row) => counter(row, 'input_tokens'));
  expect(inputs).toContain(USAGE.input);
  expect(Math.min(...inputs)).toBeGreaterThan(0);
});

test('the intent is on disk before the upstream is called', async () => {
  gateway = await startGateway({ config: config() });
  const seen = gate<number>();
  const goOn = gate();
  upstream.next(async (reply) => {
    const { rows } = await gateway.usage();
    seen.open(rows.filter((row) => row['status'] === 'open').length);
    await goOn.promise;
    await reply.stream(STREAM);
  });
  const answer = gateway.messages({ ...ask(), stream: true });
  expect(await seen.promise).toBe(1);
  goOn.open();
  const id = (await answer).headers['request-id'] ?? '';
  const books = new Books(gateway.dataDirectory);
  expect(books.hasIntent(id)).toBe(true);
  books.close();
});

function ask(): JsonObject {
  return { model: 'claude-opus-5', max_tokens: 64, messages: [{ role: 'user', content: 'hi' }] };
}
