import fc from 'fast-check';
import type { Answering, StreamEncoder } from '../../src/core/dialect.ts';
import { type StreamEvent, unfold } from '../../src/core/event.ts';
import { isJsonObject, type JsonObject, stringAt } from '../../src/core/json.ts';
import type { ContentBlock, Message, Tool } from '../../src/core/message.ts';
import { parseFrame, SseFrameSplitter } from '../../src/framing/sse-frames.ts';
import { answeringOf } from './messages-codec.ts';

/** A function, a free-form tool, and one of each inside a namespace. */
export const TOOLS: Tool[] = [
  { name: 'get', input_schema: { type: 'object' } },
  { name: 'exec', input_schema: { type: 'object' }, extra: { custom: {} } },
  { name: 'files__read', input_schema: { type: 'object' }, extra: { namespace: 'files', name: 'read' } },
  { name: 'files__patch', input_schema: { type: 'object' }, extra: { custom: {}, namespace: 'files', name: 'patch' } },
];

/** What an answer is formed with when the request had the tools above. */
export function answeringWith(body: JsonObject = {}, changes: Partial<Answering> = {}): Answering {
  return answeringOf({ request: { model: 'public-model', messages: [], tools: TOOLS }, body, ...changes });
}

/** A finished canonical message with the given content. */
export function messageOf(content: ContentBlock[], fields: JsonObject = {}): Message {
  return {
    id: 'msg_upstream',
    type: 'message',
    role: 'assistant',
    model: 'upstream-model',
    content,
    stop_reason: content.some(({ type }) => type === 'tool_use') ? 'tool_use' : 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 10, output_tokens: 5 },
    ...fields,
  };
}

/** The text of a whole stream. */
export function streamText(encoder: StreamEncoder, events: readonly StreamEvent[]): string {
  return Buffer.concat([...events.map((event) => encoder.push(event)), encoder.end()]).toString();
}

/** The `data` of each frame of a stream. */
export function dataOf(stream: string | Uint8Array): string[] {
  const splitter = new SseFrameSplitter();
  return [...splitter.push(Buffer.from(stream)), splitter.end()].flatMap((raw) => parseFrame(raw)?.data ?? []);
}

/** The JSON object that a text or bytes hold. @throws Error when they hold something else. */
export function jsonOf(text: string | Uint8Array): JsonObject {
  const value: unknown = JSON.parse(Buffer.from(text).toString());
  if (!isJsonObject(value)) throw new Error('not an object');
  return value;
}

/** The objects of a list in an object. @throws Error when there is none. */
export function listAt(object: JsonObject, key: string): JsonObject[] {
  const list = object[key];
  if (!Array.isArray(list)) throw new Error(`no list ${key}`);
  return list.filter(isJsonObject);
}

/** The same events with every text that grows cut into pieces of a few characters. */
export function inPieces(events: readonly StreamEvent[], size: number): StreamEvent[] {
  return events.flatMap((event): StreamEvent[] => {
    if (event.type !== 'content_block_delta') return [event];
    const key = ['text', 'thinking', 'partial_json'].find((name) => stringAt(event.delta, name) !== undefined);
    const text = (key && stringAt(event.delta, key)) ?? '';
    if (key === undefined || text === '') return [event];
    const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
      text.slice(at * size, (at + 1) * size),
    );
    return pieces.map((piece) => ({ ...event, delta: { ...event.delta, [key]: piece } }));
  });
}

/** The events of a message, its texts in small pieces. */
export function eventsOf(message: Message): StreamEvent[] {
  return inPieces(unfold(message), 3);
}

const words = fc.string({ unit: 'grapheme', maxLength: 12 });
const citation = fc.oneof(
  fc.record({
    type: fc.constant('web_search_result_location'),
    url: fc.webUrl(),
    title: fc.oneof(words, fc.constant(null)),
  }),
  fc.record({ type: fc.constant('char_location'), cited_text: words }),
);
const input: fc.Arbitrary<JsonObject> = fc.dictionary(
  fc.stringMatching(/^[a-z]{1,5}$/),
  fc.oneof(words, fc.integer(), fc.boolean()),
);
const textBlock = fc.record({
  type: fc.constant('text'),
  text: words,
  citations: fc.array(citation, { maxLength: 2 }),
});
const block: fc.Arbitrary<ContentBlock[]> = fc.oneof(
  textBlock.map((text) => [text]),
  fc.record({ type: fc.constant('thinking'), thinking: words, signature: words }).map((thinking) => [thinking]),
  words.map((data) => [{ type: 'redacted_thinking', data }]),
  fc
    .record({
      type: fc.constant('tool_use'),
      id: fc.uuid(),
      name: fc.constantFrom('get', 'files__read', 'unknown'),
      input,
    })
    .map((call) => [call]),
  fc
    .tuple(fc.uuid(), fc.constantFrom('exec', 'files__patch'), words)
    .map(([id, name, text]) => [{ type: 'tool_use', id, name, input: { input: text }, extra: { custom: true } }]),
  fc.tuple(fc.uuid(), words, fc.array(fc.webUrl(), { maxLength: 2 })).map(([id, query, urls]) => [
    { type: 'server_tool_use', id, name: 'web_search', input: { query } },
    {
      type: 'web_search_tool_result',
      tool_use_id: id,
      content: urls.map((url) => ({ type: 'web_search_result', url })),
    },
  ]),
  words.map((content) => [{ type: 'block_of_tomorrow', content }]),
);

/** Any answer that the canonical form can hold. */
export const messages: fc.Arbitrary<Message> = fc
  .tuple(
    fc.array(block, { maxLength: 6 }),
    fc.record({
      stop_reason: fc.constantFrom(
        'end_turn',
        'tool_use',
        'max_tokens',
        'stop_sequence',
        'refusal',
        'pause_turn',
        'new',
      ),
      stop_details: fc.constantFrom(null, { type: 'refusal', explanation: 'Not that.' }),
    }),
    fc.record({
      input_tokens: fc.nat(),
      cache_read_input_tokens: fc.nat(),
      cache_creation_input_tokens: fc.nat(),
      output_tokens: fc.nat(),
      service_tier: fc.constantFrom(null, 'standard', 'priority', 'batch'),
    }),
  )
  .map(([blocks, end, usage]) => messageOf(blocks.flat(), { ...end, usage }));
