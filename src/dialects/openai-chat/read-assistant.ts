import type { LossSink } from '../../core/dialect.ts';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '../../core/json.ts';
import type { ContentBlock } from '../../core/message.ts';
import {
  asObject,
  asString,
  pathOf,
  readList,
  readObject,
  readString,
  refuse,
  reportUnknown,
  requireString,
  valueAt,
} from '../shared/fields.ts';
import { readArguments } from '../shared/read-request/read-arguments.ts';
import { cacheMark, holdsAny, readContent } from '../shared/read-request/read-parts.ts';
import { thinkingBlock } from '../shared/read-request/sealed-thinking.ts';
import { type MessageReading, nameOf } from './message-reading.ts';
import { ASSISTANT_PARTS } from './parts.ts';

/** The names under which clients give reasoning text back (P84). */
const REASONING_TEXTS = ['reasoning_content', 'reasoning', 'reasoning_text'];

const MESSAGE_KEYS = new Set([
  'role',
  'content',
  'name',
  'refusal',
  'audio',
  'annotations',
  'tool_calls',
  'function_call',
  'reasoning_details',
  'cache_control',
  'prompt_cache_breakpoint',
  ...REASONING_TEXTS,
]);

/**
 * What the model said in an earlier turn: thinking, text, and calls, in this order.
 * @throws GatewayError `invalid_request` naming the field.
 */
export function readAssistant(message: JsonObject, field: string, reading: MessageReading): void {
  const { conversation, report } = reading;
  reportUnknown(message, MESSAGE_KEYS, field, report);
  if (valueAt(message, 'audio') !== undefined) refuse(pathOf(field, 'audio'), 'Spoken answers cannot be converted');
  if (holdsAny(message['annotations'])) report({ code: 'annotations_dropped', field: pathOf(field, 'annotations') });
  const thinking = readThinking(message, field, report);
  const calls = readCalls(message, field, reading);
  const text = readText(message, field, report);
  const last = calls.at(-1)?.block ?? text.at(-1);
  if (last !== undefined) Object.assign(last, { ...cacheMark(message, field, report), ...last });

  for (const block of thinking) conversation.addThinking(block);
  const isAlone = thinking.length === 0 && calls.length === 0;
  conversation.addAssistant(text, nameOf(message, field), field, isAlone);
  for (const { id, name, block, path } of calls) conversation.addToolCall(id, name, block, path);
}

function readText(message: JsonObject, field: string, report: LossSink): ContentBlock[] {
  const content = readContent(message['content'], pathOf(field, 'content'), ASSISTANT_PARTS, report);
  const refusal = readString(message, 'refusal', field) ?? '';
  return refusal === '' ? content : [...content, { type: 'text', text: refusal }];
}

/** The states that we sealed into `reasoning_details`, the whole text with the first of them. */
function readThinking(message: JsonObject, field: string, report: LossSink): ContentBlock[] {
  const textKey = REASONING_TEXTS.find((key) => (stringAt(message, key) ?? '') !== '');
  const text = textKey === undefined ? '' : (stringAt(message, textKey) ?? '');
  const details = readList(message, 'reasoning_details', field);
  const states = details.flatMap((detail) => (isJsonObject(detail) ? (stringAt(detail, 'data') ?? []) : []));
  const blocks = states.flatMap((state) => thinkingBlock('', state) ?? []);
  const [first, ...others] = blocks;
  if (first !== undefined) return [{ ...first, thinking: text }, ...others];
  const lost = details.length > 0 ? 'reasoning_details' : textKey;
  if (lost !== undefined) report({ code: 'thinking_dropped', field: pathOf(field, lost) });
  return [];
}

type Call = { id: string; name: string; block: JsonObject; path: string };

const CALL_KEYS = new Set(['id', 'type', 'index', 'function', 'custom']);

function readCalls(message: JsonObject, field: string, reading: MessageReading): Call[] {
  const calls = readList(message, 'tool_calls', field).map((value, index) => {
    const path = pathOf(pathOf(field, 'tool_calls'), index);
    return readCall(asObject(value, path), path, reading.report);
  });
  const old = readObject(message, 'function_call', field);
  if (old === undefined) return calls;
  const path = pathOf(field, 'function_call');
  const name = requireString(old, 'name', path);
  const id = reading.functionCallIds.next(name);
  return [...calls, { id, name, block: argumentsOf(old, path, reading.report), path }];
}

function readCall(call: JsonObject, path: string, report: LossSink): Call {
  reportUnknown(call, CALL_KEYS, path, report);
  const type = readString(call, 'type', path) ?? 'function';
  const id = requireString(call, 'id', path);
  const body = objectAt(call, type);
  if (body === undefined || (type !== 'function' && type !== 'custom')) {
    refuse(path, 'Must be a function or custom tool call');
  }
  const inner = pathOf(path, type);
  const name = requireString(body, 'name', inner);
  return { id, name, block: type === 'custom' ? inputOf(body, inner) : argumentsOf(body, inner, report), path };
}

function argumentsOf(call: JsonObject, path: string, report: LossSink): JsonObject {
  return readArguments(call['arguments'], pathOf(path, 'arguments'), report);
}

/** The text that a free-form tool was called with. */
function inputOf(call: JsonObject, path: string): JsonObject {
  const input = asString(call['input'] ?? '', pathOf(path, 'input'));
  return { input: { input }, extra: { custom: true } };
}
