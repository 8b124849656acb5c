import type { Answering, Dialect, Reading } from '../../src/core/dialect.ts';
import { GatewayError } from '../../src/core/error.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { MessagesRequest } from '../../src/core/message.ts';
import { OPENAI_QUIRKS, type Quirks } from '../../src/core/quirks.ts';
import { DIALECTS } from '../../src/dialects/index.ts';
import { SseFrameSplitter } from '../../src/framing/sse-frames.ts';
import { ConvertingTap } from '../../src/gateway/converting-tap.ts';
import { testTools } from './codec-tools.ts';

/** An upstream and a client that speak different dialects. */
export type Pair = { title: string; upstream: Dialect; client: Dialect };

/** Every pair of different dialects. */
export const PAIRS: readonly Pair[] = Object.values(DIALECTS).flatMap((upstream) =>
  Object.values(DIALECTS)
    .filter((client) => client !== upstream)
    .map((client) => ({ title: `${upstream.id} -> ${client.id}`, upstream, client })),
);

/** The tools that the client of a pair has declared: one of them free-form, one in a namespace. */
const REQUEST: MessagesRequest = {
  model: 'public-model',
  messages: [{ role: 'user', content: 'hi' }],
  tools: [
    { name: 'get_weather', input_schema: { type: 'object' } },
    { name: 'run_script', input_schema: { type: 'object' }, extra: { custom: {} } },
    { name: 'files__list_files', input_schema: { type: 'object' }, extra: { namespace: 'files', name: 'list_files' } },
  ],
};

/** The client's body: it asks for all that a client can ask to be told. */
const BODY: JsonObject = {
  stream: true,
  stream_options: { include_usage: true },
  include: ['reasoning.encrypted_content', 'web_search_call.action.sources'],
};

/** What a conversion is set up with, where it differs from the plain one. */
export type PairParts = {
  quirks?: Partial<Quirks>;
  body?: JsonObject;
  reading?: Partial<Reading>;
  answering?: Partial<Answering>;
};

/** The tap of one converted answer, with tools of its own: the same input always gives the same bytes. */
export function pairTap({ upstream, client }: Pair, parts: PairParts = {}): ConvertingTap {
  const tools = testTools();
  const reading: Reading = {
    model: 'upstream-model',
    provider: 'acme',
    quirks: { ...OPENAI_QUIRKS, ...parts.quirks },
    tools,
    toolNames: new Map([['list_files', 'files__list_files']]),
    emulatedStops: [],
    estimatedInput: 7,
    report: () => {},
    ...parts.reading,
  };
  const answering: Answering = {
    request: REQUEST,
    body: parts.body ?? BODY,
    model: 'public-model',
    tools,
    report: () => {},
    ...parts.answering,
  };
  const decoder = upstream.client.streamDecoder(reading);
  const encoder = client.server.streamEncoder(answering);
  return new ConvertingTap({ requestId: 'req_ours', decoder, encoder });
}

/** What the client gets of an upstream's stream that comes in these chunks, as the gateway passes it on. */
export function convertStream(tap: ConvertingTap, chunks: Iterable<Uint8Array>): Buffer {
  const splitter = new SseFrameSplitter();
  const passed: Uint8Array[] = [];
  let isOver = false;
  const take = (raw: Uint8Array) => {
    const { phase, bytes } = tap.take(raw);
    passed.push(bytes);
    isOver ||= phase === 'end' || phase === 'error';
  };
  for (const chunk of chunks) splitter.push(chunk).forEach(take);
  const rest = splitter.end();
  if (rest.length > 0) take(rest);
  if (!isOver) {
    const { phase, bytes } = tap.end();
    passed.push(bytes);
    // The relay tells the client of an end that is none (`gateway/relay-stream.ts`).
    if (phase === 'lifecycle') passed.push(tap.fail(new GatewayError('bad_upstream', 'cut'), 'req_ours'));
  }
  return Buffer.concat(passed);
}
