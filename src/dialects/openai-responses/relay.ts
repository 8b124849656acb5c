import type { Frame, RelayNames } from '../../core/dialect.ts';
import { type JsonObject, objectAt, stringAt } from '../../core/json.ts';
import { statesOfBlocks } from '../../core/opaque-states.ts';
import type { Usage } from '../../core/usage.ts';
import { frameData } from '../shared/frame-data.ts';
import { cutStream, notAnAnswer, parseWhole, withPublicModel } from '../shared/whole-answer.ts';
import { streamErrorOf } from './error.ts';
import { splitResponse } from './split-response.ts';
import { overlayResponsesUsage } from './usage.ts';

/** Statuses of a response that is none. */
const FAILED_STATUSES: ReadonlySet<string> = new Set(['failed', 'cancelled']);

/** Events that say that the answer failed. */
const FAILURES: ReadonlySet<string> = new Set(['error', 'response.failed', 'response.cancelled']);

/** Events that end an answer, with the whole of it. */
const ENDS: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete']);

/**
 * A whole answer on its way through: its usage, and its bytes with the model name the client used.
 * @throws GatewayError `bad_upstream` when the body is not a response; what an error under a 200 stands for (U9).
 */
export function takeResponse(body: Uint8Array, names: RelayNames): { usage: Usage; bytes: Uint8Array } {
  const response = readResponse(body);
  for (const { text } of statesOfBlocks(response['output'])) names.onState(text);
  return { usage: overlayResponsesUsage({}, response, names.quirks), bytes: withPublicModel(body, response, names) };
}

/**
 * The whole answer that a stream spells (U17): that of its last event, with the items that came before it where the event
 * leaves them out (`clients.md` §6).
 * @throws GatewayError `bad_upstream` when the stream is cut or is no answer; what an error in it stands for.
 */
export function joinStream(frames: readonly Frame[]): Uint8Array {
  const items: JsonObject[] = [];
  for (const frame of frames) {
    const event = frameData(frame) ?? {};
    const type = stringAt(event, 'type') ?? frame.event;
    if (FAILURES.has(type)) throw streamErrorOf({ ...event, type });
    const item = type === 'response.output_item.done' ? objectAt(event, 'item') : undefined;
    if (item) items.push(item);
    const response = ENDS.has(type) ? objectAt(event, 'response') : undefined;
    if (response) return Buffer.from(JSON.stringify(withItems(response, items)));
  }
  throw cutStream();
}

/**
 * The frames that a whole answer would have come in (U17).
 * @throws GatewayError `bad_upstream` when the body is not a response; what an error under a 200 stands for.
 */
export function splitWhole(body: Uint8Array): Uint8Array[] {
  return splitResponse(readResponse(body));
}

function withItems(response: JsonObject, items: JsonObject[]): JsonObject {
  const { output } = response;
  return Array.isArray(output) && output.length > 0 ? response : { ...response, output: items };
}

function readResponse(body: Uint8Array): JsonObject {
  const response = parseWhole(body);
  const isFailed = FAILED_STATUSES.has(stringAt(response, 'status') ?? '');
  if (isFailed || (response['error'] ?? null) !== null) throw streamErrorOf(response);
  if (!Array.isArray(response['output'])) throw notAnAnswer();
  return response;
}
