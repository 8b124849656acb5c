import { type JsonObject, stringAt } from '../../../core/json.ts';
import type { ContentBlock, Message, MessageParam, MessagesRequest } from '../../../core/message.ts';

/** Room for an answer of a few words, with some thinking before it; what is not used costs nothing. */
const ROOM = 1024;

/** A request with one turn of the user, or more where `fields` says so; the model's name is put in when it is formed. */
export function askFor(text: string, fields: Partial<MessagesRequest> = {}): MessagesRequest {
  return { model: '', max_tokens: ROOM, messages: [{ role: 'user', content: text }], ...fields };
}

/** The same conversation gone on with: the answer as it came, and what the user says to it. */
export function goOn(request: MessagesRequest, { content }: Message, reply: ContentBlock[]): MessagesRequest {
  const turns: MessageParam[] = [
    { role: 'assistant', content },
    { role: 'user', content: reply },
  ];
  return { ...request, messages: [...request.messages, ...turns] };
}

/** The text of an answer. */
export function textOf({ content }: Message): string {
  return content.map((block) => (block.type === 'text' ? (stringAt(block, 'text') ?? '') : '')).join('');
}

/** The tool calls of an answer. */
export function callsOf({ content }: Message): ContentBlock[] {
  return content.filter(({ type }) => type === 'tool_use');
}

/** A result for each call of an answer. */
export function resultsFor(message: Message, text: string): ContentBlock[] {
  return callsOf(message).map((call) => ({
    type: 'tool_result',
    tool_use_id: stringAt(call, 'id') ?? '',
    content: text,
  }));
}

const CITY_SCHEMA: JsonObject = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};

/** The tools that probes offer; each takes a city. */
export const TOOLS = {
  weather: { name: 'get_weather', description: 'The weather in a city now.', input_schema: CITY_SCHEMA },
  time: { name: 'get_time', description: 'The local time in a city now.', input_schema: CITY_SCHEMA },
} as const satisfies Record<string, JsonObject>;
