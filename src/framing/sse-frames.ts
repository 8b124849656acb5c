import { createParser } from 'eventsource-parser';
import type { Frame } from '../core/dialect.ts';

const LF = 0x0a;
const CR = 0x0d;
const EMPTY = new Uint8Array(0);

/** Largest single event accepted from an upstream, in bytes (`reliability.md` U15). */
export const MAX_FRAME_BYTES = 8 * 1024 * 1024;

/** An upstream sent an event beyond the limit. */
export class FrameTooLargeError extends Error {
  override readonly name = 'FrameTooLargeError';
}

/**
 * Cuts a byte stream into server-sent events without changing a byte: the frames of a stream, joined, are the stream.
 * A frame ends with the blank line that dispatches it; LF, CRLF and CR line ends are all legal (U17).
 * Where a CRLF is split over two chunks, its LF opens the next frame, which parses the same.
 * Synchronous, one per stream.
 */
export class SseFrameSplitter {
  private held = EMPTY;
  private heldBytes = 0;
  private lineIsBlank = true;
  private afterCarriageReturn = false;
  private readonly maxFrameBytes: number;

  constructor(maxFrameBytes: number = MAX_FRAME_BYTES) {
    this.maxFrameBytes = maxFrameBytes;
  }

  /**
   * The frames that this chunk completes; they share its memory.
   * @throws FrameTooLargeError when an event has no end within the limit.
   */
  push(chunk: Uint8Array): Uint8Array[] {
    if (this.afterCarriageReturn || chunk.includes(CR)) return this.pushAnyLines(chunk);
    return this.pushLines(chunk);
  }

  /** Nearly every stream: lines end in LF alone, and are found as fast as memory is read. */
  private pushLines(chunk: Uint8Array): Uint8Array[] {
    const frames: Uint8Array[] = [];
    let start = 0;
    let lineStart = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, lineStart)) {
      const isBlank = end === lineStart && (lineStart > 0 || this.lineIsBlank);
      lineStart = end + 1;
      if (!isBlank) continue;
      frames.push(this.takeHeld(chunk.subarray(start, lineStart)));
      start = lineStart;
    }
    if (chunk.length > 0) this.lineIsBlank = lineStart === chunk.length;
    if (start < chunk.length) this.hold(chunk.subarray(start));
    return frames;
  }

  private pushAnyLines(chunk: Uint8Array): Uint8Array[] {
    const frames: Uint8Array[] = [];
    let start = 0;
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index];
      if (byte !== LF && byte !== CR) {
        this.lineIsBlank = false;
        this.afterCarriageReturn = false;
        continue;
      }
      if (byte === LF && this.afterCarriageReturn) {
        this.afterCarriageReturn = false;
        continue;
      }
      this.afterCarriageReturn = byte === CR;
      if (!this.lineIsBlank) {
        this.lineIsBlank = true;
        continue;
      }
      if (this.afterCarriageReturn && chunk[index + 1] === LF) {
        this.afterCarriageReturn = false;
        index++;
      }
      frames.push(this.takeHeld(chunk.subarray(start, index + 1)));
      start = index + 1;
    }
    if (start < chunk.length) this.hold(chunk.subarray(start));
    return frames;
  }

  /** The bytes of an event that never got its blank line; empty when the stream ended cleanly. */
  end(): Uint8Array {
    return this.takeHeld(EMPTY);
  }

  private hold(rest: Uint8Array): void {
    if (this.heldBytes + rest.length > this.maxFrameBytes) {
      throw new FrameTooLargeError(`event exceeds ${this.maxFrameBytes} bytes`);
    }
    this.append(rest);
  }

  /**
   * Copies: the chunk may be a slice of a buffer many times its size, which a held rest must not keep alive. The copy
   * doubles as it grows, so that an event dripped byte by byte costs neither quadratic time nor an object per byte.
   */
  private append(rest: Uint8Array): void {
    const needed = this.heldBytes + rest.length;
    if (needed > this.held.length) {
      const grown = new Uint8Array(Math.max(needed, this.heldBytes * 2));
      grown.set(this.held.subarray(0, this.heldBytes));
      this.held = grown;
    }
    this.held.set(rest, this.heldBytes);
    this.heldBytes = needed;
  }

  private takeHeld(last: Uint8Array): Uint8Array {
    if (this.heldBytes === 0) return last;
    this.append(last);
    const whole = this.held.subarray(0, this.heldBytes);
    this.held = EMPTY;
    this.heldBytes = 0;
    return whole;
  }
}

const DECODER = new TextDecoder();

/** Reads the fields of one complete frame; undefined for a frame without data, such as a comment. */
export function parseFrame(raw: Uint8Array): Frame | undefined {
  const text = DECODER.decode(raw);
  return readUsualFrame(text) ?? readAnyFrame(text);
}

/** A line of data, alone or behind a name, and a blank line: nearly every frame, read without a parser. */
function readUsualFrame(text: string): Frame | undefined {
  const nameEnd = text.startsWith('event:') ? text.indexOf('\n') : -1;
  const dataStart = nameEnd + 1;
  const dataEnd = text.length - BLANK_LINE.length;
  const isUsual = text.startsWith('data:', dataStart) && text.endsWith(BLANK_LINE);
  if (!isUsual || text.indexOf('\n', dataStart) !== dataEnd || text.includes('\r')) return undefined;
  return {
    event: nameEnd === -1 ? '' : valueBetween(text, 'event:'.length, nameEnd),
    data: valueBetween(text, dataStart + 'data:'.length, dataEnd),
  };
}

const BLANK_LINE = '\n\n';

/** One blank behind the colon belongs to neither name nor value. */
function valueBetween(text: string, start: number, end: number): string {
  return text.slice(text[start] === ' ' ? start + 1 : start, end);
}

function readAnyFrame(text: string): Frame | undefined {
  let frame: Frame | undefined;
  const parser = createParser({
    onEvent: ({ event, data }) => {
      frame = { event: event ?? '', data };
    },
  });
  parser.feed(text);
  // The last event of a stream may lack its blank line.
  if (!frame) parser.feed(BLANK_LINE);
  return frame;
}

/**
 * The bytes of one event: a name line if it has a name, one data line, a blank line. `data` must hold no line end, as
 * compact JSON does not.
 */
export function encodeFrame({ event, data }: Frame): Uint8Array {
  const name = event === '' ? '' : `event: ${event}\n`;
  return Buffer.from(`${name}data: ${data}\n\n`);
}
