import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { wholeMessage } from '../support/anthropic-stream.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { channelConfig, type Gateway, startGateway } from '../support/gateway.ts';
import { waitFor } from '../support/wait.ts';

const MODEL = 'claude-opus-5';
/** USD per million tokens: output dominates, so what a request costs is close to what it could. */
const PRICES = { input: 1, output: 1_000 };
const USAGE = { input: 20, output: 10 };
const COST = USAGE.input * 1_000 + USAGE.output * 1_000_000;

let upstream: FakeUpstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await FakeUpstream.start('sk-ant-canary-upstream-credential');
  const more = `prices: ${JSON.stringify({ [MODEL]: PRICES })}\n`;
  gateway = await startGateway({ config: channelConfig({ url: upstream.url, apiKey: upstream.apiKey, more }) });
});

beforeEach(() => {
  upstream.reset();
  upstream.fallback = (reply) => {
    reply.bill(USAGE);
    reply.json(200, wholeMessage({ model: MODEL, usage: USAGE }));
  };
});

afterAll(async () => {
  await gateway?.dispose();
  await upstream?.stop();
});

const ask = (more: JsonObject = {}): JsonObject => ({
  model: MODEL,
  max_tokens: USAGE.output,
  messages: [{ role: 'user', content: 'hello' }],
  ...more,
});

/** Runs a command that must succeed. */
async function command(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await gateway.command(...args);
  if (code !== 0) throw new Error(`${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

type Status = {
  name: string;
  amount_nano_usd: number;
  spent_nano_usd: number;
  reserved_nano_usd: number;
  resets_at: number;
};

async function budget(name: string): Promise<Status> {
  const all: Status[] = JSON.parse(await command('budgets', 'list', '--json'));
  const found = all.find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no budget ${name}`);
  return found;
}

/** Waits until nothing is held any more. */
async function settled(name: string): Promise<Status> {
  let status = await budget(name);
  await waitFor('the reservations to be given back', async () => {
    status = await budget(name);
    return status.reserved_nano_usd === 0 || undefined;
  });
  return status;
}

describe('a hard budget is hard', { timeout: 60_000 }, () => {
  test('S12 G6 400 requests at once on money for 200: overshoot 0, reservations left 0, money usable 99 %', async () => {
    const { key } = await gateway.createKey('racers');
    const amount = (200 * COST) / 1e9;
    await command('budgets', 'set', 'race', '--key', 'racers', '--amount', String(amount), '--period', 'day');
    await gateway.waitForKey(key, true);
    const answers = await Promise.all(Array.from({ length: 400 }, () => gateway.messages(ask(), { 'x-api-key': key })));
    const served = answers.filter(({ status }) => status === 200).length;
    expect(answers.filter(({ status }) => status === 402)).toHaveLength(400 - served);
    expect(upstream.calls).toHaveLength(served);
    const status = await settled('race');
    expect(status.spent_nano_usd).toBe(served * COST);
    expect(status.spent_nano_usd).toBeLessThanOrEqual(200 * COST);
    expect(status.spent_nano_usd).toBeGreaterThanOrEqual(0.99 * 200 * COST);
    expect((await gateway.command('doctor')).code).toBe(0);
  });

  test.each([
    ['/v1/messages', 402, { type: 'error', error: { type: 'billing_error' } }],
    ['/v1/chat/completions', 429, { error: { type: 'insufficient_quota', code: 'insufficient_quota' } }],
  ])('a refusal on %s is %i, final, names the budget and its reset, and goes nowhere', async (path, status, body) => {
    await command('budgets', 'set', 'empty', '--tag', 'broke', '--amount', '0.000001', '--period', 'month');
    const answer = await gateway.send(path, { method: 'POST', body: ask(), headers: { 'x-ezmodel-tags': 'broke' } });
    expect(answer.status).toBe(status);
    expect(answer.json()).toMatchObject(body);
    expect(answer.headers['x-should-retry']).toBe('false');
    expect(answer.text).toMatch(/empty.* resets at \d{4}-\d\d-01T00:00:00/);
    expect(upstream.calls).toHaveLength(0);
  });

  test('a soft budget counts and refuses nothing; a prepaid one ends when its entries are spent', async () => {
    await command('budgets', 'set', 'soft', '--tag', 'soft', '--amount', '0.000001', '--soft');
    await command('budgets', 'set', 'paid', '--tag', 'paid', '--amount', '0.000001', '--period', 'prepaid');
    const send = (tags: string) => gateway.messages(ask(), { 'x-ezmodel-tags': tags });
    expect((await send('soft')).status).toBe(200);
    expect((await settled('soft')).spent_nano_usd).toBe(COST);
    expect((await send('soft,paid')).status).toBe(402);
    expect((await settled('soft')).spent_nano_usd).toBe(COST);
    await command('budgets', 'top-up', 'paid', '--amount', '1');
    expect((await send('paid')).status).toBe(200);
    expect(await settled('paid')).toMatchObject({
      amount_nano_usd: 1_000_001_000,
      spent_nano_usd: COST,
      left_nano_usd: 1_000_001_000 - COST,
      resets_at: null,
    });
    expect(JSON.parse(await command('budgets', 'entries', 'paid', '--json'))).toMatchObject([
      { amount_nano_usd: 1_000, note: 'first amount' },
      { amount_nano_usd: 1_000_000_000, note: 'top-up' },
    ]);
    expect(await command('budgets', 'list')).toMatch(/HELD +LEFT/);
  });

  test('malformed tags are refused by name', async () => {
    const answer = await gateway.messages(ask(), { 'x-ezmodel-tags': 'good,not good' });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('x-ezmodel-tags');
  });

  test('S1 a kill -9 gives back what was held, at the next start', async () => {
    await command('budgets', 'set', 'crash', '--tag', 'crash', '--amount', '5');
    upstream.fallback = () => new Promise(() => undefined);
    const lost = gateway.messages(ask(), { 'x-ezmodel-tags': 'crash' }).catch(() => undefined);
    await waitFor('the call', () => upstream.calls.length > 0 || undefined);
    expect((await budget('crash')).reserved_nano_usd).toBeGreaterThan(COST);
    await gateway.kill9();
    await lost;
    await gateway.start();
    const status = await settled('crash');
    expect(status.spent_nano_usd).toBeLessThan(COST);
    expect((await gateway.command('doctor')).code).toBe(0);
  });
});
