import type { Frame, FramePhase, RelayNames, RelayTap } from '../../core/dialect.ts';
import type { GatewayError } from '../../core/error.ts';
import { type JsonObject, objectAt, stringAt } from '../../core/json.ts';
import type { Usage } from '../../core/usage.ts';
import { parseFrame } from '../../framing/sse-frames.ts';
import { spliceJson } from '../json-splice.ts';
import { streamErrorOf } from './error.ts';
import { parseFrameData } from './stream.ts';
import { overlayWireUsage } from './usage.ts';

const DELTA_FRAME = Buffer.from('event: content_block_delta\n');
const SIGNATURE = Buffer.from('"signature_delta"');
const VALUE_START = Buffer.from('":"');
const OPENING_BRACE = 0x7b;

/** Bytes of text that make one token, roughly, over the languages seen (`dependencies.md` §7). */
const BYTES_PER_TOKEN = 4;

/** What `"}}\n\n` adds behind the text of a delta. */
const DELTA_TAIL_BYTES = 5;

/** Watches a relayed stream: deltas, which are nearly all of it, are not even parsed. */
export function createRelayTap(names: RelayNames): RelayTap {
  return new AnthropicRelayTap(names);
}

class AnthropicRelayTap implements RelayTap {
  usage: Usage = {};
  error: GatewayError | undefined;
  private readonly names: RelayNames;
  private textBytes = 0;

  constructor(names: RelayNames) {
    this.names = names;
  }

  take(raw: Uint8Array): { phase: FramePhase; bytes: Uint8Array } {
    if (startsWith(raw, DELTA_FRAME)) {
      this.countText(raw);
      return { phase: 'content', bytes: raw };
    }
    const frame = parseFrame(raw);
    if (!frame) return { phase: 'lifecycle', bytes: raw };
    return this.takeParsed(raw, frame);
  }

  estimatedOutput(): number {
    return Math.max(this.usage.output ?? 0, Math.ceil(this.textBytes / BYTES_PER_TOKEN));
  }

  /** A frame whose JSON is broken passes on by its event name (U7). */
  private takeParsed(raw: Uint8Array, frame: Frame): { phase: FramePhase; bytes: Uint8Array } {
    const data = parseFrameData(frame) ?? {};
    switch (stringAt(data, 'type') ?? frame.event) {
      case 'message_start': {
        const message = objectAt(data, 'message') ?? {};
        this.overlay(message);
        return { phase: 'lifecycle', bytes: this.withPublicModel(raw, message) };
      }
      case 'content_block_start':
        return { phase: isEmptyBlock(objectAt(data, 'content_block')) ? 'lifecycle' : 'content', bytes: raw };
      case 'content_block_delta':
        this.countText(raw);
        return { phase: 'content', bytes: raw };
      case 'message_delta':
        this.overlay(data);
        return { phase: 'content', bytes: raw };
      case 'message_stop':
        return { phase: 'end', bytes: raw };
      case 'error':
        this.error = streamErrorOf(data);
        return { phase: 'error', bytes: this.withOwnRequestId(raw, data) };
      default:
        return { phase: 'lifecycle', bytes: raw };
    }
  }

  private overlay(holder: JsonObject): void {
    const wire = objectAt(holder, 'usage');
    if (wire) this.usage = overlayWireUsage(this.usage, wire);
  }

  /** The value of a delta runs from its last `":"` to the tail; signatures are not output. */
  private countText(raw: Uint8Array): void {
    const frame = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
    const start = frame.lastIndexOf(VALUE_START);
    if (start === -1 || frame.indexOf(SIGNATURE) !== -1) return;
    this.textBytes += Math.max(0, raw.length - start - VALUE_START.length - DELTA_TAIL_BYTES);
  }

  private withPublicModel(raw: Uint8Array, message: JsonObject): Uint8Array {
    const { publicModel } = this.names;
    if (publicModel === undefined || message['model'] === undefined) return raw;
    return spliceFrame(raw, ['message', 'model'], publicModel);
  }

  private withOwnRequestId(raw: Uint8Array, data: JsonObject): Uint8Array {
    return data['request_id'] === undefined ? raw : spliceFrame(raw, ['request_id'], this.names.requestId);
  }
}

/** Edits the JSON of a frame in place; events are one line of JSON, so it runs from the first brace on. */
function spliceFrame(raw: Uint8Array, path: string[], value: string): Uint8Array {
  const start = raw.indexOf(OPENING_BRACE);
  return Buffer.concat([raw.subarray(0, start), spliceJson(raw.subarray(start), [{ path, value }])]);
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
