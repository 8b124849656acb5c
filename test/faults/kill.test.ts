import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TrueUsage, textStream } from '../support/anthropic-stream.ts';
import type { LiveAnswer } from '../support/call.ts';
import { FakeUpstream, type UpstreamReply } from '../support/fake-upstream.ts';
import { channelConfig, counter, type Gateway, startGateway, type UsageRow } from '../support/gateway.ts';
import { seededRandom } from '../support/rechunk.ts';
import { waitFor } from '../support/wait.ts';

/** `EZMODEL_KILL_ROUNDS=200` is the long run. */
const ROUNDS = Number(process.env['EZMODEL_KILL_ROUNDS'] ?? 20);
const LIVE = 50;
const FINISHED = 10;
const WORDS = 400;
/** Largest error of an estimated output, in tokens (`reliability.md` G2). */
const TOLERANCE = 256;

let upstream: FakeUpstream;
let gateway: Gateway;
const random = seededRandom(Number(process.env['EZMODEL_KILL_SEED'] ?? 9));

beforeAll(async () => {
  upstream = await FakeUpstream.start();
  upstream.fallback = answerAsTold;
  gateway = await startGateway({ config: channelConfig({ url: upstream.url, apiKey: upstream.apiKey }) });
});

afterAll(async () => {
  await gateway?.dispose();
  await upstream?.stop();
});

test(`S1 G1 ${ROUNDS} kills under ${LIVE} live streams lose no row and double none`, {
  timeout: 60_000 + ROUNDS * 10_000,
}, async () => {
  /** Request ids that a client has seen, with what the upstream billed for them. */
  const seen = new Map<string, { billed: TrueUsage; finished: boolean }>();
  let sent = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const finished = await Promise.all(Array.from({ length: FINISHED }, () => ask(`finish ${WORDS}`)));
    await Promise.all(finished.map((answer) => answer.whole()));
    const asked = Array.from({ length: LIVE }, () => ask(`stop ${1 + Math.floor(random() * WORDS)}`));
    sent += FINISHED + LIVE;
    const live = await reachedAtSomePoint(asked, round);
    await gateway.kill9();
    for (const answer of finished) remember(answer, true);
    for (const answer of live) remember(answer, false);
    await Promise.allSettled(asked);
    await gateway.start();
    await gateway.waitForKey(gateway.key, true, 5_000);
  }
  const { rows, totals } = await gateway.usage();
  const ids = rows.map((row) => String(row['request_id']));
  expect(new Set(ids).size).toBe(ids.length);
  expect(rows.filter((row) => row['status'] === 'open')).toEqual([]);
  expect([...seen.keys()].filter((id) => !ids.includes(id))).toEqual([]);
  expect(rows.length).toBeGreaterThanOrEqual(upstream.calls.length);
  expect(rows.length).toBeLessThanOrEqual(sent);
  expect(rows.flatMap((row) => wrongFigures(row, seen.get(String(row['request_id']))))).toEqual([]);
  expect(totals['exchanges']).toBe(rows.length);
  expect((await gateway.command('doctor')).code).toBe(0);

  function remember(answer: LiveAnswer, isFinished: boolean): void {
    const upstreamCall = upstream.calls.find((one) => answer.received.includes(`msg_of_call_${one.number}_`));
    const billed = upstreamCall?.billed;
    if (billed) seen.set(answer.headers['request-id'] ?? '', { billed, finished: isFinished });
  }
});

/** Streams a word a token: so many of them, each billed as it goes out; then the end, or nothing more. */
async function answerAsTold(reply: UpstreamReply): Promise<void> {
  const [, order, words] = /"content":"(\w+) (\d+)"/.exec(reply.call.body.toString()) ?? [];
  const usage = { input: 1_000 + reply.call.number, output: WORDS };
  const parts = { id: `msg_of_call_${reply.call.number}_`, model: 'claude-opus-5', usage };
  const events = textStream(
    parts,
    Array.from({ length: WORDS }, () => 'word '),
  );
  await reply.streamHead();
  for (const [at, event] of events.entries()) {
    reply.bill({ ...usage, output: Math.min(WORDS, Math.max(0, at - 1)) });
    await reply.chunk(event);
    if (order === 'stop' && at > Number(words)) return;
  }
  await reply.endChunks();
}

/** In even rounds every stream runs when the kill comes; in odd ones it comes while they are still being set up. */
async function reachedAtSomePoint(asked: Promise<LiveAnswer>[], round: number): Promise<LiveAnswer[]> {
  const live: LiveAnswer[] = [];
  for (const asking of asked) void asking.then((answer) => live.push(answer)).catch(() => undefined);
  const enough = round % 2 === 0 ? LIVE : Math.floor(random() * LIVE);
  await waitFor('the streams', () => live.length >= enough);
  if (round % 2 === 0)
    await waitFor('content of each', () => live.every((answer) => answer.received.includes('text_delta')));
  return live;
}

function ask(content: string): Promise<LiveAnswer> {
  return gateway.stream({ model: 'claude-opus-5', max_tokens: 1024, messages: [{ role: 'user', content }] });
}

/** What is wrong with a row, held against the truth. */
function wrongFigures(row: UsageRow, truth: { billed: TrueUsage; finished: boolean } | undefined): string[] {
  if (!truth) return [];
  const [input, output] = [counter(row, 'input_tokens'), counter(row, 'output_tokens')];
  const wrong: string[] = [];
  if (truth.finished) {
    if (input !== truth.billed.input || output !== truth.billed.output) wrong.push(`finished: ${input}/${output}`);
    if (row['partial'] !== false || row['estimated'] !== false) wrong.push('finished, yet flagged');
  } else {
    if (Math.abs(output - truth.billed.output) > Math.max(TOLERANCE, truth.billed.output * 0.05)) {
      wrong.push(`killed: output ${output} of ${truth.billed.output}`);
    }
    if (row['partial'] !== true || row['estimated'] !== true) wrong.push('killed, yet not flagged');
  }
  return wrong.map((fault) => `${String(row['request_id'])}: ${fault}`);
}
