import type { RelayNames } from '../../core/dialect.ts';
import { GatewayError } from '../../core/error.ts';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '../../core/json.ts';
import type { ContentBlock, Message } from '../../core/message.ts';
import type { Usage } from '../../core/usage.ts';
import { spliceJson } from '../json-splice.ts';
import { streamErrorOf } from './error.ts';
import { toUsage } from './usage.ts';

const DECODER = new TextDecoder();

/** A message as the body of a whole answer. */
export function formatResponse(message: Message): Uint8Array {
  return Buffer.from(JSON.stringify(message));
}

/** @throws GatewayError `bad_upstream` when the body is not a message. */
export function parseResponse(body: Uint8Array): Message {
  return toMessage(parseObject(body));
}

/**
 * A message as decoded JSON, checked as far as its readers rely on it.
 * @throws GatewayError `bad_upstream` when it is not a message.
 */
export function toMessage(value: JsonObject): Message {
  const { id, model, content, usage } = value;
  if (typeof id !== 'string' || typeof model !== 'string' || !Array.isArray(content) || !isJsonObject(usage)) {
    throw new GatewayError('bad_upstream', 'The upstream answered with something other than a message');
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

function isBlock(value: unknown): value is ContentBlock {
  return isJsonObject(value) && typeof value['type'] === 'string';
}

/**
 * A whole answer on its way through: its usage, and its bytes with the model name the client used.
 * @throws GatewayError `bad_upstream` when the body is not a JSON object; what an error under a 200 stands for (U9).
 */
export function takeResponse(body: Uint8Array, names: RelayNames): { usage: Usage; bytes: Uint8Array } {
  const answer = parseObject(body);
  if (answer['type'] === 'error') throw streamErrorOf(answer);
  const usage = toUsage(objectAt(answer, 'usage') ?? {});
  const { publicModel } = names;
  if (publicModel === undefined || answer['model'] === undefined) return { usage, bytes: body };
  return { usage, bytes: spliceJson(body, [{ path: ['model'], value: publicModel }]) };
}

function parseObject(body: Uint8Array): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(DECODER.decode(body));
  } catch (cause) {
    throw new GatewayError('bad_upstream', 'The upstream answered with a body that is not valid JSON', { cause });
  }
  if (!isJsonObject(value)) {
    throw new GatewayError('bad_upstream', 'The upstream answered with something other than a message');
  }
  return value;
}
