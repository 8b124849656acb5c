import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TrueUsage } from '../support/anthropic-stream.ts';
import { Books } from '../support/books.ts';
import type { LiveAnswer } from '../support/call.ts';
import { FakeUpstream } from '../support/fake-upstream.ts';
import { channelConfig, counter, type Gateway, startGateway, type UsageRow } from '../support/gateway.ts';
import { seededRandom } from '../support/rechunk.ts';
import { answerAsTold, billedFor, orderOf, WORDS } from '../support/told-streams.ts';
import { waitFor } from '../support/wait.ts';

/** `npm run kill-rounds` is the long run. */
const ROUNDS = Number(process.env['EZMODEL_KILL_ROUNDS'] ?? 6);
const LIVE = 50;
const FINISHED = 10;
/** What a client has seen of an exchange, and whether its tokens had been kept when the kill came. */
type Truth = { billed: TrueUsage; state: 'finished' | 'kept' | 'cut' };

/** Largest error of an estimated output, in tokens (`reliability.md` G2). */
const TOLERANCE = 256;

/** How long streams may take to begin on a busy machine, and a checkpoint that is made every second, in ms. */
const BEGIN_PATIENCE = 60_000;
const CHECKPOINT_PATIENCE = 5_000;

let upstream: FakeUpstream;
let gateway: Gateway;
/** Requests that went to the gateway. */
let sent = 0;
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
  /** By the request id that a client has seen. */
  const truths = new Map<string, Truth>();
  const books = new Books(gateway.dataDirectory);
  for (let round = 0; round < ROUNDS; round++) {
    const finished = await Promise.all(Array.from({ length: FINISHED }, () => ask(orderOf('finish'))));
    await Promise.all(finished.map((answer) => answer.whole()));
    await waitFor('the settlements', () => finished.every((answer) => books.settled(idOf(answer))));
    const asked = Array.from({ length: LIVE }, () => ask(orderOf('stop', 1 + Math.floor(random() * WORDS))));
    const live: LiveAnswer[] = [];
    for (const asking of asked) void asking.then((answer) => live.push(answer)).catch(() => undefined);
    const isKept = round % 2 === 0;
    if (isKept) await allKept(live, books);
    else await someSetUp(live);
    await gateway.kill9();
    for (const answer of finished) remember(truths, answer, 'finished');
    for (const answer of live) remember(truths, answer, isKept ? 'kept' : 'cut');
    await Promise.allSettled(asked);
    await gateway.start();
    await gateway.waitForKey(gateway.key, true, 5_000);
  }
  books.close();
  const { rows, totals } = await gateway.usage();
  const ids = rows.map((row) => String(row['request_id']));
  expect(new Set(ids).size).toBe(ids.length);
  expect(rows.filter((row) => row['status'] === 'open')).toEqual([]);
  expect([...truths.keys()].filter((id) => !ids.includes(id))).toEqual([]);
  expect(truths.size).toBeGreaterThanOrEqual(ROUNDS * FINISHED + Math.ceil(ROUNDS / 2) * LIVE);
  expect(rows.length).toBeGreaterThanOrEqual(upstream.calls.length);
  expect(rows.length).toBeLessThanOrEqual(sent);
  expect(rows.flatMap((row) => wrongFigures(row, truths.get(String(row['request_id']))))).toEqual([]);
  expect(totals['exchanges']).toBe(rows.length);
  expect((await gateway.command('doctor')).code).toBe(0);
});

/** In these rounds every stream has been running for as long as a checkpoint takes, so its tokens are known to the books. */
async function allKept(live: readonly LiveAnswer[], books: Books): Promise<void> {
  await waitFor(
    'the streams',
    () => live.length === LIVE && live.every((answer) => billedFor(upstream, answer) !== undefined),
    BEGIN_PATIENCE,
  );
  const isKept = (answer: LiveAnswer) => {
    const billed = billedFor(upstream, answer);
    const { input, output } = books.checkpointed(idOf(answer));
    return input === billed?.input && output >= billed.output - TOLERANCE;
  };
  await waitFor('the checkpoints', () => live.every(isKept), CHECKPOINT_PATIENCE);
}

/** In the others the kill comes while streams are still being set up. */
async function someSetUp(live: readonly LiveAnswer[]): Promise<void> {
  const enough = Math.floor(random() * LIVE);
  await waitFor('some streams', () => live.length >= enough);
}

function remember(truths: Map<string, Truth>, answer: LiveAnswer, state: Truth['state']): void {
  const billed = billedFor(upstream, answer);
  if (billed) truths.set(idOf(answer), { billed, state });
}

function idOf(answer: LiveAnswer): string {
  return answer.headers['request-id'] ?? '';
}

/** As a client's library does, again when the gateway has too much to do: a busy machine lets it take fewer than all at once. */
async function ask(content: string): Promise<LiveAnswer> {
  for (;;) {
    sent += 1;
    const answer = await gateway.stream({
      model: 'claude-opus-5',
      max_tokens: 1024,
      messages: [{ role: 'user', content }],
    });
    if (answer.status !== 529) return answer;
  }
}

/** What is wrong with a row, held against the truth. */
function wrongFigures(row: UsageRow, truth: Truth | undefined): string[] {
  if (!truth) return [];
  const [input, output] = [counter(row, 'input_tokens'), counter(row, 'output_tokens')];
  const wrong: string[] = [];
  const isCut = truth.state !== 'finished';
  if (row['partial'] !== isCut || row['estimated'] !== isCut) wrong.push(`${truth.state}, wrongly flagged`);
  if (truth.state === 'finished' && (input !== truth.billed.input || output !== truth.billed.output)) {
    wrong.push(`finished: ${input} in, ${output} out of ${truth.billed.output}`);
  }
  if (truth.state === 'kept') {
    if (input !== truth.billed.input) wrong.push(`kept: input ${input} of ${truth.billed.input}`);
    if (Math.abs(output - truth.billed.output) > TOLERANCE)
      wrong.push(`kept: output ${output} of ${truth.billed.output}`);
  }
  return wrong.map((fault) => `${String(row['request_id'])}: ${fault}`);
}
