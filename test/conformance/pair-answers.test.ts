import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DialectId } from '../../src/core/dialect.ts';
import { isJsonObject, type Json, type JsonObject, numberAt, objectAt, stringAt } from '../../src/core/json.ts';
import type { Loss } from '../../src/core/loss.ts';
import type { ContentBlock, Message, MessagesRequest } from '../../src/core/message.ts';
import { isSealed } from '../../src/core/opaque.ts';
import type { Usage } from '../../src/core/usage.ts';
import { DIALECTS } from '../../src/dialects/index.ts';
import { someInput, someText } from '../support/arbitrary-conversation.ts';
import { testTools } from '../support/codec-tools.ts';
import {
  framesOf,
  fullAnswering,
  type ReadAnswer,
  streamOf,
  throughStream,
  throughWhole,
} from '../support/pair-reading.ts';
import { objectOf } from '../support/pair-turns.ts';
import { readClientStream } from '../support/stream-grammar.ts';

const RUNS = 500;

const REQUEST: MessagesRequest = {
  model: 'public-model',
  messages: [{ role: 'user', content: 'hi' }],
  tools: [
    { name: 'run', input_schema: { type: 'object' } },
    { name: 'script', input_schema: { type: 'object' }, extra: { custom: {} } },
  ],
};

const { envelope } = testTools();
const sealed = (data: JsonObject) => envelope.seal({ origin: 'acme', data });

const block: fc.Arbitrary<ContentBlock> = fc.oneof(
  someText.map((text) => ({ type: 'text', text })),
  fc
    .record({ text: fc.oneof(fc.constant(''), someText), secret: someText })
    .map(({ text, secret }) => ({ type: 'thinking', thinking: text, signature: sealed({ text, secret }) })),
  someText.map((redacted) => ({ type: 'redacted_thinking', data: sealed({ text: '', redacted }) })),
  someInput.map((input) => ({ type: 'tool_use', name: 'run', input })),
  someText.map((input) => ({ type: 'tool_use', name: 'script', input: { input }, extra: { custom: true } })),
);

const count = fc.nat(1_000_000);
const usage = fc
  .record({ input: count, read: count, short: count, long: count, output: count, thinking: count })
  .map(({ input, read, short, long, output, thinking }) => ({
    input_tokens: input,
    cache_read_input_tokens: read,
    cache_creation_input_tokens: short + long,
    cache_creation: { ephemeral_5m_input_tokens: short, ephemeral_1h_input_tokens: long },
    output_tokens: output + thinking,
    output_tokens_details: { thinking_tokens: thinking },
  }));

const STOPS = [
  'end_turn',
  'max_tokens',
  'refusal',
  'stop_sequence',
  'pause_turn',
  'model_context_window_exceeded',
] as const;

const answer: fc.Arbitrary<Message> = fc
  .record({ blocks: fc.array(block, { maxLength: 5 }), stop: fc.constantFrom(...STOPS), usage })
  .map(({ blocks, stop, usage }) => ({
    id: 'msg_upstream',
    type: 'message',
    role: 'assistant',
    model: 'upstream-model',
    content: blocks.map((each, index) => (each.type === 'tool_use' ? { ...each, id: `call_${index}` } : each)),
    stop_reason: stop === 'end_turn' && blocks.some(({ type }) => type === 'tool_use') ? 'tool_use' : stop,
    stop_sequence: stop === 'stop_sequence' ? 'STOP' : null,
    usage,
  }));

/** The first sealed text anywhere in a value: what a client holds to give back. */
function sealIn(value: Json | undefined): string[] {
  if (typeof value === 'string') {
    const inner = isSealed(value) ? envelope.open(value) : undefined;
    if (!inner) return [];
    return inner.origin === 'acme' ? [value] : Object.values(inner.data).flatMap(sealIn);
  }
  if (Array.isArray(value)) return value.flatMap(sealIn);
  return isJsonObject(value) ? Object.values(value).flatMap(sealIn) : [];
}

/** One block as a text; redacted thinking is thinking without text where a format has but one kind. */
function gist(each: ContentBlock): string {
  switch (each.type) {
    case 'thinking':
    case 'redacted_thinking':
      return `thinking ${JSON.stringify(stringAt(each, 'thinking') ?? '')} ${sealIn(each).join()}`;
    case 'tool_use':
      return `call ${each['id']} ${each['name']} ${JSON.stringify(each['input'])}`;
    default:
      return `${each.type} ${stringAt(each, 'text')}`;
  }
}

