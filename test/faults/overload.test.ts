import { readdirSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type JsonObject, objectAt } from '../../src/core/json.ts';
import { wholeMessage } from '../support/anthropic-stream.ts';
import { type Answer, call } from '../support/call.ts';
import { shapeFaults } from '../support/error-shape.ts';
import { FakeUpstream, type UpstreamReply } from '../support/fake-upstream.ts';
import { channelConfig, type Gateway, startGateway } from '../support/gateway.ts';
import { gate, waitFor } from '../support/wait.ts';

const MODEL = 'claude-opus-5';
/** Threads that look after the database's file open it when they are first needed. */
const OWN_DESCRIPTORS = 10;

const PLACES = 20;
const QUEUE = 10;
/** How long the slow upstream takes for an answer, in ms; with the places this is the capacity. */
const HOLD = 200;
const LOAD_TIME = 3_000;

let upstream: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await FakeUpstream.start();
});

afterEach(async () => {
  await gateway?.dispose();
  upstream.reset();
});

afterAll(() => upstream?.stop());

test.each([2, 10])(
  'S16 G10 %i times more than fits: what fits is served, the rest told when to come again',
  {
    timeout: 60_000,
  },
  async (times) => {
    gateway = await limitedGateway({ max_queue_wait: '1s' });
    const holds: { from: number; to: number }[] = [];
    upstream.fallback = async (reply) => {
      const from = performance.now();
      await new Promise((resolve) => setTimeout(resolve, HOLD));
      holds.push({ from, to: performance.now() });
      await answer(reply);
    };
    const workers = Array.from({ length: PLACES }, async (_, index) => {
      for (let round = 0; round < 10; round++) await ask(index);
    });
    const peak = await workDoneDuring(holds, () => Promise.all(workers));
    const before = openDescriptors();
    const callsBefore = upstream.calls.length;

    const load = offer(((PLACES * 1_000) / HOLD) * times);
    const goodput = await workDoneDuring(holds, () => load.offered);
    const [answers, probes] = [await Promise.all(load.answers), await Promise.all(load.probes)];

    const served = answers.filter(({ status }) => status === 200);
    expect(answers.flatMap(refusalFaults)).toEqual([]);
    expect(served.length).toBeLessThan(answers.length);
    expect(upstream.calls.length - callsBefore).toBe(served.length);
    expect(goodput).toBeGreaterThanOrEqual(0.9 * peak);
    expect(probes.length).toBeGreaterThan(0);
    expect(new Set(probes.map(({ status }) => status))).toEqual(new Set([200]));

    await waitFor('the load to be gone', async () => {
      const figures = await loadFigures();
      return figures['queue_length'] === 0 && figures['places_taken'] === 0 && figures['open_requests'] === 0;
    });
    await waitFor('descriptors to come back', () => openDescriptors() <= before + OWN_DESCRIPTORS);
    expect((await ask(0)).status).toBe(200);
  },
);

test('S16 G10 with every place and the whole queue taken, health, models and metrics answer, and nothing else moves', async () => {
  gateway = await limitedGateway({ max_queue_wait: '1h' });
  const goOn = gate();
  upstream.fallback = async (reply) => {
    await goOn.promise;
    await answer(reply);
  };
  let ended = 0;
  const asked = Array.from({ length: PLACES + QUEUE }, (_, index) => ask(index).finally(() => ended++));
  await saturated();
  for (const path of ['/healthz', '/readyz', '/v1/models']) expect((await gateway.send(path)).status).toBe(200);
  expect([await ask(0), await ask(1)].map(({ status }) => status)).toEqual([529, 503]);
  expect(ended).toBe(0);
  expect(upstream.calls).toHaveLength(PLACES);
  expect(await refusals()).toEqual({ queue_full: 2 });
  goOn.open();
  expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(asked.map(() => 200));
  expect(upstream.calls).toHaveLength(PLACES + QUEUE);
});

