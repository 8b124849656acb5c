import type { PassedFrame, RelayTap, StreamDecoder, StreamEncoder } from '../core/dialect.ts';
import type { GatewayError } from '../core/error.ts';
import type { StreamEvent } from '../core/event.ts';
import { stringAt } from '../core/json.ts';
import type { Usage } from '../core/usage.ts';
import { type TextRates, USUAL_RATES } from '../core/written-text.ts';
import { errorOfEvent } from '../dialects/shared/read-answer/error-event.ts';
import { TextCount } from '../dialects/shared/text-count.ts';
import { parseFrame } from '../framing/sse-frames.ts';

/** The fields in which deltas carry what the model wrote. */
const OUTPUT_FIELDS = ['text', 'thinking', 'partial_json'] as const;

const NOTHING = new Uint8Array(0);

/** What a converting tap is made of. */
export type ConvertingParts = {
  requestId: string;
  decoder: StreamDecoder;
  encoder: StreamEncoder;
};

/** Stands where a relay tap stands when the two sides speak different dialects: frames in, the client's bytes out. */
export class ConvertingTap implements RelayTap {
  error: GatewayError | undefined;
  private readonly parts: ConvertingParts;
  readonly written = new TextCount();
  private hasEnded = false;

  constructor(parts: ConvertingParts) {
    this.parts = parts;
  }

  get usage(): Usage {
    return this.parts.decoder.usage;
  }

  estimatedOutput(rates: TextRates = USUAL_RATES): number {
    return Math.max(this.usage.output ?? 0, rates.tokensOf(this.written));
  }

  take(raw: Uint8Array): PassedFrame {
    const frame = parseFrame(raw);
    if (!frame || this.hasEnded) return { phase: 'lifecycle', bytes: NOTHING };
    return this.pass(this.parts.decoder.push(frame));
  }

  end(): PassedFrame {
    return this.hasEnded ? { phase: 'lifecycle', bytes: NOTHING } : this.pass(this.parts.decoder.end());
  }

  fail(error: GatewayError, requestId: string): Uint8Array {
    return this.parts.encoder.fail(error, requestId);
  }

  private pass(events: readonly StreamEvent[]): PassedFrame {
    const { encoder, requestId } = this.parts;
    const encoded: Uint8Array[] = [];
    let phase: PassedFrame['phase'] = 'lifecycle';
    for (const event of events) {
      if (event.type === 'error') {
        this.error = errorOfEvent(event);
        this.hasEnded = true;
        encoded.push(encoder.fail(this.error, requestId));
        return { phase: 'error', bytes: joined(encoded) };
      }
      encoded.push(encoder.push(event));
      if (event.type === 'content_block_delta') this.countText(event);
      if (event.type === 'content_block_start')
        this.written.hasThinking ||= event.content_block.type.endsWith('thinking');
      if (event.type === 'message_stop') {
        encoded.push(encoder.end());
        this.hasEnded = true;
        return { phase: 'end', bytes: joined(encoded) };
      }
      if (isContent(event)) phase = 'content';
    }
    return { phase, bytes: joined(encoded) };
  }

  private countText({ delta }: Extract<StreamEvent, { type: 'content_block_delta' }>): void {
    for (const field of OUTPUT_FIELDS) this.written.addText(stringAt(delta, field) ?? '');
  }
}

/** Whether an event tells the client something of the answer: from then on no other target may answer (law Commit). */
function isContent(event: StreamEvent): boolean {
  switch (event.type) {
    case 'content_block_start':
      return event.content_block['text'] !== '' && event.content_block['thinking'] !== '';
    case 'content_block_delta':
    case 'message_delta':
      return true;
    case 'message_start':
    case 'content_block_stop':
    case 'message_stop':
    case 'ping':
    case 'error':
      return false;
    default:
      return event satisfies never;
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  return pieces.length === 1 && only ? only : Buffer.concat(pieces);
}
