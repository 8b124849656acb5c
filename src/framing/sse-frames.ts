import { createParser } from 'eventsource-parser';
import type { Frame } from '../core/dialect.ts';

const LF = 0x0a;
const CR = 0x0d;

/** Largest single event accepted from an upstream, in bytes (`reliability.md` U15). */
export const MAX_FRAME_BYTES = 8 * 1024 * 1024;

/** An upstream sent an event beyond `MAX_FRAME_BYTES`. */
export class FrameTooLargeError extends Error {
  override readonly name = 'FrameTooLargeError';
}

/**
 * Cuts a byte stream into server-sent events without changing a byte: the frames of a stream, joined, are the stream.
 * A frame ends with the blank line that dispatches it; LF, CRLF and CR line ends are all legal (U17).
 * Synchronous, one per stream.
 */
export class SseFrameSplitter {
  private held: Uint8Array[] = [];
  private heldBytes = 0;
  /** True when the last byte seen was a line end, so that one more line end closes the frame. */
  private atLineStart = false;
  private lastWasCarriageReturn = false;
  private readonly maxFrameBytes: number;

  constructor(maxFrameBytes: number = MAX_FRAME_BYTES) {
    this.maxFrameBytes = maxFrameBytes;
  }

  /**
   * The frames that this chunk completes.
   * @throws FrameTooLargeError when an event has no end within the limit.
   */
  push(chunk: Uint8Array): Uint8Array[] {
    const frames: Uint8Array[] = [];
    let frameStart = 0;
    let position = 0;
    while (position < chunk.length) {
      const lineEnd = this.nextLineEnd(chunk, position);
      if (lineEnd === -1) {
        this.atLineStart = false;
        this.lastWasCarriageReturn = false;
        break;
      }
      const after = lineEnd + 1;
      if (chunk[lineEnd] === LF && this.lastWasCarriageReturn && lineEnd === position) {
        // The LF of a CRLF: the CR before it was the line end already.
        this.lastWasCarriageReturn = false;
        if (!this.atLineStart) frameStart = this.extendLastFrame(frames, chunk, frameStart, after);
      } else {
        const blank = this.atLineStart && lineEnd === position;
        this.lastWasCarriageReturn = chunk[lineEnd] === CR;
        this.atLineStart = !blank;
        if (blank) {
          const carriageReturnPair = this.lastWasCarriageReturn && chunk[after] === LF;
          const end = carriageReturnPair ? after + 1 : after;
          if (carriageReturnPair) this.lastWasCarriageReturn = false;
          frames.push(this.takeHeld(chunk.subarray(frameStart, end)));
          frameStart = end;
          position = end;
          continue;
        }
      }
      position = after;
    }
    this.hold(chunk.subarray(frameStart));
    return frames;
  }

  /** The bytes of an event that never got its blank line; empty when the stream ended cleanly. */
  end(): Uint8Array {
    return this.takeHeld(new Uint8Array(0));
  }

  private nextLineEnd(chunk: Uint8Array, from: number): number {
    for (let index = from; index < chunk.length; index++) {
      const byte = chunk[index];
      if (byte === LF || byte === CR) return index;
    }
    return -1;
  }

  /** A blank line's CR came at the end of the chunk before: its LF belongs to the frame already given out. */
  private extendLastFrame(frames: Uint8Array[], chunk: Uint8Array, frameStart: number, end: number): number {
    frames.push(this.takeHeld(chunk.subarray(frameStart, end)));
    return end;
  }

  private hold(rest: Uint8Array): void {
    if (rest.length === 0) return;
    this.heldBytes += rest.length;
    if (this.heldBytes > this.maxFrameBytes) throw new FrameTooLargeError(`event exceeds ${this.maxFrameBytes} bytes`);
    // The chunk may be a slice of a pooled buffer many times its size; a held rest must not keep that alive.
    this.held.push(rest.slice());
  }

  private takeHeld(last: Uint8Array): Uint8Array {
    if (this.held.length === 0) return last;
    const whole = Buffer.concat([...this.held, last]);
    this.held = [];
    this.heldBytes = 0;
    return whole;
  }
}

/** Reads the fields of one complete frame; undefined for a frame of comments only. */
export function parseFrame(raw: Uint8Array): Frame | undefined {
  let frame: Frame | undefined;
  const parser = createParser({
    onEvent: ({ event, data }) => {
      frame = { event: event ?? '', data };
    },
  });
  parser.feed(DECODER.decode(raw));
  return frame;
}

const DECODER = new TextDecoder();
