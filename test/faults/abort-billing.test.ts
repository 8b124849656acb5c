import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { messageStart, sseEvent, textBlockStart, textDelta } from '../support/anthropic-stream.ts';
import { Books } from '../support/books.ts';
import { CALLERS, type Caller, stream } from '../support/callers.ts';
import type { Script } from '../support/fake-upstream.ts';
import { counter, type Gateway, startGateway } from '../support/gateway.ts';
import { PairUpstreams, UPSTREAMS, type UpstreamName } from '../support/pair-upstreams.ts';
import { waitFor } from '../support/wait.ts';

/** What an output may be off by: so many tokens, or this part of it (`reliability.md` G2). */
const ALLOWED_TOKENS = 256;
const ALLOWED_PART = 0.05;

const INPUT = 321;
/** The last thing that the client reads before it goes. */
const MARK = 'ZZEND';

/** Texts by what they are, token by token as vendors' tokenizers cut them, over and over. */
const TEXTS = {
  prose: [
    'The',
    ' harbour',
    ' lay',
    ' quiet',
    ' in',
    ' the',
    ' morning',
    ',',
    ' and',
    ' the',
    ' boats',
    ' moved',
    ' slowly',
    '.',
  ],
  code: [
    'const',
    ' total',
    ' =',
    ' items',
    '.',
    'map',
    '((',
    'item',
    ')',
    ' =>',
    ' item',
    '.price',
    ' *',
    ' ',
    '120',
    ');\n',
  ],
  chinese: ['港口', '在', '清晨', '非常', '安静', '，', '船', '只', '慢慢', '移动', '。'],
  digits: ['314', '159', '265', '358', '979', '323', '846', '264', ',', ' '],
} satisfies Record<string, string[]>;
type Kind = keyof typeof TEXTS;
const KINDS = Object.keys(TEXTS).filter((kind): kind is Kind => kind in TEXTS);

/** How many tokens the upstream has written when the client goes. */
const POINTS = [1, 30, 700];

/** The tokens of one answer; the mark is the last. */
function tokensOf(kind: Kind, count: number): string[] {
  const tokens = TEXTS[kind];
  return Array.from({ length: count }, (_, at) => (at === count - 1 ? MARK : (tokens[at % tokens.length] ?? '')));
}

/** So many tokens at a time, as the upstreams of a dialect send them. */
function inPieces(tokens: readonly string[], size: number): string[] {
  return Array.from({ length: Math.ceil(tokens.length / size) }, (_, at) =>
    tokens.slice(at * size, (at + 1) * size).join(''),
  );
}

const chat = (delta: JsonObject): Buffer =>
  Buffer.from(
    `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: null }] })}\n\n`,
  );

/** Streams of each upstream dialect that stop in the middle. */
const STREAMS: Readonly<Record<UpstreamName, (tokens: readonly string[]) => Buffer[]>> = {
  messages: (tokens) => [
    messageStart({ model: 'm', usage: { input: INPUT, output: tokens.length } }),
    textBlockStart(),
    ...inPieces(tokens, 4).map((piece) => textDelta(piece)),
  ],
  chat: (tokens) => [chat({ role: 'assistant', content: '' }), ...tokens.map((content) => chat({ content }))],
  responses: (tokens) => {
    const item = { id: 'msg_1', type: 'message', role: 'assistant', status: 'in_progress', content: [] };
    const part = { type: 'output_text', text: '', annotations: [] };
    const of = { item_id: 'msg_1', output_index: 0, content_index: 0 };
    const events: [string, JsonObject][] = [
      [
        'created',
        {
          response: { id: 'resp_1', object: 'response', created_at: 1, model: 'm', status: 'in_progress', output: [] },
        },
      ],
      ['output_item.added', { output_index: 0, item }],
      ['content_part.added', { ...of, part }],
      ...tokens.map((delta): [string, JsonObject] => ['output_text.delta', { ...of, delta }]),
    ];
    return events.map(([type, payload], sequence_number) =>
      sseEvent(`response.${type}`, { sequence_number, ...payload }),
    );
  },
};

let upstreams: PairUpstreams;
let gateway: Gateway;
let books: Books;

beforeAll(async () => {
  upstreams = await PairUpstreams.start();
  gateway = await startGateway({ config: `channels: ${JSON.stringify(upstreams.channels)}\n` });
  books = new Books(gateway.dataDirectory);
});
afterAll(async () => {
  books?.close();
  await gateway?.dispose();
  await upstreams?.stop();
});

/** Writes what the request names, bills it, and then says no more. */
const cutShort =
  (name: UpstreamName): Script =>
  async (reply) => {
    const [, kind = '', count = ''] = /kind=(\w+) tokens=(\d+)/.exec(JSON.stringify(reply.call.json)) ?? [];
    const found = KINDS.find((each) => each === kind) ?? 'prose';
    reply.bill({ input: INPUT, output: Number(count) });
    await reply.streamHead();
    for (const frame of STREAMS[name](tokensOf(found, Number(count)))) await reply.chunk(frame);
  };

type Row = { pair: string; kind: Kind; tokens: number; billed: number; error: number };

async function abandon(caller: Caller, upstream: UpstreamName, kind: Kind, tokens: number): Promise<Row> {
  const live = await stream(caller, gateway, caller.ask(`on-${upstream}`, `kind=${kind} tokens=${tokens}`));
  await live.until(MARK);
  live.abort();
  const id = live.headers['request-id'] ?? live.headers['x-request-id'] ?? '';
  const row = await waitFor(`the row of ${id}`, () => books.settled(id));
  expect(row, `${caller.name} on ${upstream}`).toMatchObject({ outcome: 'aborted', partial: 1, estimated: 1 });
  // The only upstream that says its input before its output: there it is exact.
  if (upstream === 'messages') expect(counter(row, 'input')).toBe(INPUT);
  const billed = counter(row, 'output');
  return { pair: `${caller.name} on ${upstream}`, kind, tokens, billed, error: billed - tokens };
}

test('G2 C1 streams that are abandoned anywhere are billed within the goal, over every pair of dialects', {
  timeout: 90_000,
}, async () => {
  const rows: Row[] = [];
  for (const { upstream } of UPSTREAMS) {
    upstreams.of(upstream).fallback = cutShort(upstream);
    for (const caller of CALLERS) {
      const cases = KINDS.flatMap((kind) => POINTS.map((tokens) => abandon(caller, upstream, kind, tokens)));
      rows.push(...(await Promise.all(cases)));
    }
  }
  const worst = Map.groupBy(rows, ({ pair }) => pair);
  for (const [pair, ofPair] of worst) {
    const [first] = ofPair.toSorted((a, b) => Math.abs(b.error) - Math.abs(a.error));
    if (first) console.info(`${pair}: worst ${first.error} of ${first.tokens} tokens of ${first.kind}`);
  }
  expect(rows).toHaveLength(UPSTREAMS.length * CALLERS.length * KINDS.length * POINTS.length);
  const off = rows.filter(({ tokens, error }) => Math.abs(error) > Math.max(ALLOWED_TOKENS, tokens * ALLOWED_PART));
  expect(off).toEqual([]);
  expect((await gateway.command('doctor')).code).toBe(0);
});
