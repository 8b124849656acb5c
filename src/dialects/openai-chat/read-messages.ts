import type { LossSink } from '../../core/dialect.ts';
import type { JsonObject } from '../../core/json.ts';
import type { MessagesRequest } from '../../core/message.ts';
import { asObject, pathOf, readList, reportUnknown, requireString } from '../shared/fields.ts';
import { Conversation, type OrphanWording } from '../shared/read-request/conversation.ts';
import { cacheMark, markLast, readContent } from '../shared/read-request/read-parts.ts';
import { FunctionCallIds, type MessageReader, type MessageReading, nameOf } from './message-reading.ts';
import { SYSTEM_PARTS, USER_PARTS } from './parts.ts';
import { readAssistant } from './read-assistant.ts';

/** OpenAI's own words for calls and results that lack each other (P112). */
const WORDING: OrphanWording = {
  callWithoutResult: (ids) =>
    "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. " +
    `The following tool_call_ids did not have response messages: ${ids.join(', ')}`,
  resultWithoutCall: (id) =>
    `messages with role 'tool' must be a response to a preceding message with 'tool_calls': no call '${id}' waits for one`,
};

const READERS: ReadonlyMap<string, MessageReader> = new Map([
  ['system', readSystem],
  ['developer', readSystem],
  ['user', readUser],
  ['assistant', readAssistant],
  ['tool', readTool],
  ['function', readFunction],
]);

/**
 * The conversation of a body that `checkRequest` accepted.
 * @throws GatewayError `invalid_request` naming a field that is wrong, or that no other dialect can carry.
 */
export function readMessages(body: JsonObject, report: LossSink): Pick<MessagesRequest, 'system' | 'messages'> {
  const conversation = new Conversation(WORDING, report);
  const reading: MessageReading = { conversation, functionCallIds: new FunctionCallIds(), report };
  readList(body, 'messages', '').forEach((value, index) => {
    const field = pathOf('messages', index);
    const message = asObject(value, field);
    READERS.get(requireString(message, 'role', field))?.(message, field, reading);
  });
  return conversation.finish('messages');
}

const SPEAKER_KEYS = new Set(['role', 'content', 'name', 'cache_control', 'prompt_cache_breakpoint']);
const TOOL_KEYS = new Set([...SPEAKER_KEYS, 'tool_call_id']);

function readSystem(message: JsonObject, field: string, { conversation, report }: MessageReading): void {
  reportUnknown(message, SPEAKER_KEYS, field, report);
  const content = readContent(message['content'], pathOf(field, 'content'), SYSTEM_PARTS, report);
  conversation.addSystem(markLast(content, message, field, report), nameOf(message, field), field);
}

function readUser(message: JsonObject, field: string, { conversation, report }: MessageReading): void {
  reportUnknown(message, SPEAKER_KEYS, field, report);
  const content = readContent(message['content'], pathOf(field, 'content'), USER_PARTS, report);
  conversation.addUser(markLast(content, message, field, report), nameOf(message, field), field);
}

/** The name of a tool message says only what its call says too. */
function readTool(message: JsonObject, field: string, { conversation, report }: MessageReading): void {
  reportUnknown(message, TOOL_KEYS, field, report);
  const content = readContent(message['content'], pathOf(field, 'content'), USER_PARTS, report);
  const id = requireString(message, 'tool_call_id', field);
  conversation.addToolResult(id, { content, mark: cacheMark(message, field, report) }, pathOf(field, 'tool_call_id'));
}

/** The old form of a tool message: it knows the function by its name only. */
function readFunction(message: JsonObject, field: string, reading: MessageReading): void {
  const { conversation, functionCallIds, report } = reading;
  reportUnknown(message, SPEAKER_KEYS, field, report);
  const name = requireString(message, 'name', field);
  const content = readContent(message['content'], pathOf(field, 'content'), USER_PARTS, report);
  conversation.addToolResult(functionCallIds.latest(name), { content }, pathOf(field, 'name'));
}
