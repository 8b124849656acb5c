import type { ServerResponse } from 'node:http';

const LINE_END = '\r\n';

/** What ends a body in chunks. */
export const LAST_CHUNK: Buffer = Buffer.from(`0${LINE_END}${LINE_END}`);

/**
 * Takes the framing of a body in chunks over from Node, which writes each chunk in four pieces: of a stream that is most of the work.
 * The headers must have been sent. @returns false when the body has no chunks, as for HTTP/1.0.
 */
export function takeOverChunks(response: ServerResponse): boolean {
  const isChunked = response.chunkedEncoding;
  response.chunkedEncoding = false;
  return isChunked;
}

/** Bytes as one chunk of HTTP/1.1; there must be some. */
export function chunkOf(bytes: Uint8Array): Buffer {
  const length = bytes.length.toString(16) + LINE_END;
  const chunk = Buffer.allocUnsafe(length.length + bytes.length + LINE_END.length);
  chunk.write(length, 'latin1');
  chunk.set(bytes, length.length);
  chunk.write(LINE_END, length.length + bytes.length, 'latin1');
  return chunk;
}
