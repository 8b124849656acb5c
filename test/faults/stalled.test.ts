import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { textStream, wholeMessage } from '../support/anthropic-stream.ts';
import type { Answer, LiveAnswer } from '../support/call.ts';
import { type CrewUnderTest, startCrew } from '../support/crew-under-test.ts';
import { FakeUpstream, type UpstreamReply } from '../support/fake-upstream.ts';
import { channelConfig, type Gateway } from '../support/gateway.ts';
import { type Gate, gate, waitFor } from '../support/wait.ts';

const MODEL = 'claude-opus-5';
/** USD per million tokens: output is nearly all, so what a request costs is nearly what it could. */
const PRICES = { input: 0.001, output: 1_000 };
const USAGE = { input: 20, output: 10 };
const COST = USAGE.input + USAGE.output * 1_000_000;
/** What the budget has money for, and how many of them run while their process stands still. */
const CALLS = 8;
const RUNNING = 4;
const STREAM = textStream({ model: MODEL, usage: USAGE }, ['one ', 'two ', 'three ']);

let upstream: FakeUpstream;
beforeAll(async () => {
  upstream = await FakeUpstream.start();
});
afterAll(() => upstream?.stop());

/** A process that stands still for longer than its lease, as one that was stopped or whose machine slept. */
describe.each(['sqlite', 'postgres'] as const)('%s', (kind) => {
  let crew: CrewUnderTest;
  let goOn: Gate;
  beforeAll(async () => {
    upstream.reset();
    goOn = gate();
    upstream.fallback = answer;
    const more = `prices: ${JSON.stringify({ [MODEL]: PRICES })}\nserver: { node_lease: 3s }\n`;
    const config = channelConfig({ url: upstream.url, apiKey: upstream.apiKey, more });
    // Who settles for the one that stands still is a supervisor.
    crew = await startCrew(kind, { config, processes: kind === 'sqlite' ? 1 : 3, sizes: [1, 2] });
  }, 120_000);
  afterAll(() => crew?.dispose());

  /** Half an answer, and the rest when the test says so; each is billed whole. */
  async function answer(reply: UpstreamReply): Promise<void> {
    reply.bill(USAGE);
    if (reply.call.json?.['stream'] !== true) {
      await goOn.promise;
      return reply.json(200, wholeMessage({ model: MODEL, usage: USAGE }));
    }
    await reply.streamHead();
    for (const event of STREAM.slice(0, 4)) await reply.chunk(event);
    await goOn.promise;
    for (const event of STREAM.slice(4)) await reply.chunk(event);
    await reply.endChunks();
  }

  const body = { model: MODEL, max_tokens: USAGE.output, messages: [{ role: 'user', content: 'hello' }] };

  /** As many whole answers as streams, all of them half way. */
  async function run(
    node: Gateway,
    key: string,
    count: number,
  ): Promise<{ whole: Promise<Answer>[]; live: LiveAnswer[] }> {
    const headers = { 'x-api-key': key };
    const before = upstream.calls.length;
    const whole = Array.from({ length: count / 2 }, () => node.messages(body, headers));
    const live = await Promise.all(Array.from({ length: count / 2 }, () => node.stream(body, headers)));
    await Promise.all(live.map((stream) => stream.until('two')));
    await waitFor('the calls', () => upstream.calls.length === before + count);
    return { whole, live };
  }

  async function command(node: Gateway, ...args: string[]): Promise<string> {
    const result = await node.command(...args);
    if (result.code !== 0) throw new Error(`${args.join(' ')}: ${result.stdout}${result.stderr}`);
    return result.stdout;
  }

  const crashed = async (node: Gateway) =>
    (await node.usage()).rows.filter(({ status }) => status === 'crashed').length;

  test('S18 a process stands still beyond its lease while it has calls out: no hard budget is overrun, and once it is back the ledger has what the upstream billed', {
    timeout: 180_000,
  }, async () => {
    const [stalled, other] = [crew.next(), crew.nodes[1]];
    const { key } = await stalled.createKey('spender');
    const { key: free } = await stalled.createKey('free');
    const amount = (CALLS + 0.5) * COST;
    const setBudget = (name: string, ofKey: string, ...more: string[]) =>
      command(stalled, 'budgets', 'set', name, '--key', ofKey, '--period', 'day', '--amount', ...more);
    await setBudget('all', 'spender', String(amount / 1e9));
    await setBudget('soft', 'free', '100', '--soft');
    const bound = await run(stalled, key, RUNNING);
    const unbound = await run(stalled, free, 2);

    stalled.signal('SIGSTOP');
    goOn.open();
    let spentByOther = 0;
    if (other) {
      await waitFor('the others to settle what no hard budget holds', async () => (await crashed(other)) === 2, 60_000);
      for (; (await other.messages(body, { 'x-api-key': key })).status === 200; ) spentByOther++;
      expect(spentByOther).toBe(CALLS - RUNNING);
    }
    stalled.signal('SIGCONT');

    for (const { whole, live } of [bound, unbound]) {
      for (const { status } of await Promise.all(whole)) expect(status).toBe(200);
      expect(await Promise.all(live.map(({ ended }) => ended))).not.toContain('cut');
    }
    const { rows, totals } = await waitFor('the truth', async () => {
      const report = await stalled.usage();
      return report.rows.every(({ status }) => status === 'ok') && report;
    });
    const billed = upstream.calls.length;
    expect(billed).toBe(RUNNING + 2 + spentByOther);
    expect(totals).toMatchObject({
      ...{ exchanges: billed, input_tokens: billed * USAGE.input, output_tokens: billed * USAGE.output },
      cost_nano_usd: billed * COST,
    });
    expect(rows.filter((row) => row['estimated'] === true || row['partial'] === true)).toEqual([]);
    const budgets: { name: string }[] = JSON.parse(await command(stalled, 'budgets', 'list', '--json'));
    expect(Object.fromEntries(budgets.map((budget) => [budget.name, budget]))).toMatchObject({
      all: { spent_nano_usd: (billed - 2) * COST, reserved_nano_usd: 0 },
      soft: { spent_nano_usd: 2 * COST, reserved_nano_usd: 0 },
    });
    await command(stalled, 'doctor');
  });
});
