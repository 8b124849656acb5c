import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { messageStart, sseEvent, textBlockStart, textDelta, textStream } from '../support/anthropic-stream.ts';
import { Books } from '../support/books.ts';
import { CALLERS, type Caller, stream } from '../support/callers.ts';
import type { Script } from '../support/fake-upstream.ts';
import { counter, type Gateway, startGateway } from '../support/gateway.ts';
import { PairUpstreams, UPSTREAMS, type UpstreamName } from '../support/pair-upstreams.ts';
import { inPieces, TEXT_NAMES, tokensOf, truthOf } from '../support/tokenized.ts';
import { waitFor } from '../support/wait.ts';

/** What an output may be off by: so many tokens, or this part of it (`reliability.md` G2). */
const ALLOWED_TOKENS = 256;
const ALLOWED_PART = 0.05;

const INPUT = 321;
/** Frames that come at once. */
const FRAMES_OF_CHUNK = 25;
/** The last thing that the client reads before it goes. */
const MARK = 'ZZEND';

/** Texts of which every pair of dialects is shown some tokens, and of which a few are shown very many. */
const KINDS = ['prose', 'code', 'chinese', 'digits'];

/** How many tokens the upstream has written when the client goes. */
const POINTS = [1, 30, 700];
const LONG = 7_000;

/** Tokens that Messages streams, and those of others when they are long, have in one piece. */
const SEVERAL = 4;

/** What part of an answer is written. */
type Part = 'text' | 'thinking' | 'tool';

type Cut = { kind: string; count: number; part: Part; pieces: string[] };

/** The pieces of an answer that is cut; the mark is the last. */
function cutOf(kind: string, count: number, part: Part, perPiece: number): Cut {
  const tokens = tokensOf(kind, count - 1);
  return { kind, count: truthOf(tokens) + 1, part, pieces: [...inPieces(tokens, perPiece), MARK] };
}

const chat = (delta: JsonObject): Buffer =>
  Buffer.from(
    `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: null }] })}\n\n`,
  );

const messagesBlock = (part: Part): Buffer => {
  if (part === 'text') return textBlockStart();
  const block =
    part === 'thinking'
      ? { type: 'thinking', thinking: '', signature: '' }
      : { type: 'tool_use', id: 'toolu_1', name: 'note', input: {} };
  return sseEvent('content_block_start', { index: 0, content_block: block });
};

const messagesDelta = (part: Part, piece: string): Buffer => {
  if (part === 'text') return textDelta(piece);
  const delta =
    part === 'thinking'
      ? { type: 'thinking_delta', thinking: piece }
      : { type: 'input_json_delta', partial_json: piece };
  return sseEvent('content_block_delta', { index: 0, delta });
};

const chatDelta = (part: Part, piece: string, at: number): JsonObject => {
  if (part === 'text') return { content: piece };
  if (part === 'thinking') return { reasoning_content: piece };
  const first = at === 0 ? { id: 'call_1', type: 'function' } : {};
  const call = { ...(at === 0 && { name: 'note' }), arguments: piece };
  return { tool_calls: [{ index: 0, ...first, function: call }] };
};

