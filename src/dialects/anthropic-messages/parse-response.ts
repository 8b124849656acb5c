import type { Reading } from '../../core/dialect.ts';
import { GatewayError } from '../../core/error.ts';
import { isJsonObject, type Json, type JsonObject, numberAt, stringAt } from '../../core/json.ts';
import type { ContentBlock, Message } from '../../core/message.ts';
import type { Usage } from '../../core/usage.ts';
import { findValue } from '../json-scan.ts';
import { streamErrorOf } from './error.ts';
import { sealRedacted, sealThinking } from './thinking-state.ts';
import { toUsage, wholeUsage, withContainer } from './usage.ts';

const DECODER = new TextDecoder();

/**
 * A whole answer in canonical form: its thinking sealed, its tools under the caller's names.
 * @throws GatewayError `bad_upstream` when the body is not a message; what an error under a 200 stands for (U9).
 */
export function parseResponse(body: Uint8Array, reading: Reading): { message: Message; usage: Usage } {
  const answer = parseAnswer(body);
  const { usage } = toMessage(answer);
  const content = withInputTexts(body, answer).map((block) => readBlock(block, reading));
  const message = toMessage({ ...answer, content, usage: wholeUsage(usage, reading.estimatedInput) });
  return { message, usage: withContainer(toUsage(usage), message) };
}

/**
 * Tokens of an answer to `count_tokens`.
 * @throws GatewayError `bad_upstream` when it tells none.
 */
export function parseCount(body: Uint8Array): number {
  const count = numberAt(parseAnswer(body), 'input_tokens');
  if (count === undefined || !Number.isSafeInteger(count) || count < 0) throw notA('a number of tokens');
  return count;
}

/**
 * The body of a whole answer as JSON.
 * @throws GatewayError `bad_upstream` when it is not a JSON object; what an error under a 200 stands for (U9).
 */
export function parseAnswer(body: Uint8Array): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(DECODER.decode(body));
  } catch (cause) {
    throw new GatewayError('bad_upstream', 'The upstream answered with a body that is not valid JSON', { cause });
  }
  if (!isJsonObject(value)) throw notA('a message');
  if (value['type'] === 'error') throw streamErrorOf(value);
  return value;
}

/**
 * A message as decoded JSON, checked as far as its readers rely on it.
 * @throws GatewayError `bad_upstream` when it is not a message.
 */
export function toMessage(value: JsonObject): Message {
  const { id, model, content, usage } = value;
  if (typeof id !== 'string' || typeof model !== 'string' || !Array.isArray(content) || !isJsonObject(usage)) {
    throw notA('a message');
  }
  return {
    ...value,
    id,
    type: 'message',
    role: 'assistant',
    model,
    content: content.filter(isBlock),
    stop_reason: stringAt(value, 'stop_reason') ?? null,
    stop_sequence: stringAt(value, 'stop_sequence') ?? null,
    usage,
  };
}

function notA(thing: string): GatewayError {
  return new GatewayError('bad_upstream', `The upstream answered with something other than ${thing}`);
}

function isBlock(value: unknown): value is ContentBlock {
  return isJsonObject(value) && typeof value['type'] === 'string';
}

/** The blocks of an answer; a tool's input also as it was written, since numbers change when they are parsed (P115). */
function withInputTexts(body: Uint8Array, answer: JsonObject): ContentBlock[] {
  const content: Json[] = Array.isArray(answer['content']) ? answer['content'] : [];
  return content.flatMap((block, index): ContentBlock[] => {
    if (!isBlock(block)) return [];
    const input_text = block.type === 'tool_use' ? inputText(body, index) : undefined;
    return [input_text === undefined ? block : { ...block, extra: { input_text } }];
  });
}

/** The JSON of a tool's input in the body of an answer; undefined when it has none, or it is no object. */
export function inputText(body: Uint8Array, index: number): string | undefined {
  const span = findValue(body, ['content', String(index), 'input']);
  const text = span && DECODER.decode(body.subarray(span.start, span.end));
  return text?.startsWith('{') ? text : undefined;
}

/**
 * A block of an answer in canonical form; of a stream, it is the opening one, whose thinking is still to come. A call without
 * an id gets one (P21).
 * @throws GatewayError `bad_upstream` when a call has no name.
 */
export function readBlock(block: ContentBlock, reading: Reading): ContentBlock {
  const { type } = block;
  if (type === 'thinking') {
    const signature = sealThinking(stringAt(block, 'thinking') ?? '', stringAt(block, 'signature') ?? '', reading);
    return { ...block, type, thinking: stringAt(block, 'thinking') ?? '', signature };
  }
  if (type === 'redacted_thinking')
    return { ...block, type, data: sealRedacted(stringAt(block, 'data') ?? '', reading) };
  if (type !== 'tool_use') return block;
  const name = stringAt(block, 'name');
  if (!name) throw new GatewayError('bad_upstream', 'The upstream sent a tool call without a name');
  const id = stringAt(block, 'id') || reading.tools.newId('toolu');
  return { ...block, type, id, name: reading.toolNames.get(name) ?? name };
}
