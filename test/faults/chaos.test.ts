import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TrueUsage } from '../support/anthropic-stream.ts';
import { wholeMessage } from '../support/anthropic-stream.ts';
import type { Answer, LiveAnswer } from '../support/call.ts';
import { type CrewUnderTest, startCrew } from '../support/crew-under-test.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { channelConfig, counter, type UsageRow } from '../support/gateway.ts';
import { seededRandom } from '../support/rechunk.ts';
import { answerAsTold, billedFor, orderOf, WORDS } from '../support/told-streams.ts';
import { waitFor, within } from '../support/wait.ts';

/** `npm run chaos` is the long run: 8 processes, 1,600 requests, 200 kills. */
const FULL = process.env['EZMODEL_CHAOS'] === 'full';
const PROCESSES = FULL ? 8 : 2;
const REQUESTS = FULL ? 1_600 : 240;
const ROUNDS = Number(process.env['EZMODEL_CHAOS_ROUNDS'] ?? (FULL ? 200 : 20));
/** Of which process is killed when: another one for each run of several that make up a long one. */
const SEED = Number(process.env['EZMODEL_CHAOS_SEED'] ?? 7);
/** Streams of a round: every other one ends before the kill. */
const LIVE = 20;
/** Nothing comes any more of an answer that has not begun after this, in ms: its process has died, or is being replaced. */
const LOST = 10_000;

const MODEL = 'claude-opus-5';
/** USD per million tokens: output dominates, so what a request costs is close to what it could. */
const PRICES = { input: 1, output: 1_000 };
const USAGE = { input: 20, output: 10 };
const COST = USAGE.input * 1_000 + USAGE.output * 1_000_000;
/** Each request goes to another process. */
const CLOSE = { connection: 'close' };

let upstream: FakeUpstream;
beforeAll(async () => {
  upstream = await FakeUpstream.start();
});
afterAll(() => upstream?.stop());

