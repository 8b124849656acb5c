import type { Frame, FramePhase, PassedFrame, RelayNames, RelayTap } from '../../core/dialect.ts';
import type { GatewayError } from '../../core/error.ts';
import { type JsonObject, numberAt, objectAt, stringAt } from '../../core/json.ts';
import { statesOfBlocks } from '../../core/opaque-states.ts';
import type { Usage } from '../../core/usage.ts';
import { type TextRates, USUAL_RATES } from '../../core/written-text.ts';
import { parseFrame } from '../../framing/sse-frames.ts';
import { frameData } from '../shared/frame-data.ts';
import { bufferOf, spliceFrame } from '../shared/raw-frame.ts';
import { TextCount } from '../shared/text-count.ts';
import { NOTHING } from '../shared/write-answer/outbox.ts';
import { formatFailure, responseIdOf, streamErrorOf } from './error.ts';
import { overlayResponsesUsage } from './usage.ts';

/** How each delta event begins; `clients.md` §6: every vendor names its events. */
const DELTA_EVENT = /^event: response\.[a-z_.]+\.delta\n/;

/** Longest name of a delta event, with what stands around it. */
const EVENT_LINE_BYTES = 64;

const DELTA = Buffer.from('"delta":"');

/**
 * Events that say nothing of the answer yet: until another one comes, another target may answer. An item that opens is
 * looked at by itself, and an event without a row is content.
 */
const PHASES: Readonly<Record<string, FramePhase>> = {
  'response.created': 'lifecycle',
  'response.queued': 'lifecycle',
  'response.in_progress': 'lifecycle',
  'response.content_part.added': 'lifecycle',
  'response.reasoning_summary_part.added': 'lifecycle',
  'response.completed': 'end',
  'response.incomplete': 'end',
  'response.failed': 'error',
  'response.cancelled': 'error',
  error: 'error',
  keepalive: 'lifecycle',
};

/** Items that open empty: their text comes in deltas. */
const EMPTY_ITEMS: ReadonlySet<string> = new Set(['message', 'reasoning']);

/** Watches a relayed stream: deltas, which are nearly all of it, are not even parsed. */
export function createRelayTap(names: RelayNames): RelayTap {
  return new ResponsesRelayTap(names);
}

class ResponsesRelayTap implements RelayTap {
  usage: Usage = {};
  error: GatewayError | undefined;
  private readonly names: RelayNames;
  readonly written = new TextCount();
  private eventCount = 0;
  private begun: { id: string; createdAt: number; model: string } | undefined;

  constructor(names: RelayNames) {
    this.names = names;
  }

  take(raw: Uint8Array): PassedFrame {
    const buffer = bufferOf(raw);
    if (DELTA_EVENT.test(buffer.toString('latin1', 0, EVENT_LINE_BYTES))) return this.takeDelta(raw, buffer);
    const frame = parseFrame(raw);
    if (!frame) return { phase: 'lifecycle', bytes: raw };
    return this.takeEvent(raw, frame);
  }

  /** Every response ends with an event of its own: an end without one is a cut (P111). */
  end(): PassedFrame {
    return { phase: 'lifecycle', bytes: NOTHING };
  }

  estimatedOutput(rates: TextRates = USUAL_RATES): number {
    return Math.max(this.usage.output ?? 0, rates.tokensOf(this.written));
  }

  /** Goes on where the stream stands: the client knows the response by its id (P111). */
  fail(error: GatewayError, requestId: string): Uint8Array {
    const begun = this.begun ?? { id: responseIdOf(requestId), createdAt: 0, model: '' };
    return formatFailure(error, { ...begun, sequenceNumber: this.eventCount });
  }

  private takeDelta(raw: Uint8Array, buffer: Buffer): PassedFrame {
    this.eventCount++;
    const found = buffer.indexOf(DELTA);
    if (found !== -1) this.written.addJson(buffer, found + DELTA.length);
    return { phase: 'content', bytes: raw };
  }

  /** A frame whose JSON is broken passes on by its event name (U7). */
  private takeEvent(raw: Uint8Array, frame: Frame): PassedFrame {
    const data = frameData(frame) ?? {};
    const type = stringAt(data, 'type') ?? frame.event;
    if (!type.startsWith('response.') && !Object.hasOwn(PHASES, type)) return { phase: 'lifecycle', bytes: raw };
    this.eventCount++;
    this.written.addText(stringAt(data, 'delta') ?? '');
    const response = objectAt(data, 'response');
    if (response) this.takeResponse(response);
    this.written.hasThinking ||= stringAt(objectAt(data, 'item') ?? {}, 'type') === 'reasoning';
    if (type === 'response.output_item.done') {
      for (const { text } of statesOfBlocks(data['item'])) this.names.onState(text);
    }
    const phase = phaseOf(type, data);
    if (phase === 'error') return this.failed(raw, frame, data);
    return { phase, bytes: response ? this.withPublicModel(raw, frame) : raw };
  }

  /** Usage counts however the response ended (P59). */
  private takeResponse(response: JsonObject): void {
    this.usage = overlayResponsesUsage(this.usage, response, this.names.quirks);
    this.begun ??= {
      id: stringAt(response, 'id') ?? responseIdOf(this.names.requestId),
      createdAt: numberAt(response, 'created_at') ?? 0,
      model: this.names.publicModel ?? stringAt(response, 'model') ?? '',
    };
  }

  /** The upstream's own words, but for what it says of our credential: those can quote it (U14). */
  private failed(raw: Uint8Array, frame: Frame, data: JsonObject): PassedFrame {
    this.error = streamErrorOf(data);
    if (this.error.kind !== 'upstream_auth') return { phase: 'error', bytes: this.withPublicModel(raw, frame) };
    this.eventCount--;
    return { phase: 'error', bytes: this.fail(this.error, this.names.requestId) };
  }

  private withPublicModel(raw: Uint8Array, frame: Frame): Uint8Array {
    const { publicModel } = this.names;
    return publicModel === undefined ? raw : spliceFrame(raw, frame, ['response', 'model'], publicModel);
  }
}

function phaseOf(type: string, data: JsonObject): FramePhase {
  if (type === 'response.output_item.added') {
    return EMPTY_ITEMS.has(stringAt(objectAt(data, 'item') ?? {}, 'type') ?? '') ? 'lifecycle' : 'content';
  }
  return (Object.hasOwn(PHASES, type) ? PHASES[type] : undefined) ?? 'content';
}
