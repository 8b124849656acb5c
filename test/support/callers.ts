import type { DialectId } from '../../src/core/dialect.ts';
import { isJsonObject, type Json, type JsonObject, numberAt, objectAt, stringAt } from '../../src/core/json.ts';
import { type Answer, call, type LiveAnswer, openStream } from './call.ts';
import type { Gateway } from './gateway.ts';
import { objectsIn } from './scripted-model/messages.ts';

/** An error as a client reads it. */
export type ToldError = { type: string; code: string | null; message: string };

/** What a client makes of a stream. */
export type ToldStream = {
  text: string;
  errors: ToldError[];
  /** Marks of a clean end. */
  ends: number;
  /** What broke the rules of the dialect. */
  faults: string[];
};

/** A client without an SDK: it sends what it is told to, and reads answers as the reference of its API describes them. */
export type Caller = {
  name: 'Messages' | 'Chat' | 'Responses';
  dialect: DialectId;
  path: string;
  headers(gateway: Gateway): Record<string, string>;
  ask(model: string, text: string): JsonObject;
  textOf(answer: JsonObject): string;
  /** @throws Error when the answer is not in this client's envelope. */
  errorOf(answer: Answer): ToldError;
  readStream(text: string): ToldStream;
};

/** Sends a body and reads the whole answer. */
export function send(
  caller: Caller,
  gateway: Gateway,
  body: JsonObject | Buffer,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const all = { ...caller.headers(gateway), ...headers };
  return call(`${gateway.url}${caller.path}`, { method: 'POST', body, headers: all });
}

/** Asks for a stream, given as soon as its headers are there. */
export function stream(caller: Caller, gateway: Gateway, body: JsonObject): Promise<LiveAnswer> {
  const outgoing = { method: 'POST', body: { ...body, stream: true }, headers: caller.headers(gateway) };
  return openStream(`${gateway.url}${caller.path}`, outgoing);
}

const bearer = (gateway: Gateway) => ({
  authorization: `Bearer ${gateway.key}`,
  'content-type': 'application/json',
});

const MESSAGES: Caller = {
  name: 'Messages',
  dialect: 'anthropic-messages',
  path: '/v1/messages',
  headers: (gateway) => gateway.headers(),
  ask: (model, text) => ({ model, max_tokens: 64, messages: [{ role: 'user', content: text }] }),
  textOf: ({ content }) => joined(content, 'text'),
  errorOf: (answer) => {
    const body = answer.json();
    const error = objectAt(body, 'error') ?? {};
    expectKeys(body, ['type', 'error', 'request_id'], answer.text);
    if (body['type'] !== 'error' || body['request_id'] !== answer.headers['request-id']) throw notOurs(answer.text);
    return messagesError(error);
  },
  readStream: (text) => {
    const told = newStream();
    for (const { event, data } of framesOf(text)) {
      const json = objectIn(data);
      if (json['type'] !== event) told.faults.push(`event ${event} says ${json['type']}`);
      if (event === 'content_block_delta') told.text += stringAt(objectAt(json, 'delta') ?? {}, 'text') ?? '';
      if (event === 'message_stop') told.ends++;
      if (event === 'error') told.errors.push(messagesError(objectAt(json, 'error') ?? {}));
    }
    return told;
  },
};

const CHAT: Caller = {
  name: 'Chat',
  dialect: 'openai-chat',
  path: '/v1/chat/completions',
  headers: bearer,
  ask: (model, text) => ({ model, messages: [{ role: 'user', content: text }] }),
  textOf: ({ choices }) => stringAt(objectAt(first(choices), 'message') ?? {}, 'content') ?? '',
  errorOf: openAiErrorOf,
  readStream: (text) => {
    const told = newStream();
    for (const { event, data } of framesOf(text)) {
      if (event !== '') told.faults.push(`a line event: ${event} (P108)`);
      if (data === '[DONE]') {
        told.ends++;
        continue;
      }
      const json = objectIn(data);
      if (json['error'] !== undefined) told.errors.push(openAiError(objectAt(json, 'error') ?? {}));
      else {
        const choice = first(json['choices']);
        told.text += stringAt(objectAt(choice, 'delta') ?? {}, 'content') ?? '';
        if (told.errors.length > 0 || told.ends > 0) told.faults.push('a chunk after the end');
      }
    }
    return told;
  },
};