test('S16 whoever waits too long is refused before an upstream hears of it', async () => {
  gateway = await limitedGateway({ max_queue_wait: '100ms' });
  const goOn = gate();
  upstream.fallback = async (reply) => {
    await goOn.promise;
    await answer(reply);
  };
  const holders = Array.from({ length: PLACES }, () => ask(0));
  await waitFor('every place to be taken', () => upstream.calls.length === PLACES);
  const waited = await Promise.all([ask(0), ask(1), ask(2)]);
  expect(waited.map(({ status }) => status)).toEqual([529, 503, 529]);
  expect(waited.flatMap(refusalFaults)).toEqual([]);
  expect(await refusals()).toEqual({ queue_timeout: 3 });
  goOn.open();
  expect((await Promise.all(holders)).every(({ status }) => status === 200)).toBe(true);
  expect(upstream.calls).toHaveLength(PLACES);
  expect((await gateway.usage()).rows).toHaveLength(PLACES);
});

test('C1 S16 clients that go while they wait leave the queue at once: no upstream call, no row', async () => {
  gateway = await limitedGateway({ max_queue_wait: '1h' });
  const goOn = gate();
  upstream.fallback = async (reply) => {
    await goOn.promise;
    await answer(reply);
  };
  const holders = Array.from({ length: PLACES }, () => ask(0));
  await waitFor('every place to be taken', () => upstream.calls.length === PLACES);
  const leaving = Array.from({ length: QUEUE }, () => new AbortController());
  const left = leaving.map(({ signal }) => fetchMessages(signal));
  await saturated();
  for (const client of leaving) client.abort();
  expect(new Set((await Promise.allSettled(left)).map(({ status }) => status))).toEqual(new Set(['rejected']));
  await waitFor('the queue to empty', async () => (await loadFigures())['queue_length'] === 0);
  goOn.open();
  await Promise.all(holders);
  expect(upstream.calls).toHaveLength(PLACES);
  await waitFor('the rows', async () => (await gateway.usage()).rows.length === PLACES);
  expect((await gateway.usage()).rows.every(({ status }) => status === 'ok')).toBe(true);
});

test('S16 a key that asks a lot does not hold up one that asks little', async () => {
  gateway = await limitedGateway({ max_requests: 1, max_queue_wait: '1h' });
  const { key } = await gateway.createKey('little');
  await gateway.waitForKey(key, true);
  const steps: (() => void)[] = [];
  upstream.fallback = async (reply) => {
    await new Promise<void>((resolve) => steps.push(resolve));
    await answer(reply);
  };
  const asked = Array.from({ length: 1 + QUEUE }, () => ask(0));
  await waitFor('the queue to fill', async () => (await loadFigures())['queue_length'] === QUEUE);
  const little = [ask(0, { 'x-api-key': key }, 'little'), ask(0, { 'x-api-key': key }, 'little')];
  await waitFor('the guests to take their places', async () => (await refusals())['displaced'] === little.length);
  for (let step = 0; step < 1 + QUEUE; step++) (await waitFor(`call ${step + 1}`, () => steps[step]))();
  const [much, guests] = [await Promise.all(asked), await Promise.all(little)];
  expect(guests.map(({ status }) => status)).toEqual([200, 200]);
  expect(much.filter(({ status }) => status === 529)).toHaveLength(little.length);
  expect(upstream.calls.slice(0, 5).map((seen) => whoseCall(seen))).toEqual([
    'much',
    'much',
    'little',
    'much',
    'little',
  ]);
});

test('S9 S16 a server that has to go tells those who wait', { timeout: 60_000 }, async () => {
  gateway = await limitedGateway({ max_queue_wait: '1h', drain: '1s' });
  const goOn = gate();
  upstream.fallback = async (reply) => {
    await goOn.promise;
    await answer(reply);
  };
  const holders = Array.from({ length: PLACES }, () => ask(0));
  await waitFor('every place to be taken', () => upstream.calls.length === PLACES);
  const waiting = Array.from({ length: QUEUE }, () => ask(0));
  await saturated();
  gateway.signal('SIGTERM');
  const told = await Promise.all(waiting);
  expect(new Set(told.map(({ status }) => status))).toEqual(new Set([503]));
  expect(told.flatMap(refusalFaults)).toEqual([]);
  goOn.open();
  await Promise.allSettled(holders);
  expect(await gateway.end).toBe(0);
  expect(upstream.calls).toHaveLength(PLACES);
});

function limitedGateway(limits: JsonObject): Promise<Gateway> {
  const more = `server: ${JSON.stringify({ max_requests: PLACES, max_queued: QUEUE, ...limits })}\n`;
  return startGateway({ config: channelConfig({ url: upstream.url, apiKey: upstream.apiKey, more }) });
}