describe.each(['sqlite', 'postgres'] as const)('%s', (kind) => {
  let crew: CrewUnderTest;
  beforeAll(async () => {
    upstream.reset();
    // So short that processes which only wait for a processor are taken for dead: that must change nothing.
    const more = `prices: ${JSON.stringify({ [MODEL]: PRICES })}\nserver: { node_lease: 2s, max_queue_wait: 30s }\n`;
    const config = channelConfig({ url: upstream.url, apiKey: upstream.apiKey, more });
    crew = await startCrew(kind, { config, processes: PROCESSES });
  }, 300_000);
  afterAll(() => crew?.dispose());

  /** Runs a command that must succeed, on the first node. */
  async function command(...args: string[]): Promise<string> {
    const result = await crew.nodes[0]?.command(...args);
    if (result?.code !== 0) throw new Error(`${args.join(' ')}: ${result?.stdout}${result?.stderr}`);
    return result.stdout;
  }

  async function budget(name: string): Promise<{ spent_nano_usd: number; reserved_nano_usd: number }> {
    const all: { name: string; spent_nano_usd: number; reserved_nano_usd: number }[] = JSON.parse(
      await command('budgets', 'list', '--json'),
    );
    const found = all.find((each) => each.name === name);
    if (found === undefined) throw new Error(`there is no budget ${name}`);
    return found;
  }

  test(`S12 G6 ${PROCESSES} processes, ${REQUESTS} requests at once on money for half: overshoot 0, nothing stays held, 99 % usable`, {
    timeout: 120_000 + REQUESTS * 300,
  }, async () => {
    upstream.fallback = (reply) => {
      reply.bill(USAGE);
      reply.json(200, wholeMessage({ model: MODEL, usage: USAGE }));
    };
    const node = crew.next();
    const { key } = await node.createKey('racers');
    const amount = (REQUESTS / 2) * COST;
    await command('budgets', 'set', 'race', '--key', 'racers', '--amount', String(amount / 1e9), '--period', 'day');
    const body = { model: MODEL, max_tokens: USAGE.output, messages: [{ role: 'user', content: 'hello' }] };
    /** As a client's library does, again when the gateway has too much to do or does not know the key yet. */
    const ask = async (): Promise<Answer> => {
      for (;;) {
        const answer = await crew.next().messages(body, { 'x-api-key': key, ...CLOSE });
        if (![401, 429, 503, 529].includes(answer.status)) return answer;
      }
    };
    const answers = await Promise.all(Array.from({ length: REQUESTS }, ask));
    const served = () => answers.filter(({ status }) => status === 200).length;
    expect(answers.filter(({ status }) => status === 402)).toHaveLength(REQUESTS - served());
    const inCrowd = served();
    for (;;) {
      const answer = await ask();
      if (answer.status === 402) break;
      answers.push(answer);
    }
    const status = await waitFor('holds to be given back', async () => {
      const now = await budget('race');
      return now.reserved_nano_usd === 0 && now;
    });
    expect(upstream.calls).toHaveLength(served());
    expect(status.spent_nano_usd).toBe(served() * COST);
    expect(status.spent_nano_usd).toBeLessThanOrEqual(amount);
    expect(status.spent_nano_usd).toBeGreaterThanOrEqual(0.99 * amount);
    await command('doctor');
    const share = ((100 * inCrowd * COST) / amount).toFixed(1);
    process.stdout.write(
      `${kind}: ${PROCESSES} processes, ${REQUESTS} requests: overshoot 0, held 0, ${share} % spent by the crowd, ` +
        `${((100 * status.spent_nano_usd) / amount).toFixed(2)} % in all\n`,
    );
  });

  test(`S1 S11 S18 G1 G3 ${ROUNDS} kills over all processes: ledger = exchanges = counters = what the upstream billed`, {
    timeout: 120_000 + ROUNDS * 20_000,
  }, async () => {
    upstream.reset();
    upstream.fallback = answerAsTold;
    const before = (await usage()).rows.length;
    await command('budgets', 'set', 'all', '--tag', 'chaos', '--amount', '1000000', '--period', 'prepaid', '--soft');
    const random = seededRandom(SEED);
    const truths = new Map<string, { billed: TrueUsage; isFinished: boolean }>();
    let sent = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const live: LiveAnswer[] = [];
      const finished = (await Promise.all(Array.from({ length: LIVE / 2 }, finish))).flat();
      await waitFor('the settlements', () => crew.areSettled(finished.map(idOf)));
      for (const answer of finished) remember(truths, answer, true);
      const asked = Array.from({ length: LIVE / 2 }, () => open('stop', 1 + Math.floor(random() * WORDS)));
      let lost = 0;
      for (const asking of asked) {
        const follow = async (): Promise<void> => {
          const answer = await asking;
          live.push(answer);
          await answer.ended;
          if (!billedFor(upstream, answer)) throw new Error('it ended before it had begun');
        };
        follow().catch(() => lost++);
      }
      sent += LIVE;
      const enough = Math.floor(random() * LIVE) / 2;
      // Not more of them than have not been lost: a worker may die of an earlier kill with what it was given.
      const begun = () => live.filter((answer) => billedFor(upstream, answer)).length;
      await waitFor('some streams', () => begun() >= Math.min(enough, LIVE / 2 - lost), 60_000);
      await crew.killOne(random);
      await Promise.allSettled(asked.map((asking) => within('an answer', asking, LOST)));
      for (const answer of live) {
        remember(truths, answer, false);
        answer.abort();
      }
    }
    const { rows, totals } = await waitFor(
      'everything to be settled',
      async () => {
        const report = await usage();
        return report.rows.every((row) => row['status'] !== 'open') && report;
      },
      60_000,
    );
    const ours = rows.filter((row) => truths.has(String(row['request_id'])));
    expect(new Set(rows.map((row) => row['request_id'])).size).toBe(rows.length);
    expect(ours).toHaveLength(truths.size);
    expect(rows.length - before).toBeGreaterThanOrEqual(upstream.calls.length);
    expect(rows.length - before).toBeLessThanOrEqual(sent);
    expect(ours.flatMap((row) => wrongFigures(row, truths.get(String(row['request_id']))))).toEqual([]);
    const cost = rows.filter((row) => Number(row['input_tokens']) !== USAGE.input).map((row) => costOf(row));
    expect(await budget('all')).toMatchObject({
      spent_nano_usd: cost.reduce((sum, each) => sum + each, 0),
      reserved_nano_usd: 0,
    });
    expect(totals['exchanges']).toBe(rows.length);
    await command('doctor');
    process.stdout.write(
      `${kind}: ${ROUNDS} kills, ${rows.length - before} exchanges, ${upstream.calls.length} calls, ${truths.size} seen by ` +
        'clients: none lost, none twice\n',
    );
  });

  /** A whole answer; none where the connection was lost with the process that it went to. */
  async function finish(): Promise<LiveAnswer[]> {
    const answer = await within('an answer', open('finish'), LOST).catch(() => undefined);
    return (await answer?.ended) === 'complete' && answer ? [answer] : [];
  }

  async function open(order: 'finish' | 'stop', words?: number): Promise<LiveAnswer> {
    const body = { model: MODEL, max_tokens: 1024, messages: [{ role: 'user', content: orderOf(order, words) }] };
    const headers = { 'x-ezmodel-tags': 'chaos', ...CLOSE };
    // As a load balancer does: a node whose workers are all being replaced does not listen, and the next one is asked.
    for (let tries = 1; ; tries++) {
      try {
        return await crew.next().stream(body, headers);
      } catch (error) {
        if (tries === crew.nodes.length || !isRefused(error)) throw error;
      }
    }
  }

  async function usage() {
    return (crew.nodes[0] ?? crew.next()).usage();
  }

  function remember(
    truths: Map<string, { billed: TrueUsage; isFinished: boolean }>,
    answer: LiveAnswer,
    isFinished: boolean,
  ) {
    const billed = billedFor(upstream, answer);
    if (billed) truths.set(idOf(answer), { billed, isFinished });
  }
});

function isRefused(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
}

function idOf(answer: LiveAnswer): string {
  return answer.headers['request-id'] ?? '';
}

function costOf(row: UsageRow): number {
  return counter(row, 'cost_nano_usd');
}

/** What is wrong with a row, held against the truth. */
function wrongFigures(row: UsageRow, truth: { billed: TrueUsage; isFinished: boolean } | undefined): string[] {
  if (truth === undefined) return [];
  const [input, output] = [counter(row, 'input_tokens'), counter(row, 'output_tokens')];
  const id = String(row['request_id']);
  if (!truth.isFinished) return row['partial'] === true ? [] : [`${id}: was cut and does not say so`];
  const isExact = input === truth.billed.input && output === truth.billed.output && row['partial'] === false;
  return isExact ? [] : [`${id}: ${input} in, ${output} out of ${truth.billed.input}, ${truth.billed.output}`];
}
