import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { DialectId } from '../../src/core/dialect.ts';
import { Books } from '../support/books.ts';
import type { Answer } from '../support/call.ts';
import { CALLERS, type Caller, send, stream, type ToldStream } from '../support/callers.ts';
import type { Script, UpstreamReply } from '../support/fake-upstream.ts';
import { counter, type Gateway, startGateway } from '../support/gateway.ts';
import { PairUpstreams, UPSTREAMS } from '../support/pair-upstreams.ts';
import { scriptedEvents } from '../support/scripted-model/index.ts';
import { errorBody, errorEvent, REFUSALS, type Refusal, refuse, type Told } from '../support/upstream-failures.ts';
import { gate, waitFor, within } from '../support/wait.ts';

const PROMPT = 'Hello there, how are you today?';

/** Events up to and with the first that carries text. */
const TO_FIRST_TEXT: Record<DialectId, number> = {
  'anthropic-messages': 3,
  'openai-chat': 2,
  'openai-responses': 5,
};

let upstreams: PairUpstreams;
let gateway: Gateway;
/** Keeps streams alive at short intervals. */
let lively: Gateway;
let books: Books;

beforeAll(async () => {
  upstreams = await PairUpstreams.start();
  const { channels } = upstreams;
  const twice = PAIRS.flatMap(({ client, upstream }) =>
    [...TWICE].flatMap((why) => upstreams.twice(upstream, twiceName(client, upstream, why))),
  );
  // Nothing is tried again at the same target: no test waits for that.
  const routing = { tries_per_target: 1 };
  [gateway, lively] = await Promise.all([
    startGateway({ config: JSON.stringify({ channels: [...channels, ...twice], routing }) }),
    startGateway({ config: JSON.stringify({ channels, routing, server: { keep_alive: '100ms' } }) }),
  ]);
  books = new Books(gateway.dataDirectory);
});

beforeEach(() => upstreams.reset());

afterAll(async () => {
  books?.close();
  await Promise.all([gateway?.dispose(), lively?.dispose()]);
  await upstreams?.stop();
});

/** What the books hold of an exchange, once it is settled. */
function settled({ headers }: Pick<Answer, 'headers'>): Promise<object> {
  return waitFor('the settlement', () => books.settled(headers['request-id'] ?? ''));
}

const PAIRS = CALLERS.flatMap((caller) =>
  UPSTREAMS.map(({ upstream, dialect }) => ({ caller, client: caller.name, upstream, dialect })),
);

const NOTHING_SAID = 'nothing said';
const TWICE = new Set([...REFUSALS.flatMap(({ name }) => [`${name} whole`, `${name} streamed`]), NOTHING_SAID]);

/** A model of its own for each question, so that no failure of one makes a channel unhealthy for another. */
function twiceName(client: string, upstream: string, why: string): string {
  return `${client}-${upstream}-${why}`.toLowerCase().replaceAll(' ', '-');
}

