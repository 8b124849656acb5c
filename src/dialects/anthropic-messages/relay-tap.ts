import type { Frame, FramePhase, RelayNames, RelayTap } from '../../core/dialect.ts';
import type { GatewayError } from '../../core/error.ts';
import { type JsonObject, objectAt, stringAt } from '../../core/json.ts';
import { containerOf, statesOfBlocks } from '../../core/opaque-states.ts';
import type { Usage } from '../../core/usage.ts';
import { type TextRates, USUAL_RATES } from '../../core/written-text.ts';
import { parseFrame } from '../../framing/sse-frames.ts';
import { spliceFrame } from '../shared/raw-frame.ts';
import { TextCount } from '../shared/text-count.ts';
import { formatStreamError, streamErrorOf } from './error.ts';
import { parseFrameData } from './event-frames.ts';
import { overlayWireUsage, toUsage, withContainer } from './usage.ts';

const DELTA_FRAME = Buffer.from('event: content_block_delta\n');
const DELTA_TAIL = Buffer.from('"}}\n\n');
const VALUE_START = Buffer.from('":"');
const OUTPUT_FIELDS = ['text', 'thinking', 'partial_json'] as const;
const OUTPUT_KEYS = OUTPUT_FIELDS.map((field) => Buffer.from(`"${field}`));

/** What they hold is billed, and may be shown shortened or not at all. */
const THINKING_BLOCKS: ReadonlySet<string> = new Set(['thinking', 'redacted_thinking']);

const NOTHING = new Uint8Array(0);

/** Watches a relayed stream: deltas, which are nearly all of it, are not even parsed. */
export function createRelayTap(names: RelayNames): RelayTap {
  return new AnthropicRelayTap(names);
}

class AnthropicRelayTap implements RelayTap {
  usage: Usage = {};
  error: GatewayError | undefined;
  private readonly names: RelayNames;
  readonly written = new TextCount();
  private outputAtStart = 0;

  constructor(names: RelayNames) {
    this.names = names;
  }

  take(raw: Uint8Array): { phase: FramePhase; bytes: Uint8Array } {
    if (startsWith(raw, DELTA_FRAME) && this.countUsualDelta(raw)) return { phase: 'content', bytes: raw };
    const frame = parseFrame(raw);
    if (!frame) return { phase: 'lifecycle', bytes: raw };
    return this.takeParsed(raw, frame);
  }

  estimatedOutput(rates: TextRates = USUAL_RATES): number {
    return Math.max(this.usage.output ?? 0, this.outputAtStart, rates.tokensOf(this.written));
  }

  /** The last frame alone says that an answer is complete: without it the stream was cut (P15). */
  end(): { phase: FramePhase; bytes: Uint8Array } {
    return { phase: 'lifecycle', bytes: NOTHING };
  }

  fail(error: GatewayError, requestId: string): Uint8Array {
    return formatStreamError(error, requestId);
  }

  /** A frame whose JSON is broken passes on by its event name (U7). */
  private takeParsed(raw: Uint8Array, frame: Frame): { phase: FramePhase; bytes: Uint8Array } {
    const data = parseFrameData(frame) ?? {};
    switch (stringAt(data, 'type') ?? frame.event) {
      case 'message_start': {
        const message = objectAt(data, 'message') ?? {};
        this.start(objectAt(message, 'usage') ?? {});
        this.usage = withContainer(this.usage, message);
        tellNames(message, this.names);
        return { phase: 'lifecycle', bytes: this.withPublicModel(raw, frame, message) };
      }
      case 'content_block_start':
        for (const { text } of statesOfBlocks(data['content_block'])) this.names.onState(text);
        this.written.hasThinking ||= isThinkingBlock(objectAt(data, 'content_block'));
        return { phase: isEmptyBlock(objectAt(data, 'content_block')) ? 'lifecycle' : 'content', bytes: raw };
      case 'content_block_delta':
        this.countDelta(objectAt(data, 'delta') ?? {});
        for (const { text } of statesOfBlocks(data['delta'])) this.names.onState(text);
        return { phase: 'content', bytes: raw };
      case 'message_delta':
        this.usage = overlayWireUsage(this.usage, objectAt(data, 'usage') ?? {});
        this.usage = withContainer(this.usage, objectAt(data, 'delta') ?? {});
        tellNames(objectAt(data, 'delta') ?? {}, this.names);
        return { phase: 'content', bytes: raw };
      case 'message_stop':
        return { phase: 'end', bytes: raw };
      case 'error':
        this.error = streamErrorOf(data);
        return { phase: 'error', bytes: this.shownError(raw, frame, data, this.error) };
      default:
        return { phase: 'lifecycle', bytes: raw };
    }
  }

  /**
   * The output count of `message_start` is a placeholder: a stream that never says the final one is estimated, and the
   * placeholder is the least that it can be (U7, U20).
   */
  private start(usage: JsonObject): void {
    const { output_tokens: _placeholder, ...counts } = usage;
    this.usage = overlayWireUsage(this.usage, counts);
    this.outputAtStart = toUsage(usage).output ?? 0;
  }

  /** Counts a delta written as the API writes it: its text runs from the last `":"` to the tail. False for any other. */
  private countUsualDelta(raw: Uint8Array): boolean {
    const frame = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
    const end = frame.length - DELTA_TAIL.length;
    if (frame.compare(DELTA_TAIL, 0, DELTA_TAIL.length, end) !== 0) return false;
    const keyEnd = frame.lastIndexOf(VALUE_START);
    const isOutput = OUTPUT_KEYS.some((key) => {
      const keyStart = keyEnd - key.length;
      return keyStart >= 0 && frame.compare(key, 0, key.length, keyStart, keyEnd) === 0;
    });
    if (!isOutput) return false;
    this.written.addJson(frame, keyEnd + VALUE_START.length);
    return true;
  }

  private countDelta(delta: JsonObject): void {
    for (const field of OUTPUT_FIELDS) this.written.addText(stringAt(delta, field) ?? '');
  }

  private withPublicModel(raw: Uint8Array, frame: Frame, message: JsonObject): Uint8Array {
    const { publicModel } = this.names;
    if (publicModel === undefined || message['model'] === undefined) return raw;
    return spliceFrame(raw, frame, ['message', 'model'], publicModel);
  }

  /** The upstream's own words, but for what it says of our credential: those can quote it (U14). */
  private shownError(raw: Uint8Array, frame: Frame, data: JsonObject, error: GatewayError): Uint8Array {
    const { requestId } = this.names;
    if (error.kind === 'upstream_auth') return formatStreamError(error, requestId);
    return data['request_id'] === undefined ? raw : spliceFrame(raw, frame, ['request_id'], requestId);
  }
}

/** Tells of the names of what lies at the upstream: the container, and the message itself where it is part of a thread. */
export function tellNames(message: JsonObject, { body, onState }: RelayNames): void {
  const container = containerOf(message);
  if (container !== undefined) onState(container);
  const id = stringAt(message, 'id');
  if (id !== undefined && body['thread'] !== undefined) onState(id);
}

function isThinkingBlock(block: JsonObject | undefined): boolean {
  return THINKING_BLOCKS.has((block && stringAt(block, 'type')) ?? '');
}

/** A text or thinking block opens empty: nothing of the answer has been said yet, so the stream may still move. */
function isEmptyBlock(block: JsonObject | undefined): boolean {
  return block?.['text'] === '' || block?.['thinking'] === '';
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  if (bytes.length < prefix.length) return false;
  for (let index = 0; index < prefix.length; index++) {
    if (bytes[index] !== prefix[index]) return false;
  }
  return true;
}
