import type { Frame } from '../../core/dialect.ts';
import { encodeFrame } from '../../framing/sse-frames.ts';
import { findValue } from '../json-scan.ts';
import { spliceJson } from '../json-splice.ts';

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