describe.each(PAIRS)('$client on $upstream', ({ caller, client, upstream, dialect }) => {
  const ask = (model = `on-${upstream}`) => caller.ask(model, PROMPT);
  const isRelay = caller.dialect === dialect;
  const events = () => scriptedEvents(dialect, upstreams.of(upstream).calls[0]?.json ?? {});
  const answerWith = (script: Script) => {
    upstreams.of(upstream).fallback = script;
  };
  /** The answer to the same question, whole and as a stream that fails before it begins. */
  const bothWays = async (model?: string): Promise<Answer[]> => [
    await send(caller, gateway, ask(model)),
    await (await stream(caller, gateway, ask(model))).whole(),
  ];

  test.each(REFUSALS)('P41 P67 P113 P125 U11 U14 is told of $name in its own envelope', async (refusal) => {
    answerWith((reply) => refuse(reply, dialect, refusal));
    for (const answer of await bothWays()) expectTold(caller, answer, refusal, refusal);
  });

  const toldByWords = REFUSALS.filter(({ isToldByStatus }) => !isToldByStatus || dialect === 'anthropic-messages');

  test.each(toldByWords)('U9 is told of $name that comes under a 200', async (refusal) => {
    answerWith((reply) => reply.json(200, errorBody(dialect, refusal)));
    for (const answer of await bothWays()) expectStatus(caller, answer, refusal.told);
  });

  test.each(toldByWords)('U9 is told of $name that is the first event of a stream', async (refusal) => {
    answerWith((reply) => reply.stream([...events().slice(0, 1), errorEvent(dialect, refusal)]));
    const answer = await (await stream(caller, gateway, ask())).whole();
    const told = toldOfEvent(dialect, refusal);
    expectTold(caller, answer, refusal, { ...refusal, told, retryAfter: undefined });
  });

  /** What a Messages upstream says in JSON is relayed as it is (law Relay). */
  const isUnread = ({ name }: { name: string }) => client === 'Messages' && isRelay && name === SOME_JSON;

  test.each(unreadable().filter((answer) => !isUnread(answer)))(
    'U13 U17 is told of $name, without its text',
    async ({ script, told }) => {
      answerWith(script);
      for (const answer of await bothWays()) {
        expectStatus(caller, answer, told);
        expect(answer.text).not.toContain('secret');
      }
    },
  );

  const cuts: [string, (reply: UpstreamReply) => Promise<void>][] = [
    ['before the first event', (reply) => reply.streamHead().then(() => reply.cut())],
    ['within the first event', (reply) => begin(reply, [half(events()[0])]).then(() => reply.cut())],
    ['after the first event', (reply) => begin(reply, events().slice(0, 1)).then(() => reply.cut())],
    ['ended after the first event', (reply) => begin(reply, events().slice(0, 1)).then(() => reply.endChunks())],
  ];

  test.each(cuts)('U2 P15 is told of a stream that is cut %s', async (_point, script) => {
    answerWith(script);
    const answer = await (await stream(caller, gateway, ask())).whole();
    expectStatus(caller, answer, BAD);
  });

  test('U3 is told of an upstream that says nothing, whole, and as an event once headers are out', async () => {
    answerWith(() => undefined);
    const live = await (await stream(caller, lively, ask(`slow-on-${upstream}`))).whole();
    const told = caller.readStream(live.text);
    expect({ ...told, errors: told.errors.length }).toEqual({ text: '', errors: 1, ends: 0, faults: [] });
    expect(live.text).toContain(':');
    const call = upstreams.of(upstream).onlyCall();
    await within('the upstream call to close', call.closed);
    expect(call.closedBy).toBe('gateway');
  });

  const failures: [string, (reply: UpstreamReply) => void | Promise<void>, model?: string][] = [
    ['a cut', (reply) => reply.cut()],
    ['an end without the last event', (reply) => reply.endChunks()],
    ['half an event', (reply) => reply.chunk(half(events().at(-1))).then(() => reply.cut())],
    ['an event without its blank line', (reply) => lastWords(reply, dialect)],
    ['an error', (reply) => reply.chunk(errorEvent(dialect, OVERLOAD)).then(() => reply.endChunks())],
    ['an error and more', (reply) => errorAndMore(reply, dialect, events())],
    ['an event without end', (reply) => endlessEvent(reply)],
    ['silence', () => undefined, `slow-on-${upstream}`],
  ];

  test.each(failures)('U5 U6 P15 P75 P111 is told in the stream of %s after content', async (_way, then, model) => {
    answerWith(async (reply) => {
      await begin(reply, events().slice(0, TO_FIRST_TEXT[dialect]));
      await then(reply);
    });
    const answer = await (await stream(caller, gateway, ask(model))).whole();
    expect(answer.status).toBe(200);
    expectFailed(caller.readStream(answer.text), isRelay);
    expect(await settled(answer)).toMatchObject({ outcome: 'error', partial: 1 });
  });

  test.each(REFUSALS)('U12 tries the second target after $name only where that may help', async (refusal) => {
    for (const isStream of [false, true]) {
      upstreams.reset();
      upstreams.of(upstream).next((reply) => refuse(reply, dialect, refusal));
      const model = twiceName(client, upstream, `${refusal.name} ${isStream ? 'streamed' : 'whole'}`);
      const answer = await send(caller, gateway, { ...ask(model), stream: isStream });
      expect(answer.status === 200, answer.text).toBe(refusal.retryable);
      expect(upstreams.calls).toHaveLength(refusal.retryable ? 2 : 1);
    }
  });

  test('U10 takes the second target after a stream that has not said anything', async () => {
    upstreams.of(upstream).next((reply) => begin(reply, events().slice(0, 1)).then(() => reply.cut()));
    const answer = await (await stream(caller, gateway, ask(twiceName(client, upstream, NOTHING_SAID)))).whole();
    expect(caller.readStream(answer.text)).toMatchObject({
      text: `You said: ${PROMPT}`,
      errors: [],
      ends: 1,
      faults: [],
    });
    expect(answer.text).not.toContain('second');
  });

  test('P49 P108 U5 is kept alive in a harmless form while the upstream is silent', async () => {
    const [first, second] = [gate(), gate()];
    answerWith(async (reply) => {
      await reply.streamHead();
      await first.promise;
      const all = events();
      for (const event of all.slice(0, TO_FIRST_TEXT[dialect])) await reply.chunk(event);
      await second.promise;
      for (const event of all.slice(TO_FIRST_TEXT[dialect])) await reply.chunk(event);
      await reply.endChunks();
    });
    const live = await stream(caller, lively, ask());
    await live.until(': ');
    expect(caller.readStream(live.received.toString())).toEqual({ text: '', errors: [], ends: 0, faults: [] });
    first.open();
    await live.until('You said');
    const heard = live.received.length;
    await live.until(caller.dialect === 'anthropic-messages' ? 'event: ping' : '\n: ');
    await expect.poll(() => live.received.length).toBeGreaterThan(heard);
    second.open();
    const { text } = await live.whole();
    expect(caller.readStream(text)).toEqual({ text: `You said: ${PROMPT}`, errors: [], ends: 1, faults: [] });
  });

  test('C1 goes away: the upstream is let go and what was used is charged', async () => {
    answerWith((reply) => begin(reply, events().slice(0, TO_FIRST_TEXT[dialect])));
    const live = await stream(caller, gateway, ask());
    await live.until('You said');
    live.abort();
    const call = upstreams.of(upstream).onlyCall();
    await within('the upstream to be let go', call.closed);
    expect(call.closedBy).toBe('gateway');
    expect(await settled(live)).toMatchObject({ outcome: 'aborted', partial: 1 });
    const row = await gateway.settledRow(live.headers['request-id'] ?? '');
    expect(counter(row, 'output_tokens')).toBeGreaterThan(0);
    expect(counter(row, 'input_tokens')).toBeGreaterThan(0);
  });
});

