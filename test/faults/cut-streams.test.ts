import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DialectId } from '../../src/core/dialect.ts';
import { isJsonObject, type JsonObject, numberAt, objectAt, stringAt } from '../../src/core/json.ts';
import { frameData } from '../../src/dialects/shared/frame-data.ts';
import { parseFrame, SseFrameSplitter } from '../../src/framing/sse-frames.ts';
import { isComplete } from '../support/answer-complete.ts';
import { type Answer, call } from '../support/call.ts';
import { FakeUpstream, type UpstreamCall } from '../support/fake-upstream.ts';
import { chatStreamFixtures, type Fixture, responsesStreamFixtures, streamFixtures } from '../support/fixtures.ts';
import { counter, type Gateway, startGateway, type UsageRow } from '../support/gateway.ts';
import { readClientStream } from '../support/stream-grammar.ts';
import { readStreamed } from '../support/streamed-answer.ts';

/** Of each stream one cut in so many is made, another one every day; `EZMODEL_CUTS=all` (`npm run all-cuts`) makes them all. */
const ONE_IN = process.env['EZMODEL_CUTS'] === 'all' ? 1 : 4;
/** `EZMODEL_CUTS_FROM` repeats the cuts of another day. */
const FROM = Number(process.env['EZMODEL_CUTS_FROM'] ?? Math.floor(Date.now() / 86_400_000)) % ONE_IN;

/** How many streams are out at one time. */
const AT_ONCE = 24;

/** What each dialect is served by, asked for, and what its healthy upstream answers and bills. */
const DIALECTS = {
  'anthropic-messages': {
    path: '/v1/messages',
    provider: 'anthropic',
    fixtures: streamFixtures(),
    healthy: 'text',
    usage: { input: 25, output: 12 },
    body: { max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] },
  },
  'openai-chat': {
    path: '/v1/chat/completions',
    provider: 'openai-compatible',
    fixtures: chatStreamFixtures(),
    healthy: 'openai-text',
    usage: { input: 19, output: 5 },
    body: { messages: [{ role: 'user', content: 'hi' }], stream_options: { include_usage: true } },
  },
  'openai-responses': {
    path: '/v1/responses',
    provider: 'openai',
    fixtures: responsesStreamFixtures(),
    healthy: 'text',
    usage: { input: 19, output: 6 },
    body: { input: 'hi' },
  },
} as const satisfies Record<DialectId, object>;

const IDS = ['anthropic-messages', 'openai-chat', 'openai-responses'] as const;

/** Each dialect relayed, and what is not Messages converted to it. */
const WAYS = [
  ...IDS.map((id) => ({ upstream: id, client: id })),
  { upstream: IDS[1], client: IDS[0] },
  { upstream: IDS[2], client: IDS[0] },
];

/** One stream, cut behind so many of its events, under a model name of its own: no circuit is shared. */
type Cut = {
  upstream: DialectId;
  client: DialectId;
  fixture: string;
  given: readonly Uint8Array[];
  model: string;
};

type Seen = { cut: Cut; answer: Answer; broken: UpstreamCall[]; spare: UpstreamCall[]; row: UsageRow };

let broken: FakeUpstream;
let spare: FakeUpstream;
let gateway: Gateway;
const cuts = WAYS.flatMap(({ upstream, client }) =>
  DIALECTS[upstream].fixtures.flatMap((fixture) => cutsOf(upstream, client, fixture)),
);
let seen: Seen[];

beforeAll(async () => {
  const rules = { refusalOf: () => undefined, errorBody: () => ({}) };
  [broken, spare] = await Promise.all([FakeUpstream.start('sk-broken', rules), FakeUpstream.start('sk-spare', rules)]);
  const byModel = new Map(cuts.map((cut) => [cut.model, cut]));
  broken.fallback = async (reply) => {
    await reply.streamHead();
    for (const frame of byModel.get(modelOf(reply.call))?.given ?? []) await reply.chunk(frame);
    reply.cut();
  };
  spare.fallback = (reply) => reply.stream([healthyStream(modelOf(reply.call))]);
  gateway = await startGateway({ config: JSON.stringify({ channels: channels(), routing: { tries_per_target: 1 } }) });
  seen = await runAll();
}, 120_000);

