import type { LossSink } from '../../core/dialect.ts';
import { isJsonObject, type JsonObject, objectAt, stringAt } from '../../core/json.ts';
import type { MessagesRequest } from '../../core/message.ts';
import {
  asObject,
  asString,
  pathOf,
  readList,
  readString,
  refuse,
  reportUnknown,
  requireString,
  valueAt,
} from '../shared/fields.ts';
import { Conversation, type OrphanWording } from '../shared/read-request/conversation.ts';
import { readArguments } from '../shared/read-request/read-arguments.ts';
import { cacheMark, markLast, readContent } from '../shared/read-request/read-parts.ts';
import { thinkingBlock } from '../shared/read-request/sealed-thinking.ts';
import type { ToolCatalogue } from '../shared/read-request/tool-catalogue.ts';
import { typeOfItem } from './check-request.ts';
import { ASSISTANT_PARTS, SYSTEM_PARTS, USER_PARTS } from './parts.ts';

/** What reading one item goes by. */
type Reading = { conversation: Conversation; catalogue: ToolCatalogue; report: LossSink };

/** Reads one item into the conversation. @throws GatewayError `invalid_request` naming the field. */
type ItemReader = (item: JsonObject, field: string, reading: Reading) => void;

/** OpenAI's own words for calls and results that lack each other (P112). */
const WORDING: OrphanWording = {
  callWithoutResult: (ids) => `No tool output found for function call ${ids.join(', ')}.`,
  resultWithoutCall: (id) => `No tool call found for function call output with call_id ${id}.`,
};

/** Every type of item that can be converted, or left out; others are refused (P50). */
export const ITEM_READERS: ReadonlyMap<string, ItemReader> = new Map([
  ['message', readMessage],
  ['reasoning', readReasoning],
  ['function_call', readFunctionCall],
  ['custom_tool_call', readCustomCall],
  ['function_call_output', readCallOutput],
  ['custom_tool_call_output', readCallOutput],
  // Its tools are taken in with the others.
  ['additional_tools', () => {}],
  // What OpenAI ran itself: call and result in one item, of use to nobody else (`translation.md` §2).
  ['web_search_call', dropHostedCall],
  ['file_search_call', dropHostedCall],
  ['code_interpreter_call', dropHostedCall],
  ['image_generation_call', dropHostedCall],
  ['mcp_list_tools', dropHostedCall],
  ['mcp_call', dropHostedCall],
]);

/**
 * The conversation of a body that `checkRequest` accepted: `instructions` first, then the items in their order.
 * @throws GatewayError `invalid_request` naming a field that is wrong, or an item that no other dialect can carry (P50).
 */
export function readInput(
  body: JsonObject,
  catalogue: ToolCatalogue,
  report: LossSink,
): Pick<MessagesRequest, 'system' | 'messages'> {
  const conversation = new Conversation(WORDING, report);
  const instructions = readString(body, 'instructions', '') ?? '';
  if (instructions !== '') conversation.addSystem([{ type: 'text', text: instructions }], {}, 'instructions');
  const input = valueAt(body, 'input');
  if (typeof input === 'string') {
    conversation.addUser(readContent(input, 'input', USER_PARTS, report), {}, 'input');
    return conversation.finish('input');
  }
  readList(body, 'input', '').forEach((value, index) => {
    const field = pathOf('input', index);
    const item = asObject(value, field);
    const type = typeOfItem(item, field);
    const read = ITEM_READERS.get(type);
    if (read === undefined) refuse(pathOf(field, 'type'), `Items of type '${type}' cannot be converted`);
    read(item, field, { conversation, catalogue, report });
  });
  return conversation.finish('input');
}

/** What every item has and no other format needs. */
const ITEM_KEYS = ['type', 'id', 'status'];
const MESSAGE_KEYS = new Set([...ITEM_KEYS, 'role', 'content', 'phase', 'cache_control']);
const CALL_KEYS = new Set([...ITEM_KEYS, 'call_id', 'name', 'namespace', 'caller', 'arguments', 'input']);
const OUTPUT_KEYS = new Set([...ITEM_KEYS, 'call_id', 'name', 'output', 'cache_control', 'caller']);
const REASONING_KEYS = new Set([...ITEM_KEYS, 'summary', 'content', 'encrypted_content']);

function readMessage(item: JsonObject, field: string, { conversation, report }: Reading): void {
  reportUnknown(item, MESSAGE_KEYS, field, report);
  const phase = readString(item, 'phase', field);
  const extra: JsonObject = phase === undefined ? {} : { phase };
  const role = requireString(item, 'role', field);
  const parts = role === 'assistant' ? ASSISTANT_PARTS : role === 'user' ? USER_PARTS : SYSTEM_PARTS;
  const read = readContent(item['content'], pathOf(field, 'content'), parts, report);
  const content = markLast(read, item, field, report);
  if (role === 'assistant') conversation.addAssistant(content, extra, field, true);
  else if (role === 'user') conversation.addUser(content, extra, field);
  else conversation.addSystem(content, extra, field);
}

/** Reasoning whose state is not ours to give back cannot be replayed (P99, P105). */
function readReasoning(item: JsonObject, field: string, { conversation, report }: Reading): void {
  reportUnknown(item, REASONING_KEYS, field, report);
  const said = readList(item, 'content', field);
  const texts = (said.length > 0 ? said : readList(item, 'summary', field)).flatMap((part) =>
    isJsonObject(part) ? (stringAt(part, 'text') ?? []) : [],
  );
  const block = thinkingBlock(texts.join('\n\n'), readString(item, 'encrypted_content', field));
  if (block === undefined) report({ code: 'thinking_dropped', field });
  else conversation.addThinking(block);
}

function readFunctionCall(item: JsonObject, field: string, reading: Reading): void {
  addCall(item, field, reading, readArguments(item['arguments'], pathOf(field, 'arguments'), reading.report));
}

function readCustomCall(item: JsonObject, field: string, reading: Reading): void {
  const input = asString(item['input'] ?? '', pathOf(field, 'input'));
  addCall(item, field, reading, { input: { input }, extra: { custom: true } });
}

function addCall(item: JsonObject, field: string, reading: Reading, block: JsonObject): void {
  reportUnknown(item, CALL_KEYS, field, reading.report);
  const caller = objectAt(item, 'caller');
  if (caller !== undefined && caller['type'] !== 'direct') {
    refuse(pathOf(field, 'caller'), 'Calls by programs cannot be converted');
  }
  const id = requireString(item, 'call_id', field);
  const name = reading.catalogue.nameOf(requireString(item, 'name', field), readString(item, 'namespace', field));
  reading.conversation.addToolCall(id, name, block, pathOf(field, 'call_id'));
}

function readCallOutput(item: JsonObject, field: string, { conversation, report }: Reading): void {
  reportUnknown(item, OUTPUT_KEYS, field, report);
  const content = readContent(item['output'], pathOf(field, 'output'), USER_PARTS, report);
  const id = requireString(item, 'call_id', field);
  conversation.addToolResult(id, { content, mark: cacheMark(item, field, report) }, pathOf(field, 'call_id'));
}

function dropHostedCall(_item: JsonObject, field: string, { report }: Reading): void {
  report({ code: 'server_tool_dropped', field });
}
