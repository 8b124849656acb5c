import type { Frame } from '../../core/dialect.ts';
import type { StreamEvent } from '../../core/event.ts';
import { isJsonObject, type JsonObject, numberAt, objectAt, stringAt } from '../../core/json.ts';
import { encodeFrame } from '../../framing/sse-frames.ts';
import { toMessage } from './parse-response.ts';

/** One event as it goes over the wire: named, and with its JSON on one line (`anthropic-surface.md` §9, P107). */
export function encodeEvent(event: StreamEvent): Uint8Array {
  return encodeFrame({ event: event.type, data: spellUsual(event) ?? JSON.stringify(withExtra(event)) });
}

/** A piece of text, which nearly every event is: spelled here in a third of the time that a serializer of everything takes. */
function spellUsual(event: StreamEvent): string | undefined {
  if (event.type !== 'content_block_delta') return undefined;
  const { index, delta } = event;
  const text = delta.type === 'text_delta' ? stringAt(delta, 'text') : undefined;
  if (text === undefined || Object.keys(delta).length > 2) return undefined;
  return `{"type":"content_block_delta","index":${index},"delta":{"type":"text_delta","text":${JSON.stringify(text)}}}`;
}

function withExtra(event: StreamEvent): object {
  if (!('extra' in event)) return event;
  const { extra, ...payload } = event;
  return { ...payload, ...extra };
}

/** The JSON object that a frame carries; undefined when it is something else. */
export function parseFrameData(frame: Frame): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(frame.data);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The event that a frame carries, as it is; undefined for one that is unknown or cannot be read (U7, U22).
 * @throws GatewayError `bad_upstream` when it opens something other than a message.
 */
export function readEvent(frame: Frame): StreamEvent | undefined {
  const data = parseFrameData(frame);
  const type = data && stringAt(data, 'type');
  if (!data || type === undefined || !Object.hasOwn(READERS, type)) return undefined;
  return READERS[type]?.(data);
}

const READERS: Readonly<Record<string, (data: JsonObject) => StreamEvent | undefined>> = {
  message_start: (data) => {
    const message = objectAt(data, 'message');
    if (!message) return undefined;
    // Some compatible upstreams tell their usage only at the end (P57, P106).
    return { type: 'message_start', message: toMessage({ ...message, usage: objectAt(message, 'usage') ?? {} }) };
  },
  content_block_start: (data) => {
    const content_block = typed(objectAt(data, 'content_block'));
    return content_block && { type: 'content_block_start', index: numberAt(data, 'index') ?? 0, content_block };
  },
  content_block_delta: (data) => {
    const delta = typed(objectAt(data, 'delta'));
    return delta && { type: 'content_block_delta', index: numberAt(data, 'index') ?? 0, delta };
  },
  content_block_stop: (data) => ({ type: 'content_block_stop', index: numberAt(data, 'index') ?? 0 }),
  message_delta: ({ type: _type, delta, usage, ...extra }) => ({
    type: 'message_delta',
    delta: isJsonObject(delta) ? withReadableReason(delta) : {},
    usage: isJsonObject(usage) ? usage : {},
    ...(Object.keys(extra).length > 0 && { extra }),
  }),
  message_stop: () => ({ type: 'message_stop' }),
  ping: () => ({ type: 'ping' }),
  error: (data) => {
    const error = objectAt(data, 'error') ?? {};
    const message = stringAt(error, 'message') || 'The upstream reported an error';
    return { type: 'error', error: { ...error, type: stringAt(error, 'type') ?? 'api_error', message } };
  },
};

/** A stop reason that is no text says nothing: it must not undo an earlier one (P92). */
function withReadableReason(delta: JsonObject): JsonObject {
  const { stop_reason, ...others } = delta;
  return stop_reason === null || typeof stop_reason === 'string' ? delta : others;
}

function typed(object: JsonObject | undefined): ({ type: string } & JsonObject) | undefined {
  const type = object && stringAt(object, 'type');
  return type === undefined ? undefined : { ...object, type };
}
