import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { DialectId } from '../../src/core/dialect.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { Books } from '../support/books.ts';
import type { Answer, LiveAnswer } from '../support/call.ts';
import { CALLERS, send, stream } from '../support/callers.ts';
import type { Script } from '../support/fake-upstream.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { PairUpstreams, UPSTREAMS } from '../support/pair-upstreams.ts';
import { scriptedEvents } from '../support/scripted-model/index.ts';
import { readClientStream } from '../support/stream-grammar.ts';
import { gate, waitFor, within } from '../support/wait.ts';

const PROMPT = 'Hello there, how are you today?';
const TEXT = `You said: ${PROMPT}`;
const HEDGING = { enabled: true, after: '15ms', floor: '1ms', max_share: 1 };

/** Each client before two upstreams that speak the same or another dialect. */
const PAIRS = CALLERS.flatMap((caller) =>
  UPSTREAMS.flatMap((one) =>
    UPSTREAMS.map((other) => ({
      caller,
      client: caller.name,
      first: one.upstream,
      dialect: one.dialect,
      second: other.upstream,
      id: `${caller.name}-${one.upstream}-${other.upstream}`.toLowerCase(),
    })),
  ),
);
type Pair = (typeof PAIRS)[number];

/** Each client before each upstream, the second being of the next dialect. */
const SOME = PAIRS.filter(({ first, second }) => {
  const [one, other] = [first, second].map((name) => UPSTREAMS.findIndex(({ upstream }) => upstream === name));
  return other === ((one ?? 0) + 1) % UPSTREAMS.length;
});

const TESTS = ['hedge', 'failover', 'failure'] as const;

let upstreams: PairUpstreams;
let gateway: Gateway;
let books: Books;

beforeAll(async () => {
  upstreams = await PairUpstreams.start();
  const channels = PAIRS.flatMap(({ id, first, second }) =>
    TESTS.flatMap((name) => upstreams.pair(first, second, `${name}-${id}`)),
  );
  const hedged = Object.fromEntries(PAIRS.map(({ id }) => [`hedge-${id}`, { hedging: HEDGING }]));
  const routing = { tries_per_target: 1, affinity: false };
  const server = { keep_alive: '20ms' };
  gateway = await startGateway({ config: JSON.stringify({ channels, models: hedged, routing, server }) });
  books = new Books(gateway.dataDirectory);
});
beforeEach(() => upstreams.reset());
afterAll(async () => {
  books?.close();
  await gateway?.dispose();
  await upstreams?.stop();
});

describe('a slow upstream and a second one beside it', () => {
  test.each(PAIRS)('G12 $client hedged, $first first and then $second, as a stream', async (pair) => {
    const { first } = pair;
    upstreams.of(first).next(startOnly(pair));
    const answer = await (await streamFrom('hedge', pair)).whole();
    expectOneStream(pair, answer);
    await expectOutrun(pair, answer);
  });

  test.each(SOME)('G12 $client hedged, $first first and then $second, whole', async (pair) => {
    const { caller, first, id } = pair;
    upstreams.of(first).next(() => undefined);
    const answer = await send(caller, gateway, caller.ask(`hedge-${id}`, PROMPT));
    expect(caller.textOf(answer.json())).toBe(TEXT);
    expect(answer.headers['x-ezmodel-route']).toBe(`hedge-${id}-0=hedged_out, hedge-${id}-1`);
    await expectOutrun(pair, answer);
  });

  test.each(SOME)('G12 $client hedged, where $first is sooner than $second after all', async (pair) => {
    const { first, second, dialect } = pair;
    const goOn = gate();
    upstreams.of(first).next(async (reply) => {
      await goOn.promise;
      await reply.stream(scriptedEvents(dialect, reply.call.json ?? {}));
    });
    upstreams.of(second).next(() => undefined);
    const asked = streamFrom('hedge', pair);
    const hedge = await upstreams.of(second).arrived();
    goOn.open();
    const answer = await (await asked).whole();
    expectOneStream({ ...pair, second: first }, answer);
    await within('the hedge to be cancelled', hedge.closed);
    const attempts = await settledAttempts(answer);
    expect(attempts.map(({ outcome, error_kind: kind }) => [outcome, kind])).toEqual([
      ['ok', null],
      ['aborted', 'hedged_out'],
    ]);
  });
});