/** One question on a connection of its own; even ones to the Messages API, odd ones to Chat Completions. */
async function ask(index: number, headers: Record<string, string> = {}, content = 'much'): Promise<Answer> {
  const path = index % 2 === 0 ? '/v1/messages' : '/v1/chat/completions';
  return gateway.send(path, { method: 'POST', body: question(content), headers: { connection: 'close', ...headers } });
}

function question(content = 'hi'): JsonObject {
  return { model: MODEL, max_tokens: 64, messages: [{ role: 'user', content }] };
}

function whoseCall({ body }: { body: Buffer }): string | undefined {
  return /much|little/.exec(body.toString())?.[0];
}

async function fetchMessages(signal: AbortSignal): Promise<number> {
  const body = JSON.stringify(question());
  return (await fetch(`${gateway.url}/v1/messages`, { method: 'POST', headers: gateway.headers(), body, signal }))
    .status;
}

function answer(reply: UpstreamReply): Promise<void> {
  return reply.json(200, wholeMessage({ model: MODEL, usage: { input: 5, output: 5 } }));
}

/**
 * How much of the time of all places the upstream was at work while something ran, 0 to 1: goodput that does not depend on how
 * fast this machine is, or on what else it does.
 */
async function workDoneDuring(
  holds: readonly { from: number; to: number }[],
  run: () => Promise<unknown>,
): Promise<number> {
  const startedAt = performance.now();
  await run();
  const endedAt = performance.now();
  await waitFor('the last answers', async () => (await loadFigures())['places_taken'] === 0);
  const overlaps = holds.map(({ from, to }) => Math.max(0, Math.min(to, endedAt) - Math.max(from, startedAt)));
  return overlaps.reduce((sum, overlap) => sum + overlap, 0) / (PLACES * (endedAt - startedAt));
}

type Load = { answers: Promise<Answer>[]; probes: Promise<Answer>[]; offered: Promise<void> };

/** Sends at a steady rate per second, answered or not, and asks for the health all the while. */
function offer(rate: number): Load {
  const answers: Promise<Answer>[] = [];
  const probes: Promise<Answer>[] = [];
  const startedAt = performance.now();
  const offered = new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsed = Math.min(LOAD_TIME, performance.now() - startedAt);
      while (answers.length < (elapsed / 1_000) * rate) answers.push(ask(answers.length));
      probes.push(call(`${gateway.url}/healthz`));
      if (elapsed < LOAD_TIME) return;
      clearInterval(timer);
      resolve();
    }, 10);
  });
  return { answers, probes, offered };
}

/** What is wrong with an answer that should be a 200, or a refusal that says when to come again. */
function refusalFaults(given: Answer): string[] {
  const { status, headers } = given;
  if (status === 200) return [];
  const faults = ['429', '503', '529'].includes(`${status}`) ? [] : [`status ${status}`];
  if (!/^[1-9]\d*$/.test(headers['retry-after'] ?? '')) faults.push(`retry-after is ${headers['retry-after']}`);
  const error = objectAt(given.json(), 'error') ?? {};
  if (given.json()['type'] === 'error') faults.push(...shapeFaults(given));
  else if (status !== 503 || error['code'] !== 'overloaded' || !error['message']) faults.push(given.text);
  return faults;
}

/** Resolves once no more fits. */
function saturated(): Promise<true> {
  return waitFor('every place and the queue to be taken', async () => {
    const figures = await loadFigures();
    return figures['places_taken'] === PLACES && figures['queue_length'] === QUEUE;
  });
}

/** The gauges of the load, by their name without prefix. */
async function loadFigures(): Promise<Record<string, number>> {
  const { text } = await call(`${gateway.url}/metrics`);
  const lines = text.matchAll(/^ezmodel_(queue_length|places_taken|places|open_requests) (\S+)$/gm);
  return Object.fromEntries([...lines].map(([, name = '', value]) => [name, Number(value)]));
}

/** How many were refused, by reason. */
async function refusals(): Promise<Record<string, number>> {
  const { text } = await call(`${gateway.url}/metrics`);
  const lines = text.matchAll(/^ezmodel_overload_refusals_total\{reason="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...lines].map(([, reason = '', count]) => [reason, Number(count)]));
}

function openDescriptors(): number {
  return readdirSync(`/proc/${gateway.pid}/fd`).length;
}
