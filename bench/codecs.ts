import type { CodecTools, DialectId, TargetContext } from '../src/core/dialect.ts';
import type { JsonObject } from '../src/core/json.ts';
import { OPENAI_QUIRKS } from '../src/core/quirks.ts';
import { DIALECTS } from '../src/dialects/index.ts';
import { parseFrame, SseFrameSplitter } from '../src/framing/sse-frames.ts';
import { ConvertingTap } from '../src/gateway/converting-tap.ts';
import { median } from './statistics.ts';
import { chatEventWrites, EVENTS, eventWrites } from './traffic.ts';

/**
 * What conversion costs by itself, without sockets and ledger: `npm run bench:codecs`. Requests are a coding agent's, 100 turns
 * with tools; streams have 200 events. Heap is what a round allocates, garbage included.
 */
const ROUNDS = 15;
const REQUESTS = 20;
const STREAMS = 40;
const TURNS = 100;
const MIB = 1024 * 1024;

let made = 0;
const TOOLS: CodecTools = {
  now: () => 1_790_000_000_000,
  newId: (prefix) => `${prefix}_${made++}`,
  hash: (text) => Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64),
  envelope: { seal: () => 'ezm1.bench.bench', open: () => undefined },
};

const PAIRS: readonly (readonly [client: DialectId, upstream: DialectId])[] = [
  ['anthropic-messages', 'openai-chat'],
  ['anthropic-messages', 'openai-responses'],
  ['openai-chat', 'anthropic-messages'],
  ['openai-responses', 'anthropic-messages'],
  ['openai-chat', 'openai-responses'],
  ['openai-responses', 'openai-chat'],
];

const WORDS = 'The quick brown fox jumps over the lazy dog. '.repeat(20);
const SCHEMA = { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] };

const TURN_NUMBERS = Array.from({ length: TURNS }, (_, turn) => turn);

const REQUEST_BODIES: Readonly<Record<DialectId, JsonObject>> = {
  'anthropic-messages': {
    model: 'm',
    max_tokens: 1024,
    system: WORDS,
    tools: [{ name: 'read', description: 'Reads a file', input_schema: SCHEMA }],
    messages: TURN_NUMBERS.flatMap((turn) => [
      {
        role: 'user',
        content: turn === 0 ? WORDS : [{ type: 'tool_result', tool_use_id: `t${turn - 1}`, content: WORDS }],
      },
      {
        role: 'assistant',
        content:
          turn === TURNS - 1
            ? [{ type: 'text', text: WORDS }]
            : [
                { type: 'text', text: 'Let me look.' },
                { type: 'tool_use', id: `t${turn}`, name: 'read', input: { path: `src/${turn}.ts` } },
              ],
      },
    ]).concat([{ role: 'user', content: 'Go on.' }]),
  },
  'openai-chat': {
    model: 'm',
    tools: [{ type: 'function', function: { name: 'read', description: 'Reads a file', parameters: SCHEMA } }],
    messages: [
      { role: 'system', content: WORDS },
      { role: 'user', content: WORDS },
      ...TURN_NUMBERS.flatMap((turn) => [
        {
          role: 'assistant',
          content: 'Let me look.',
          tool_calls: [
            { id: `t${turn}`, type: 'function', function: { name: 'read', arguments: `{"path":"src/${turn}.ts"}` } },
          ],
        },
        { role: 'tool', tool_call_id: `t${turn}`, content: WORDS },
      ]),
    ],
  },
  'openai-responses': {
    model: 'm',
    instructions: WORDS,
    tools: [{ type: 'function', name: 'read', description: 'Reads a file', parameters: SCHEMA, strict: false }],
    input: [
      { role: 'user', content: WORDS },
      ...TURN_NUMBERS.flatMap((turn) => [
        { type: 'function_call', call_id: `t${turn}`, name: 'read', arguments: `{"path":"src/${turn}.ts"}` },
        { type: 'function_call_output', call_id: `t${turn}`, output: WORDS },
      ]),
    ],
  },
};

const TARGET: TargetContext = {
  model: 'm',
  provider: 'bench',
  facts: undefined,
  quirks: OPENAI_QUIRKS,
  operation: 'generate',
  tools: TOOLS,
  report: () => undefined,
};

type Measured = { micros: number; allocated: number };