/** Streams of each upstream dialect that stop in the middle. */
const STREAMS: Readonly<Record<UpstreamName, (cut: Cut) => Buffer[]>> = {
  messages: ({ count, part, pieces }) => [
    messageStart({ model: 'm', usage: { input: INPUT, output: count } }),
    messagesBlock(part),
    ...pieces.map((piece) => messagesDelta(part, piece)),
  ],
  chat: ({ part, pieces }) => [
    chat({ role: 'assistant', content: '' }),
    ...pieces.map((piece, at) => chat(chatDelta(part, piece, at))),
  ],
  responses: ({ pieces }) => {
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
      ...pieces.map((delta): [string, JsonObject] => ['output_text.delta', { ...of, delta }]),
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

const ORDER = /kind=(\w+) count=(\d+) part=(\w+) factor=([\d.]+)/;

/** Writes what the request names, bills it by the factor of its tokenizer, and then says no more. */
const cutShort =
  (name: UpstreamName): Script =>
  async (reply) => {
    const [, kind = '', count = '', part = '', factor = ''] = ORDER.exec(JSON.stringify(reply.call.json)) ?? [];
    const perPiece = name === 'messages' || Number(count) === LONG ? SEVERAL : 1;
    const cut = cutOf(kind, Number(count), part === 'thinking' || part === 'tool' ? part : 'text', perPiece);
    reply.bill({ input: INPUT, output: Math.round(cut.count * Number(factor)) });
    await reply.streamHead();
    const frames = STREAMS[name](cut);
    for (let at = 0; at < frames.length; at += FRAMES_OF_CHUNK) {
      await reply.chunk(Buffer.concat(frames.slice(at, at + FRAMES_OF_CHUNK)));
    }
  };

type Row = { pair: string; kind: string; tokens: number; billed: number; error: number };
type Order = { kind: string; count: number; part?: Part; factor?: number };

async function abandon(caller: Caller, upstream: UpstreamName, order: Order): Promise<Row> {
  const { kind, count, part = 'text', factor = 1 } = order;
  const text = `kind=${kind} count=${count} part=${part} factor=${factor}`;
  const tokens = Math.round(cutOf(kind, count, part, 1).count * factor);
  const live = await stream(caller, gateway, caller.ask(`on-${upstream}`, text));
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

function callerOf(name: Caller['name']): Caller {
  const caller = CALLERS.find((each) => each.name === name);
  if (!caller) throw new Error(`no caller of ${name}`);
  return caller;
}

const isOff = ({ tokens, error }: Row) => Math.abs(error) > Math.max(ALLOWED_TOKENS, tokens * ALLOWED_PART);

test('G2 C1 streams that are abandoned anywhere are billed within the goal, over every pair of dialects', {
  timeout: 90_000,
}, async () => {
  const rows: Row[] = [];
  for (const { upstream } of UPSTREAMS) {
    upstreams.of(upstream).fallback = cutShort(upstream);
    for (const caller of CALLERS) {
      const cases = KINDS.flatMap((kind) => POINTS.map((count) => abandon(caller, upstream, { kind, count })));
      rows.push(...(await Promise.all(cases)));
    }
  }
  const worst = Map.groupBy(rows, ({ pair }) => pair);
  for (const [pair, ofPair] of worst) {
    const [first] = ofPair.toSorted((a, b) => Math.abs(b.error) - Math.abs(a.error));
    if (first) console.info(`${pair}: worst ${first.error} of ${first.tokens} tokens of ${first.kind}`);
  }
  expect(rows).toHaveLength(UPSTREAMS.length * CALLERS.length * KINDS.length * POINTS.length);
  expect(rows.filter(isOff)).toEqual([]);
  expect((await gateway.command('doctor')).code).toBe(0);
});

test('G2 long texts of every kind, thinking and tool input are billed within the goal, relayed and converted', {
  timeout: 90_000,
}, async () => {
  const rows: Row[] = [];
  const texts: Order[] = TEXT_NAMES.map((kind) => ({ kind, count: LONG }));
  const others: Order[] = [
    { kind: 'prose', count: LONG, part: 'thinking' },
    { kind: 'json', count: LONG, part: 'tool' },
    { kind: 'code', count: LONG, part: 'tool' },
  ];
  for (const { caller, upstream, orders } of [
    { caller: 'Messages', upstream: 'messages', orders: [...texts, ...others] },
    { caller: 'Chat', upstream: 'chat', orders: [...texts, ...others] },
    { caller: 'Chat', upstream: 'messages', orders: texts },
  ] as const) {
    upstreams.of(upstream).fallback = cutShort(upstream);
    for (const order of orders) rows.push(await abandon(callerOf(caller), upstream, order));
  }
  expect(rows).toHaveLength(3 * TEXT_NAMES.length + 2 * others.length);
  expect(rows.filter(isOff)).toEqual([]);
});

test('G2 a model whose tokens are others is learnt from the answers that it ends, and still known after a restart', {
  timeout: 90_000,
}, async () => {
  const upstream = upstreams.of('messages');
  const caller = callerOf('Messages');
  const factor = 1.4;
  const order = { kind: 'code', count: LONG, factor };
  upstream.fallback = cutShort('messages');
  expect(isOff(await abandon(caller, 'messages', order))).toBe(true);
  for (let from = 0; from < 10; from++) {
    const tokens = tokensOf('code', 500, from * 300);
    const usage = { input: INPUT, output: Math.round(truthOf(tokens) * factor) };
    upstream.next((reply) => {
      reply.bill(usage);
      return reply.stream(textStream({ model: 'm', usage }, inPieces(tokens, SEVERAL)));
    });
    const live = await stream(caller, gateway, caller.ask('on-messages', 'whole'));
    await live.whole();
  }
  expect(isOff(await abandon(caller, 'messages', order))).toBe(false);
  await gateway.stop();
  await gateway.start();
  expect(isOff(await abandon(caller, 'messages', order))).toBe(false);
});
