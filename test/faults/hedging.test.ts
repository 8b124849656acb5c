import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isJsonObject, type JsonObject } from '../../src/core/json.ts';
import { textStream, wholeMessage } from '../support/anthropic-stream.ts';
import { type Answer, call } from '../support/call.ts';
import { FakeUpstream, type Script } from '../support/fake-upstream.ts';
import { counter, type Gateway, startGateway } from '../support/gateway.ts';
import { gate, waitFor, within } from '../support/wait.ts';

const SLOW = { model: 'claude-opus-5', usage: { input: 30, output: 12 } };
const FAST = { model: 'claude-opus-5', usage: { input: 31, output: 13 } };
const SLOW_STREAM = textStream(SLOW, ['slow ', 'answer']);
const FAST_STREAM = textStream(FAST, ['fast ', 'answer']);

let first: FakeUpstream;
let second: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  [first, second] = [await FakeUpstream.start(), await FakeUpstream.start()];
  const channels = [
    { name: 'first', url: first.url, priority: 0 },
    { name: 'second', url: second.url, priority: 1 },
  ].map(({ url, ...rest }) => ({
    ...rest,
    provider: 'anthropic',
    base_url: url,
    api_key: first.apiKey,
    models: ['*'],
  }));
  const hedging = { enabled: true, after: '80ms', floor: '1ms', max_share: 1 };
  const off = { hedging: { enabled: false } };
  const p95 = { model: 'claude-opus-5', hedging: { after: 'p95', floor: '60ms' } };
  const once = { model: 'claude-opus-5', hedging: { max_share: 0.01 } };
  gateway = await startGateway({
    config: [
      `channels: ${JSON.stringify(channels)}`,
      `models: ${JSON.stringify({ unhedged: { model: 'claude-opus-5', ...off }, learning: p95, rarely: once })}`,
      `routing: ${JSON.stringify({ hedging, affinity: false })}`,
    ].join('\n'),
  });
});

beforeEach(() => {
  first.reset();
  second.reset();
});

afterAll(async () => {
  await gateway?.dispose();
  await first?.stop();
  await second?.stop();
});