/** The median time of one call of `work`, and what it allocates. */
function measure(work: () => void, times: number): Measured {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const heapBefore = process.memoryUsage().heapUsed;
    const startedAt = performance.now();
    for (let time = 0; time < times; time++) work();
    const micros = ((performance.now() - startedAt) * 1_000) / times;
    return { micros, allocated: (process.memoryUsage().heapUsed - heapBefore) / times };
  });
  // A round in which the collector ran shows too little: the largest is the true one.
  return {
    micros: median(rounds.map(({ micros }) => micros)),
    allocated: Math.max(...rounds.map((one) => one.allocated)),
  };
}

function convertRequest(client: DialectId, upstream: DialectId): void {
  const { request } = DIALECTS[client].server.parseRequest(REQUEST_BODIES[client], 'generate', TOOLS);
  DIALECTS[upstream].client.formatRequest(request, TARGET);
}

function convertStream(client: DialectId, upstream: DialectId, bytes: Buffer): void {
  const { request } = DIALECTS[client].server.parseRequest(ASK[client], 'generate', TOOLS);
  const { reading } = DIALECTS[upstream].client.formatRequest(request, TARGET);
  const answering = { request, body: ASK[client], model: 'm', tools: TOOLS, report: () => undefined };
  const tap = new ConvertingTap({
    requestId: 'req_bench',
    decoder: DIALECTS[upstream].client.streamDecoder(reading),
    encoder: DIALECTS[client].server.streamEncoder(answering),
  });
  for (const raw of new SseFrameSplitter().push(bytes)) tap.take(raw);
  tap.end();
}

/** The same 200 events as each upstream sends them; those of Responses are spelled by our own encoder. */
function upstreamStreams(): Readonly<Record<DialectId, Buffer>> {
  const messages = Buffer.concat(eventWrites());
  const { client } = DIALECTS['anthropic-messages'];
  const dialect = DIALECTS['openai-responses'];
  const { request } = dialect.server.parseRequest(ASK['openai-responses'], 'generate', TOOLS);
  const answering = { request, body: ASK['openai-responses'], model: 'm', tools: TOOLS, report: () => undefined };
  const tap = new ConvertingTap({
    requestId: 'req_bench',
    decoder: client.streamDecoder(client.formatRequest(request, TARGET).reading),
    encoder: dialect.server.streamEncoder(answering),
  });
  const frames = new SseFrameSplitter().push(messages).map((raw) => tap.take(raw).bytes);
  return {
    'anthropic-messages': messages,
    'openai-chat': Buffer.concat(chatEventWrites()),
    'openai-responses': Buffer.concat(frames),
  };
}

const ASK: Readonly<Record<DialectId, JsonObject>> = {
  'anthropic-messages': { model: 'm', max_tokens: 9, stream: true, messages: [{ role: 'user', content: 'hi' }] },
  'openai-chat': { model: 'm', stream: true, messages: [{ role: 'user', content: 'hi' }] },
  'openai-responses': { model: 'm', stream: true, input: 'hi' },
};

function printLine(label: string, figures: string): void {
  process.stdout.write(`| ${label} | ${figures} |\n`);
}

const UPSTREAM_STREAMS = upstreamStreams();
printLine('conversion', 'requests, MB/s | requests, MiB allocated | stream, events/s | stream, KiB allocated');
printLine('---', '--: | --: | --: | --:');
for (const [client, upstream] of PAIRS) {
  const requestBytes = JSON.stringify(REQUEST_BODIES[client]).length;
  const requests = measure(() => convertRequest(client, upstream), REQUESTS);
  const bytes = UPSTREAM_STREAMS[upstream];
  const streams = measure(() => convertStream(client, upstream, bytes), STREAMS);
  const columns = [
    (requestBytes / requests.micros).toFixed(0),
    (requests.allocated / MIB).toFixed(2),
    ((EVENTS * 1e6) / streams.micros).toFixed(0),
    (streams.allocated / 1024).toFixed(0),
  ];
  printLine(`${client} ↔ ${upstream}`, columns.join(' | '));
}

const parsed = measure(() => {
  for (const raw of new SseFrameSplitter().push(UPSTREAM_STREAMS['anthropic-messages'])) parseFrame(raw);
}, STREAMS);
printLine(
  'frames alone (split, parse)',
  `– | – | ${Math.round((EVENTS * 1e6) / parsed.micros)} | ${(parsed.allocated / 1024).toFixed(0)}`,
);