/** The error of a response always has a code, that of a message none. */
function toldOfEvent(dialect: DialectId, { told: { messages, openAi } }: Refusal): Told {
  const [status, type, code] = openAi;
  if (dialect === 'openai-responses' && status === 400) {
    return { messages, openAi: [status, type, code ?? 'invalid_prompt'] };
  }
  return { messages, openAi: [status, type, dialect === 'anthropic-messages' && status === 404 ? null : code] };
}

const OVERLOAD = REFUSALS.find(({ name }) => name === 'an overload') ?? fail();
const SOME_JSON = 'JSON of something else';
const BAD: Told = { messages: [502, 'api_error'], openAi: [502, 'server_error', null] };

function fail(): never {
  throw new Error('the table lacks a row');
}

/** Answers that are no answers of any dialect. */
function unreadable(): { name: string; script: Script; told: Told }[] {
  const html = '<html><body>secret</body></html>';
  const type = { 'content-type': 'text/html' };
  const overloaded: Told = { messages: [503, 'api_error'], openAi: [503, 'server_error', null] };
  return [
    { name: 'a 500 in HTML', script: (reply) => reply.whole(500, html, type), told: BAD },
    { name: 'a 502 of a proxy', script: (reply) => reply.whole(502, 'secret gateway', type), told: BAD },
    { name: 'a 503 in HTML', script: (reply) => reply.whole(503, html, type), told: overloaded },
    { name: 'HTML under a 200', script: (reply) => reply.whole(200, html, type), told: BAD },
    { name: 'nothing under a 200', script: (reply) => reply.whole(200, ''), told: BAD },
    { name: 'a list', script: (reply) => reply.whole(200, '["secret"]'), told: BAD },
    { name: 'JSON that breaks off', script: (reply) => reply.whole(200, '{"secret":'), told: BAD },
    { name: SOME_JSON, script: (reply) => reply.whole(200, '{"secret":1}'), told: BAD },
    { name: 'a body that is cut', script: (reply) => cutBody(reply), told: BAD },
    { name: 'a redirect', script: (reply) => reply.whole(302, 'secret', { location: 'http://secret/' }), told: BAD },
  ];
}