describe('G12 a second attempt beside a slow one', () => {
  test('has the client when it is the first with content; the slow one is cancelled and charged for what it read', async () => {
    first.next(startOnly);
    second.next((reply) => reply.stream(FAST_STREAM));
    const answer = await (await gateway.stream(ask())).whole();
    expect(answer.text).toBe(Buffer.concat(FAST_STREAM).toString());
    expect(answer.headers['x-ezmodel-route']).toBe('first=hedged_out, second');
    const lost = first.onlyCall();
    await within('the slow call to be cancelled', lost.closed);
    expect(lost.closedBy).toBe('gateway');
    const [slow, fast] = await attemptsOf(answer);
    expect(slow).toMatchObject({
      channel: 'first',
      status: 'aborted',
      error_kind: 'hedged_out',
      partial: true,
      estimated: true,
    });
    expect(slow).toMatchObject({ input: 30 });
    expect(fast).toMatchObject({
      channel: 'second',
      status: 'ok',
      partial: false,
      estimated: false,
      input: 31,
      output: 13,
    });
    expect(fast?.['reason']).toMatch(/^hedge after 80 ms of first: /);
    const row = await gateway.settledRow(idOf(answer));
    expect(row).toMatchObject({ status: 'ok', channel: 'second' });
    expect(counter(row, 'input_tokens')).toBe(61);
  });

  test('is cancelled when the first one is sooner after all', async () => {
    const goOn = gate();
    first.next(async (reply) => {
      await goOn.promise;
      await reply.stream(SLOW_STREAM);
    });
    second.next(startOnly);
    const asked = gateway.stream(ask());
    const hedge = await second.arrived();
    goOn.open();
    const answer = await (await asked).whole();
    expect(answer.text).toBe(Buffer.concat(SLOW_STREAM).toString());
    expect(answer.headers['x-ezmodel-route']).toBe('first, second=hedged_out');
    await within('the hedge to be cancelled', hedge.closed);
    expect(await gateway.settledRow(idOf(answer))).toMatchObject({ channel: 'first', status: 'ok' });
    const [slow, fast] = await attemptsOf(answer);
    expect([slow?.['status'], fast?.['error_kind']]).toEqual(['ok', 'hedged_out']);
  });

  test('is not begun where the model does not want it, nor while the first answers in time', async () => {
    const goOn = gate();
    first.next(async (reply) => {
      await goOn.promise;
      await reply.stream(SLOW_STREAM);
    });
    const unhedged = gateway.stream({ ...ask(), model: 'unhedged' });
    await first.arrived();
    // One that is hedged comes and goes meanwhile: by then the other one would have been hedged as well.
    await hedged();
    goOn.open();
    expect((await (await unhedged).whole()).text).toContain('slow ');
    expect(second.calls).toHaveLength(1);
    first.fallback = (reply) => reply.stream(SLOW_STREAM);
    for (let count = 0; count < 5; count++) await (await gateway.stream(ask())).whole();
    expect(second.calls).toHaveLength(1);
  });

  test('gives whole answers likewise: the first that is complete', async () => {
    first.next(() => undefined);
    second.next((reply) => reply.json(200, wholeMessage(FAST)));
    const answer = await gateway.messages(ask());
    expect(answer.json()['usage']).toMatchObject({ input_tokens: 31 });
    const [slow] = await attemptsOf(answer);
    expect(slow).toMatchObject({ error_kind: 'hedged_out', estimated: true, output: 0 });
    expect(Number(slow?.['input'])).toBeGreaterThan(0);
    await within('the slow call to be cancelled', first.onlyCall().closed);
  });

  test('carries on alone when the first one fails, and the other way round', async () => {
    const failing = gate();
    first.next((reply) => failing.promise.then(() => reply.error(529, 'overloaded_error', 'x')));
    second.next((reply) => failing.promise.then(() => reply.stream(FAST_STREAM)));
    const asked = gateway.stream(ask());
    await second.arrived();
    failing.open();
    const answer = await (await asked).whole();
    expect(answer.text).toBe(Buffer.concat(FAST_STREAM).toString());
    first.reset();
    second.reset();
    const goOn = gate();
    first.next((reply) => goOn.promise.then(() => reply.stream(SLOW_STREAM)));
    second.next((reply) => reply.error(529, 'overloaded_error', 'x'));
    const other = gateway.stream(ask());
    await within('the hedge to fail', second.arrived());
    goOn.open();
    const served = await (await other).whole();
    expect(served.text).toBe(Buffer.concat(SLOW_STREAM).toString());
    expect(await gateway.settledRow(idOf(served))).toMatchObject({ channel: 'first', status: 'ok' });
  });

  test('fails as one request when both fail', async () => {
    const failing = gate();
    const fails: Script = (reply) =>
      failing.promise.then(() => reply.error(529, 'overloaded_error', 'x', { 'x-should-retry': 'false' }));
    first.fallback = fails;
    second.fallback = fails;
    const asked = gateway.messages(ask());
    await second.arrived();
    failing.open();
    const answer = await asked;
    expect(answer.status).toBe(529);
    expect(await attemptsOf(answer)).toHaveLength(2);
  });

  test('C1 a client that goes ends both, and both are charged', async () => {
    first.next(startOnly);
    second.next(startOnly);
    const client = sendRaw();
    await second.arrived();
    client.destroy();
    const calls = [first.onlyCall(), second.onlyCall()];
    await within('both calls to be closed', Promise.all(calls.map(({ closed }) => closed)));
    expect(calls.map(({ closedBy }) => closedBy)).toEqual(['gateway', 'gateway']);
    const row = await waitFor('the row', async () =>
      (await gateway.usage()).rows.find((each) => each['status'] === 'aborted'),
    );
    const attempts = await attemptsOf(String(row['request_id']));
    expect(attempts.map(({ status, error_kind: kind }) => [status, kind])).toEqual([
      ['aborted', 'aborted'],
      ['aborted', 'aborted'],
    ]);
    for (const { input } of attempts) expect(Number(input)).toBeGreaterThan(0);
  });

  test('waits as long as 19 of 20 answers took, once that is known', async () => {
    first.fallback = (reply) => reply.stream(SLOW_STREAM);
    const learning = { ...ask(), model: 'learning' };
    for (let count = 0; count < 20; count++) await (await gateway.stream(learning)).whole();
    first.next(() => undefined);
    second.next((reply) => reply.stream(FAST_STREAM));
    const answer = await (await gateway.stream(learning)).whole();
    expect(answer.text).toContain('fast ');
    const [, fast] = await attemptsOf(answer);
    expect(fast?.['reason']).toMatch(/^hedge after \d+ ms of first: /);
  });

  test('costs no more than its share', async () => {
    const goOn = gate();
    first.fallback = (reply) => goOn.promise.then(() => reply.stream(SLOW_STREAM));
    second.fallback = (reply) => reply.stream(FAST_STREAM);
    const asked = Array.from({ length: 10 }, () => gateway.stream({ ...ask(), model: 'rarely' }));
    // What is scripted below is for the one that comes then, and for none of these.
    await waitFor('all to be asked, and one to be hedged', () => first.calls.length === 10 && second.calls.length > 0);
    await hedged();
    goOn.open();
    await Promise.all(asked.map(async (stream) => (await stream).whole()));
    expect(second.calls).toHaveLength(2);
  });

  test('shows in the metrics', async () => {
    const before = await figures();
    await hedged();
    const after = await waitFor('the cost to be counted', async () => {
      const now = await figures();
      return now.wasted > before.wasted && now;
    });
    expect([after.started - before.started, after.won - before.won]).toEqual([1, 1]);
  });

  test('G6 is held of budgets beside the slow one, and left out where they have no room for both', async () => {
    const budget = async (name: string, amount: number) => {
      const made = await gateway.command(
        'budgets',
        'set',
        name,
        '--tag',
        name,
        '--amount',
        amount.toFixed(9),
        '--json',
      );
      expect(made.code, made.stderr).toBe(0);
    };
    const held = async (name: string) => {
      const { stdout } = await gateway.command('budgets', 'list', '--json');
      const found = [JSON.parse(stdout)].flat().find((each) => each.name === name);
      return Number(found.reserved_nano_usd);
    };
    await budget('roomy', 5);
    const goOn = gate();
    first.fallback = (reply) => goOn.promise.then(() => reply.error(529, 'overloaded_error', 'x'));
    const one = gateway.messages({ ...ask(), model: 'unhedged' }, { 'x-ezmodel-tags': 'roomy' });
    await first.arrived();
    const heldForOne = await held('roomy');
    second.next((reply) => goOn.promise.then(() => reply.json(200, wholeMessage(FAST))));
    const two = gateway.messages(ask(), { 'x-ezmodel-tags': 'roomy' });
    await second.arrived();
    expect(await held('roomy')).toBeGreaterThan(2.9 * heldForOne);
    await budget('tight', (1.5 * heldForOne) / 1e9);
    const calls = first.calls.length;
    const three = gateway.messages(ask(), { 'x-ezmodel-tags': 'tight' });
    await waitFor('the third call', () => first.calls.length > calls);
    // One that is hedged comes meanwhile: by then that one would have been hedged as well.
    second.next((reply) => goOn.promise.then(() => reply.json(200, wholeMessage(FAST))));
    const four = gateway.messages(ask(), { 'x-ezmodel-tags': 'roomy' });
    await waitFor('its hedge', () => second.calls.length > 1);
    expect(second.calls).toHaveLength(2);
    second.fallback = (reply) => reply.json(200, wholeMessage(FAST));
    goOn.open();
    const answers = await Promise.all([one, two, three, four]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(answers[2]?.headers['x-ezmodel-route']).toBe('first=overloaded, second');
  });
});

/** What the gateway does with a request that it hedges, and that the hedge serves. */
async function hedged(): Promise<Answer> {
  first.next(startOnly);
  second.next((reply) => reply.stream(FAST_STREAM));
  return (await gateway.stream(ask())).whole();
}

/** Says what it has read, and then nothing more. */
const startOnly: Script = async (reply) => {
  await reply.streamHead();
  for (const event of SLOW_STREAM.slice(0, 2)) await reply.chunk(event);
};

function ask(): JsonObject {
  return { model: 'claude-opus-5', max_tokens: 64, messages: [{ role: 'user', content: 'hi' }] };
}

/** A client that can go before it has been answered. */
function sendRaw(): Socket {
  const body = JSON.stringify({ ...ask(), stream: true });
  const headers = Object.entries(gateway.headers({ 'content-length': `${body.length}` }));
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const socket = connect(gateway.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(`POST /v1/messages HTTP/1.1\r\nHost: x\r\n${lines}\r\n${body}`);
  return socket;
}

function idOf({ headers }: Answer): string {
  return headers['request-id'] ?? '';
}

/** The attempts of an exchange as `exchange ID` shows them, once it is settled. */
async function attemptsOf(answer: Answer | string): Promise<JsonObject[]> {
  const id = typeof answer === 'string' ? answer : idOf(answer);
  await gateway.settledRow(id);
  const { stdout } = await gateway.command('exchange', id, '--json');
  const shown: unknown = JSON.parse(stdout);
  const attempts = isJsonObject(shown) ? shown['attempts'] : undefined;
  return Array.isArray(attempts) ? attempts.filter(isJsonObject) : [];
}

async function figures(): Promise<{ started: number; won: number; wasted: number }> {
  const { text } = await call(`${gateway.url}/metrics`);
  const figure = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
  return {
    started: figure('ezmodel_hedges_total\\{stage="started"\\}'),
    won: figure('ezmodel_hedges_total\\{stage="won"\\}'),
    wasted: figure('ezmodel_hedges_wasted_nano_usd_total'),
  };
}
