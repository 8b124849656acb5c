import type { RelayNames } from '../../core/dialect.ts';
import { GatewayError } from '../../core/error.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { spliceJson } from '../json-splice.ts';

const DECODER = new TextDecoder();

/**
 * A whole answer as JSON.
 * @throws GatewayError `bad_upstream` when the body is not a JSON object.
 */
export function parseWhole(body: Uint8Array): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(DECODER.decode(body));
  } catch (cause) {
    throw new GatewayError('bad_upstream', 'The upstream answered with a body that is not valid JSON', { cause });
  }
  if (!isJsonObject(value)) throw notAnAnswer();
  return value;
}

/** The bytes of a whole answer with the model name that the client used. */
export function withPublicModel(body: Uint8Array, answer: JsonObject, { publicModel }: RelayNames): Uint8Array {
  if (publicModel === undefined || answer['model'] === undefined) return body;
  return spliceJson(body, [{ path: ['model'], value: publicModel }]);
}

/** The upstream answered with something else. */
export function notAnAnswer(): GatewayError {
  return new GatewayError('bad_upstream', 'The upstream answered with something other than a message');
}

/** The upstream's stream ended before its answer did (P15). */
export function cutStream(): GatewayError {
  return new GatewayError('bad_upstream', 'The upstream closed the stream before it was complete');
}