describe('an upstream that fails when the client has been kept waiting by comments', () => {
  test.each(PAIRS)('U10 $client is served by $second after $first, in one coherent stream', async (pair) => {
    const { first } = pair;
    const failing = gate();
    upstreams.of(first).next(thenCut(pair, failing.promise));
    const live = await streamFrom('failover', pair);
    expect(live.headers['content-type']).toMatch(/^text\/event-stream/);
    await live.until(': keep-alive\n\n: keep-alive');
    failing.open();
    const answer = await live.whole();
    expectOneStream(pair, answer);
    const attempts = await settledAttempts(answer);
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['error', 'ok']);
    expect(books.settled(idOf(answer))).toMatchObject({ outcome: 'ok', attempts: 2 });
  });

  // Not more of them: retries that fail are paid for out of what the other requests here have earned.
  const converted = SOME.filter(({ caller, dialect }) => caller.dialect !== dialect);

  test.each(converted)(
    'U10 $client is told in the stream, in its own shape, when $first and $second fail',
    async (pair) => {
      const { caller, first, second } = pair;
      const failing = gate();
      upstreams.of(first).next(thenCut(pair, failing.promise));
      upstreams.of(second).next((reply) => reply.error(529, 'overloaded_error', 'x', { 'x-should-retry': 'false' }));
      const live = await streamFrom('failure', pair);
      await live.until(': keep-alive');
      failing.open();
      const answer = await live.whole();
      expect(answer.status).toBe(200);
      const told = caller.readStream(answer.text);
      expect({ ...told, errors: told.errors.length }).toEqual({ text: '', errors: 1, ends: 0, faults: [] });
      expect(await settledAttempts(answer)).toHaveLength(2);
      expect(books.settled(idOf(answer))).toMatchObject({ outcome: 'error', attempts: 2 });
    },
  );
});

function streamFrom(name: (typeof TESTS)[number], { caller, id }: Pair): Promise<LiveAnswer> {
  const usage = caller.dialect === 'openai-chat' && { stream_options: { include_usage: true } };
  return stream(caller, gateway, { ...caller.ask(`${name}-${id}`, PROMPT), ...usage });
}

/** One beginning, the whole text, one end, and nothing that the strictest client would not take. */
function expectOneStream({ caller, second }: Pair, answer: Answer): void {
  expect(caller.readStream(answer.text), answer.text).toEqual({ text: TEXT, errors: [], ends: 1, faults: [] });
  expect(answer.text.match(BEGINNINGS[caller.dialect]), answer.text).toHaveLength(1);
  const { faults, ending } = readClientStream(caller.dialect, answer.body);
  // Relayed bytes are the upstream's own, with what it leaves out.
  const isRelay = UPSTREAMS.some(({ upstream, dialect }) => upstream === second && dialect === caller.dialect);
  expect({ faults: isRelay ? [] : faults, ending }, answer.text).toEqual({ faults: [], ending: 'end' });
}

/** What stands once in a stream, at its beginning. */
const BEGINNINGS: Record<DialectId, RegExp> = {
  'anthropic-messages': /^event: message_start$/gm,
  'openai-chat': /"role":"assistant"/g,
  'openai-responses': /^event: response\.created$/gm,
};

/** The first attempt was let go and charged, and the second served the client; both are in the books and the route. */
async function expectOutrun({ first }: Pair, answer: Answer): Promise<void> {
  const lost = await upstreams.of(first).arrived();
  await within('the slow call to be cancelled', lost.closed);
  expect(lost.closedBy).toBe('gateway');
  const [slow, fast] = await settledAttempts(answer);
  expect(slow).toMatchObject({ outcome: 'aborted', error_kind: 'hedged_out', partial: 1, estimated: 1 });
  expect(Number(slow?.['input'])).toBeGreaterThan(0);
  expect(fast).toMatchObject({ outcome: 'ok', partial: 0 });
  expect(fast?.['reason']).toMatch(/^hedge after 15 ms of hedge-/);
  const exchange = books.settled(idOf(answer));
  expect(exchange?.['input']).toBe(Number(slow?.['input']) + Number(fast?.['input']));
}

/** Says that it has begun, and then nothing more. */
function startOnly({ dialect }: Pair): Script {
  return async (reply) => {
    await reply.streamHead();
    for (const event of scriptedEvents(dialect, reply.call.json ?? {}).slice(0, 1)) await reply.chunk(event);
  };
}

/** The same, and is cut off when the promise settles. */
function thenCut(pair: Pair, failing: Promise<void>): Script {
  return async (reply) => {
    await startOnly(pair)(reply);
    await failing;
    reply.cut();
  };
}

async function settledAttempts(answer: Answer): Promise<JsonObject[]> {
  await waitFor('the settlement', () => books.settled(idOf(answer)));
  return books.attempts(idOf(answer));
}

function idOf({ headers }: Answer): string {
  return headers['request-id'] ?? '';
}