afterAll(async () => {
  await gateway?.dispose();
  await Promise.all([broken?.stop(), spare?.stop()]);
});

const SAMPLE = ONE_IN === 1 ? 'every event' : `one event in ${ONE_IN}, from ${FROM}`;

test(`S15 U6 U10 every stream cut at ${SAMPLE}: before content another upstream answers, after it an error ends it`, () => {
  for (const { cut, answer, spare: second } of seen) {
    const title = cut.model;
    const isRelayed = cut.client === cut.upstream;
    const { faults, ending } = readClientStream(cut.client, answer.body);
    expect([title, answer.status, second.length]).toEqual([title, 200, Math.min(second.length, 1)]);
    if (second.length === 1) {
      expect([title, ending]).toEqual([title, 'end']);
      if (isRelayed) expect([title, answer.body]).toEqual([title, healthyStream(cut.model)]);
      else expect([title, readStreamed(cut.client, answer.text).text]).toEqual([title, healthyText(cut.upstream)]);
    } else {
      expect([title, isRelayed ? lastWord(answer.text) : ending]).toEqual([title, 'error']);
    }
    if (!isRelayed) expect([title, faults]).toEqual([title, []]);
    if (cut.client === 'anthropic-messages') {
      expect([title, answer.text.match(/^event: message_start$/gm)?.length ?? starts(answer.text)]).toEqual([title, 1]);
    }
  }
});

test('S15 once a stream has been committed, no later cut of it goes elsewhere', () => {
  const byStream = Map.groupBy(seen, ({ cut }) => `${cut.upstream} to ${cut.client}: ${cut.fixture}`);
  for (const [title, ofStream] of byStream) {
    const inOrder = ofStream.toSorted((one, other) => one.cut.given.length - other.cut.given.length);
    const moved = inOrder.map(({ spare: second }) => second.length === 1);
    expect([title, moved]).toEqual([title, moved.toSorted((one, other) => Number(other) - Number(one))]);
    expect([title, moved[0]]).toEqual([title, true]);
  }
  expect(seen.filter(({ spare: second }) => second.length === 0).length).toBeGreaterThan(cuts.length / 3);
});

test('U6 U20 billed is what both upstreams have said that they sent, flagged where it is our estimate', () => {
  for (const { cut, broken: first, spare: second, row } of seen) {
    const title = cut.model;
    const said = saidTokens(cut, ['input_tokens', 'prompt_tokens']);
    const { usage } = DIALECTS[cut.upstream];
    const perCall = said ?? Math.ceil(Buffer.byteLength(bodyOf(cut)) / 4);
    const input = first.length * perCall + second.length * usage.input;
    expect([title, counter(row, 'input_tokens')]).toEqual([title, input]);
    const output = counter(row, 'output_tokens');
    const isServed = second.length === 1;
    if (isServed) {
      const most = usage.output + first.length * (saidTokens(cut, ['output_tokens', 'completion_tokens']) ?? 0);
      expect([title, usage.output <= output, output <= most]).toEqual([title, true, true]);
    }
    expect([title, row['status'], row['partial']]).toEqual([title, isServed ? 'ok' : 'error', !isServed]);
    expect([title, row['estimated']]).toEqual([title, true]);
  }
});

function cutsOf(upstream: DialectId, client: DialectId, { name, bytes }: Fixture): Cut[] {
  const splitter = new SseFrameSplitter();
  const frames = [...splitter.push(bytes), splitter.end()].filter(({ length }) => length > 0);
  return (
    frames
      .map((_, count) => frames.slice(0, count))
      .filter((given) => !isComplete(upstream, given) && !holdsError(given))
      // Nothing at all and one event are always tried: there begins what the client hears.
      .filter((given) => given.length < 2 || given.length % ONE_IN === FROM)
      .map((given) => ({
        upstream,
        client,
        fixture: name,
        given,
        model: `${upstream}:${client}:${name}:${given.length}`,
      }))
  );
}