function expectTold(
  caller: Caller,
  answer: Answer,
  { message }: Refusal,
  expected: Pick<Refusal, 'told' | 'says' | 'retryAfter'>,
): void {
  expectStatus(caller, answer, expected.told);
  const said = caller.errorOf(answer).message;
  if (expected.says === '') expect(said).not.toContain(message);
  else expect(said).toContain(expected.says ?? message);
  expect(answer.headers['retry-after']).toBe(expected.retryAfter);
}

function expectStatus(caller: Caller, answer: Answer, { messages, openAi }: Told): void {
  expect(answer.headers['content-type'], answer.text).toMatch(/^application\/json/);
  const { type, code } = caller.errorOf(answer);
  if (caller.dialect === 'anthropic-messages') expect([answer.status, type], answer.text).toEqual(messages);
  else expect([answer.status, type, code], answer.text).toEqual(openAi);
}

/** One error, no clean end. In relay the bytes before it are the upstream's, and so are their numbers. */
function expectFailed({ text, errors, ends, faults }: ToldStream, isRelay: boolean): void {
  expect({ text: text !== '', errors: errors.length, ends, faults: isRelay ? [] : faults }).toEqual({
    text: true,
    errors: 1,
    ends: 0,
    faults: [],
  });
  expect(errors[0]?.message).not.toBe('');
}

/** Sends the headers of a stream and these chunks, and leaves it open. */
async function begin(reply: UpstreamReply, chunks: readonly Buffer[]): Promise<void> {
  await reply.streamHead();
  for (const chunk of chunks) await reply.chunk(chunk);
}

function half(event: Buffer = Buffer.alloc(0)): Buffer {
  return event.subarray(0, Math.floor(event.length / 2));
}

/** An error whose blank line the upstream left out. */
async function lastWords(reply: UpstreamReply, dialect: DialectId): Promise<void> {
  const event = errorEvent(dialect, OVERLOAD);
  await reply.chunk(event.subarray(0, -2));
  await reply.endChunks();
}

async function errorAndMore(reply: UpstreamReply, dialect: DialectId, events: readonly Buffer[]): Promise<void> {
  await reply.chunk(errorEvent(dialect, OVERLOAD));
  for (const event of events.slice(TO_FIRST_TEXT[dialect])) await reply.chunk(event);
  await reply.endChunks();
}

async function endlessEvent(reply: UpstreamReply): Promise<void> {
  const piece = Buffer.alloc(1024 * 1024, 'x');
  await reply.chunk(Buffer.from('data: '));
  for (let sent = 0; sent < 32 && !reply.socket.destroyed; sent++) await reply.chunk(piece);
}

async function cutBody(reply: UpstreamReply): Promise<void> {
  await reply.whole(200, '{"secret":', { 'content-length': '5000' });
  reply.cut();
}