/** Chat has one text, one reasoning and one list of calls; how they stood among each other is not said (`translation.md` §2). */
function gathered(content: readonly ContentBlock[]): string[] {
  const texts = (key: string) => content.map((each) => stringAt(each, key) ?? '').join('');
  const thoughts = content.filter(({ type }) => type === 'thinking' || type === 'redacted_thinking');
  const calls = content.filter(({ type }) => type === 'tool_use');
  return [`text ${texts('text')}`, `thinking ${texts('thinking')}`, ...thoughts.flatMap(sealIn), ...calls.map(gist)];
}

const NORMAL: Readonly<Record<DialectId, (content: readonly ContentBlock[]) => string[]>> = {
  'anthropic-messages': (content) => content.map((each) => `${each.type === 'redacted_thinking'} ${gist(each)}`),
  'openai-chat': gathered,
  'openai-responses': (content) => content.map(gist),
};

/** How OpenAI's formats tell a stop reason, read back (`translation.md` §8), and the loss that says so. */
function nearestStop({ stop_reason: reason, content }: Message): { stop: string | null; code: string | undefined } {
  if (reason === 'max_tokens' || reason === 'refusal') return { stop: reason, code: undefined };
  if (reason === 'model_context_window_exceeded') return { stop: 'max_tokens', code: 'stop_reason_changed' };
  const stop = content.some(({ type }) => type === 'tool_use') ? 'tool_use' : 'end_turn';
  const code =
    reason === 'pause_turn' ? 'stop_reason_changed' : reason === 'stop_sequence' ? 'stop_sequence_dropped' : undefined;
  return { stop, code };
}

/** Counters as billed, the lifetimes of cache writes put together: OpenAI's formats tell their sum. */
function classes({
  input = 0,
  cache_read = 0,
  cache_write_5m = 0,
  cache_write_1h = 0,
  output = 0,
  reasoning = 0,
}: Usage) {
  return { input, cache_read, cache_write: cache_write_5m + cache_write_1h, output, reasoning };
}

function classesOf(canonical: JsonObject) {
  return {
    input: numberAt(canonical, 'input_tokens'),
    cache_read: numberAt(canonical, 'cache_read_input_tokens'),
    cache_write: numberAt(canonical, 'cache_creation_input_tokens'),
    output: numberAt(canonical, 'output_tokens'),
    reasoning: numberAt(objectAt(canonical, 'output_tokens_details') ?? {}, 'thinking_tokens'),
  };
}

describe.each(Object.values(DIALECTS))('an answer told to a client of $id', (client) => {
  const ways: Readonly<Record<string, typeof throughStream>> = { streamed: throughStream, whole: throughWhole };

  test.each(Object.entries(ways))(
    'P4 P5 P6 P9 P24 P26 P33 P66 P70 P79 P95 %s, says what the upstream said',
    (_way, pass) => {
      fc.assert(
        fc.property(answer, (message) => {
          const losses: Loss[] = [];
          const read: ReadAnswer = pass(message, client, fullAnswering(REQUEST, losses));
          expect(NORMAL[client.id](read.message.content)).toEqual(NORMAL[client.id](message.content));
          expect(classes(read.usage)).toEqual(classesOf(message.usage));
          const isMessages = client.id === 'anthropic-messages';
          const { stop, code } = nearestStop(message);
          expect(read.message.stop_reason).toBe(isMessages ? message.stop_reason : stop);
          expect(losses.map((loss) => loss.code)).toEqual(isMessages || code === undefined ? [] : [code]);
        }),
        { numRuns: RUNS },
      );
    },
  );

  test('P27 P78 P83 P106 P111 is well-formed in a stream, which joined is the whole answer', () => {
    fc.assert(
      fc.property(answer, (message) => {
        const bytes = streamOf(message, client, fullAnswering(REQUEST));
        expect(readClientStream(client.id, bytes)).toEqual({ faults: [], ending: 'end' });
        const whole = client.server.formatResponse(message, fullAnswering(REQUEST));
        expect(substance(client.relay.joinStream(framesOf(bytes)))).toEqual(substance(whole));
      }),
      { numRuns: RUNS },
    );
  });
});

/** What an answer says, whichever way it was told: a text of nothing is none, and so is a refusal of nothing. */
function substance(bytes: Uint8Array): JsonObject {
  const { content, choices, output, usage, stop_reason, status } = objectOf(bytes);
  const said = JSON.stringify({ content, choices, output, usage, stop_reason, status }, (key, value: Json) =>
    (key === 'content' && value === '') || value === null ? undefined : value,
  );
  return objectOf(said);
}
