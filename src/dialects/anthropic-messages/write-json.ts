import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { Message } from '../../core/message.ts';

/** JSON text of tool inputs by the block that holds them. */
export type InputTexts = ReadonlyMap<JsonObject, string>;

/**
 * A request as JSON, in which the input of a tool call stands as it was written: parsed and written anew, `1.0` would
 * become `1` and large numbers others (P115).
 */
export function writeRequest(body: JsonObject, inputs: InputTexts): Uint8Array {
  const writeMember = (key: string, value: Json): string | undefined =>
    key === 'messages' ? writeList(value, (message) => writeMessage(message, inputs)) : undefined;
  return Buffer.from(writeObject(body, writeMember));
}

/** An answer as JSON, its tool inputs as they were written (P115). */
export function writeAnswer(message: Message, inputs: InputTexts): Uint8Array {
  return Buffer.from(writeMessage(message, inputs));
}

function writeMessage(message: Json, inputs: InputTexts): string {
  if (inputs.size === 0) return JSON.stringify(message);
  return writeObject(message, (key, value) =>
    key === 'content' ? writeList(value, (block) => writeBlock(block, inputs)) : undefined,
  );
}

function writeBlock(block: Json, inputs: InputTexts): string {
  const input = isJsonObject(block) ? inputs.get(block) : undefined;
  return input === undefined
    ? JSON.stringify(block)
    : writeObject(block, (key) => (key === 'input' ? input : undefined));
}

function writeList(value: Json, write: (entry: Json) => string): string {
  return Array.isArray(value) ? `[${value.map(write).join(',')}]` : JSON.stringify(value);
}

/** @param write the JSON of a member, or undefined for one that is written as usual. */
function writeObject(value: Json, write: (key: string, value: Json) => string | undefined): string {
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([key, member]) => `${JSON.stringify(key)}:${write(key, member) ?? JSON.stringify(member)}`,
  );
  return `{${members.join(',')}}`;
}