const RESPONSES: Caller = {
  name: 'Responses',
  dialect: 'openai-responses',
  path: '/v1/responses',
  headers: bearer,
  ask: (model, text) => ({ model, input: text, store: false }),
  textOf: ({ output }) =>
    objectsIn(output)
      .map(({ content }) => joined(content, 'output_text'))
      .join(''),
  errorOf: openAiErrorOf,
  readStream: (text) => {
    const told = newStream();
    framesOf(text).forEach(({ event, data }, index) => {
      const json = objectIn(data);
      if (json['type'] !== event) told.faults.push(`event ${event} says ${json['type']}`);
      if (numberAt(json, 'sequence_number') !== index) told.faults.push(`event ${index} has another sequence_number`);
      if (event === 'response.output_text.delta') told.text += stringAt(json, 'delta') ?? '';
      if (event === 'response.completed' || event === 'response.incomplete') told.ends++;
      if (event !== 'response.failed') return;
      const { code, message } = objectAt(objectAt(json, 'response') ?? {}, 'error') ?? {};
      if (typeof code !== 'string') told.faults.push('response.error.code is missing');
      told.errors.push({ type: 'response.failed', code: String(code), message: String(message) });
    });
    return told;
  },
};

/** A client of each dialect. */
export const CALLERS: readonly Caller[] = [MESSAGES, CHAT, RESPONSES];

function openAiErrorOf(answer: Answer): ToldError {
  const body = answer.json();
  const error = objectAt(body, 'error') ?? {};
  expectKeys(body, ['error'], answer.text);
  expectKeys(error, ['message', 'type', 'param', 'code'], answer.text);
  if (answer.headers['x-request-id'] !== answer.headers['request-id']) throw notOurs(answer.text);
  return openAiError(error);
}

function openAiError(error: JsonObject): ToldError {
  return {
    type: stringAt(error, 'type') ?? '',
    code: stringAt(error, 'code') ?? null,
    message: stringAt(error, 'message') ?? '',
  };
}

function messagesError(error: JsonObject): ToldError {
  const code = stringAt(objectAt(error, 'details') ?? {}, 'error_code') ?? null;
  return { type: stringAt(error, 'type') ?? '', code, message: stringAt(error, 'message') ?? '' };
}

function newStream(): ToldStream {
  return { text: '', errors: [], ends: 0, faults: [] };
}

/** The events of a stream, comments left out; written apart from the gateway's own parser on purpose. */
function framesOf(text: string): { event: string; data: string }[] {
  return text
    .split(/\r?\n\r?\n/)
    .map((block) => block.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith(':')))
    .filter((lines) => lines.length > 0)
    .map((lines) => ({ event: fieldOf(lines, 'event'), data: fieldOf(lines, 'data') }));
}

function fieldOf(lines: readonly string[], name: string): string {
  const values = lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).trim());
  return values.join('\n');
}

function expectKeys(object: JsonObject, keys: readonly string[], text: string): void {
  if (Object.keys(object).sort().join() !== [...keys].sort().join()) throw notOurs(text);
}

function notOurs(text: string): Error {
  return new Error(`not this client's envelope: ${text.slice(0, 500)}`);
}

function objectIn(data: string): JsonObject {
  const value: unknown = JSON.parse(data);
  if (!isJsonObject(value)) throw new Error(`not an object: ${data}`);
  return value;
}

function first(value: Json | undefined): JsonObject {
  return objectsIn(value)[0] ?? {};
}

function joined(parts: Json | undefined, type: string): string {
  return objectsIn(parts)
    .filter((part) => part['type'] === type)
    .map((part) => stringAt(part, 'text') ?? '')
    .join('');
}
