import type { Frame } from '../../core/dialect.ts';
import { encodeFrame } from '../../framing/sse-frames.ts';
import { findValue } from '../json-scan.ts';
import { spliceJson } from '../json-splice.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const UNICODE_ESCAPE = 0x75;
const HEX_DIGITS = 4;
/** What a character that is written as an escape has in UTF-8, mostly. */
const BYTES_OF_ESCAPED = 3;

const LF = 0x0a;
const USUAL_START = Buffer.from('data: {');

const DECODER = new TextDecoder();

/** A frame as a buffer over the same memory. */
export function bufferOf(raw: Uint8Array): Buffer {
  return Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
}

/**
 * Replaces a text in the JSON of a frame that is nothing but `data: ` and one line of JSON, without parsing it; undefined for
 * any other frame. A text that is not there stays away.
 */
export function spliceUsualFrame(frame: Buffer, path: string[], value: string): Uint8Array | undefined {
  if (frame.indexOf(USUAL_START) !== 0 || frame.indexOf(LF) !== frame.length - 2) return undefined;
  const start = USUAL_START.length - 1;
  const found = findValue(frame.subarray(start, -2), path);
  if (!found) return frame;
  const text = Buffer.from(JSON.stringify(value));
  return Buffer.concat([frame.subarray(0, start + found.start), text, frame.subarray(start + found.end)]);
}

/** Replaces a text in the JSON of a frame, if it is there; JSON that spans several `data` lines is written anew on one. */
export function spliceFrame(raw: Uint8Array, frame: Frame, path: string[], value: string): Uint8Array {
  const data = Buffer.from(frame.data);
  if (!findValue(data, path)) return raw;
  const spliced = spliceJson(data, [{ path, value }]);
  const start = bufferOf(raw).indexOf(data);
  if (start === -1) return encodeFrame({ ...frame, data: DECODER.decode(spliced).replaceAll('\n', ' ') });
  return Buffer.concat([raw.subarray(0, start), spliced, raw.subarray(start + data.length)]);
}

/**
 * Bytes of the first JSON string that follows `opening`, which ends with its quotation mark; what escapes add to it, as in
 * tool arguments, which are JSON themselves, is not counted. 0 where there is none.
 * @param frame its bytes as Latin-1, one character each: searching a string is many times faster than searching a buffer.
 */
export function countTextBytes(frame: string, opening: string): number {
  const found = frame.indexOf(opening);
  if (found === -1) return 0;
  let count = 0;
  for (let at = found + opening.length; at < frame.length; at++) {
    const code = frame.charCodeAt(at);
    if (code === QUOTE) break;
    if (code === BACKSLASH) {
      at++;
      if (frame.charCodeAt(at) === UNICODE_ESCAPE) {
        count += BYTES_OF_ESCAPED - 1;
        at += HEX_DIGITS;
      }
    }
    count++;
  }
  return count;
}
