import type { Frame, StreamDecoder, StreamEncoder } from '../../core/dialect.ts';
import type { StreamEvent } from '../../core/event.ts';
import { isJsonObject, type JsonObject, numberAt, objectAt, stringAt } from '../../core/json.ts';
import { encodeFrame } from '../../framing/sse-frames.ts';
import { toMessage } from './response.ts';

/** One event as it goes over the wire: named, and with its JSON on one line (`anthropic-surface.md` §9). */
export function encodeEvent(event: StreamEvent): Uint8Array {
  const { type, ...rest } = event;
  const { extra, ...payload } = 'extra' in rest ? rest : { ...rest, extra: {} };
  return encodeFrame({ event: type, data: JSON.stringify({ type, ...payload, ...extra }) });
}

/** Canonical events are this dialect's own, so encoding keeps no state. */
export function createStreamEncoder(): StreamEncoder {
  return { push: encodeEvent, end: () => new Uint8Array(0) };
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

/** Decodes an upstream's frames; what it does not know, or cannot read, gives no event (U7, U22). */
export function createStreamDecoder(): StreamDecoder {
  let ended = false;
  return {
    push: (frame) => {
      const data = parseFrameData(frame);
      const event = data && toEvent(data);
      if (event?.type === 'message_stop' || event?.type === 'error') ended = true;
      return event ? [event] : [];
    },
    end: () => {
      if (ended) return [];
      return [{ type: 'error', error: { type: 'api_error', message: 'The upstream closed the stream early' } }];
    },
  };
}

const READERS: Readonly<Record<string, (data: JsonObject) => StreamEvent | undefined>> = {
  message_start: (data) => {
    const message = objectAt(data, 'message');
    return message && { type: 'message_start', message: toMessage(message) };
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
    delta: isJsonObject(delta) ? delta : {},
    usage: isJsonObject(usage) ? usage : {},
    ...(Object.keys(extra).length > 0 && { extra }),
  }),
  message_stop: () => ({ type: 'message_stop' }),
  ping: () => ({ type: 'ping' }),
  error: (data) => {
    const error = objectAt(data, 'error') ?? {};
    const message = stringAt(error, 'message') ?? 'The upstream reported an error';
    return { type: 'error', error: { ...error, type: stringAt(error, 'type') ?? 'api_error', message } };
  },
};

function toEvent(data: JsonObject): StreamEvent | undefined {
  const type = stringAt(data, 'type');
  return type !== undefined && Object.hasOwn(READERS, type) ? READERS[type]?.(data) : undefined;
}

function typed(object: JsonObject | undefined): ({ type: string } & JsonObject) | undefined {
  const type = object && stringAt(object, 'type');
  return type === undefined ? undefined : { ...object, type };
}