/** An upstream that says itself what is wrong is another fault (U9). */
function holdsError(frames: readonly Uint8Array[]): boolean {
  return dataOf(frames).some((data) => data['type'] === 'error' || objectAt(data, 'error') !== undefined);
}

function dataOf(frames: readonly Uint8Array[]): JsonObject[] {
  return frames.flatMap((raw) => {
    const frame = parseFrame(raw);
    const data = frame && frameData(frame);
    return data ? [data] : [];
  });
}

function channels(): JsonObject[] {
  return IDS.flatMap((id) =>
    [broken, spare].map((upstream, priority) => ({
      name: `${id}-${priority}`,
      provider: DIALECTS[id].provider,
      base_url: upstream.url,
      api_key: upstream.apiKey,
      endpoints: { [id]: DIALECTS[id].path },
      models: [`${id}:*`],
      priority,
    })),
  );
}

function bodyOf({ client, model }: Cut): string {
  return JSON.stringify({ model, ...DIALECTS[client].body, stream: true });
}

async function runAll(): Promise<Seen[]> {
  const left = cuts.values();
  const answers = new Map<Cut, Answer>();
  const worker = async () => {
    for (const cut of left) {
      const { path } = DIALECTS[cut.client];
      const outgoing = { method: 'POST', headers: gateway.headers(), body: bodyOf(cut) };
      answers.set(cut, await call(`${gateway.url}${path}`, outgoing));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const rows = Map.groupBy((await gateway.usage()).rows, (row) => stringAt(row, 'model') ?? '');
  const [first, second] = [broken, spare].map(({ calls }) => Map.groupBy(calls, modelOf));
  return [...answers].map(([cut, answer]) => {
    const [row] = rows.get(cut.model) ?? [];
    if (!row) throw new Error(`no row of ${cut.model}`);
    return { cut, answer, broken: first?.get(cut.model) ?? [], spare: second?.get(cut.model) ?? [], row };
  });
}

function modelOf({ json }: UpstreamCall): string {
  return stringAt(json ?? {}, 'model') ?? '';
}

function healthyStream(model: string): Buffer {
  const id = IDS.find((each) => model.startsWith(`${each}:`));
  const dialect = id && DIALECTS[id];
  const fixture = dialect?.fixtures.find(({ name }) => name === dialect.healthy);
  if (!fixture) throw new Error(`no healthy stream for ${model}`);
  return fixture.bytes;
}

function healthyText(dialect: DialectId): string {
  return readStreamed(dialect, healthyStream(`${dialect}:`).toString()).text;
}

/** How relayed bytes end, in whatever way their upstream spells SSE. */
function lastWord(text: string): 'error' | 'other' {
  const last = text.split(/\r\n|\r|\n/).findLast((line) => line.startsWith('data:'));
  const data: unknown = last && JSON.parse(last.slice('data:'.length));
  const isError =
    isJsonObject(data) &&
    (data['type'] === 'error' || data['type'] === 'response.failed' || objectAt(data, 'error') !== undefined);
  return isError ? 'error' : 'other';
}

/** Of relayed bytes that name their events in other ways. */
function starts(text: string): number {
  return text.split('"type":"message_start"').length - 1;
}

/** What the events of a cut stream tell of a counter, by its names; undefined when they tell nothing. */
function saidTokens({ upstream, given }: Cut, names: readonly string[]): number | undefined {
  const told = dataOf(given).flatMap((data) => {
    const holder = objectAt(data, upstream === 'openai-responses' ? 'response' : 'message') ?? data;
    return [...new Set([objectAt(holder, 'usage'), objectAt(data, 'usage')])].filter(isJsonObject);
  });
  const countIn = (usage: JsonObject) =>
    names.map((name) => numberAt(usage, name)).find((count) => count !== undefined);
  const own = told.flatMap((usage) => countIn(usage) ?? []).at(-1);
  // What was sampled beside the message itself is billed on top of it.
  const aside = told.flatMap(({ iterations }) => (Array.isArray(iterations) ? iterations.filter(isJsonObject) : []));
  const extra = aside.filter(({ type }) => type !== 'message').map((part) => countIn(part) ?? 0);
  return own === undefined ? undefined : extra.reduce((sum, count) => sum + count, own);
}
