import type { LossSink } from '../../core/dialect.ts';
import type { JsonObject } from '../../core/json.ts';
import { readString } from '../shared/fields.ts';
import type { Conversation } from '../shared/read-request/conversation.ts';

/** Ids for the calls of the old functions, which have none: by their order, so that they always come out the same. */
export class FunctionCallIds {
  readonly #latest = new Map<string, string>();
  #count = 0;

  /** The id of the next call, which is one of this function. */
  next(name: string): string {
    this.#count += 1;
    const id = `call_${this.#count}`;
    this.#latest.set(name, id);
    return id;
  }

  /** The id of the latest call of this function; its name where it has not been called. */
  latest(name: string): string {
    return this.#latest.get(name) ?? name;
  }
}

/** What reading one message goes by. */
export type MessageReading = {
  conversation: Conversation;
  functionCallIds: FunctionCallIds;
  report: LossSink;
};

/** Reads one message into the conversation. @throws GatewayError `invalid_request` naming the field. */
export type MessageReader = (message: JsonObject, field: string, reading: MessageReading) => void;

/** The speaker's name, which only OpenAI's formats have. */
export function nameOf(message: JsonObject, field: string): JsonObject {
  const name = readString(message, 'name', field);
  return name === undefined ? {} : { name };
}
