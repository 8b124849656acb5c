/** A request as it came over the socket, nothing normalised. */
export type WireRequest = {
  method: string;
  target: string;
  /** Names and values as sent, in order. */
  rawHeaders: [string, string][];
  /** Request line and headers, as received. */
  head: Buffer;
  /** The body without its transfer coding. */
  body: Buffer;
};

const HEAD_END = '\r\n\r\n';

/** Cuts the bytes of one connection into requests. Understands `content-length` and `chunked`; synchronous. */
export class RequestReader {
  private received = Buffer.alloc(0);
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  /** Bytes that must be there before another look makes sense: a large body is not copied chunk by chunk. */
  private needed = 0;

  push(chunk: Buffer): WireRequest[] {
    this.waiting.push(chunk);
    this.waitingBytes += chunk.length;
    if (this.received.length + this.waitingBytes < this.needed) return [];
    this.received = Buffer.concat([this.received, ...this.waiting]);
    this.waiting = [];
    this.waitingBytes = 0;
    this.needed = 0;
    const requests: WireRequest[] = [];
    for (let request = this.take(); request; request = this.take()) requests.push(request);
    return requests;
  }

  private take(): WireRequest | undefined {
    const headLength = this.received.indexOf(HEAD_END);
    if (headLength === -1) return undefined;
    const head = this.received.subarray(0, headLength + HEAD_END.length);
    const [requestLine = '', ...lines] = head.toString('latin1').trimEnd().split('\r\n');
    const [method = '', target = ''] = requestLine.split(' ');
    const rawHeaders = lines.map(splitHeader);
    const framed = readBody(this.received.subarray(head.length), rawHeaders);
    if (!framed) {
      this.needed = head.length + Number(headerOf(rawHeaders, 'content-length') ?? 0);
      return undefined;
    }
    this.received = this.received.subarray(head.length + framed.consumed);
    return { method, target, rawHeaders, head: Buffer.from(head), body: framed.body };
  }
}

/** The value of a header, by its lower-case name. */
export function headerOf(rawHeaders: readonly [string, string][], name: string): string | undefined {
  return rawHeaders.find(([key]) => key.toLowerCase() === name)?.[1];
}

/** One chunk of the chunked transfer coding. */
export function chunked(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}

/** Ends the chunked transfer coding. */
export const LAST_CHUNK = Buffer.from('0\r\n\r\n');

function splitHeader(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}

function readBody(
  bytes: Buffer,
  rawHeaders: readonly [string, string][],
): { body: Buffer; consumed: number } | undefined {
  if (headerOf(rawHeaders, 'transfer-encoding') === 'chunked') return readChunks(bytes);
  const length = Number(headerOf(rawHeaders, 'content-length') ?? 0);
  if (bytes.length < length) return undefined;
  return { body: Buffer.from(bytes.subarray(0, length)), consumed: length };
}

function readChunks(bytes: Buffer): { body: Buffer; consumed: number } | undefined {
  const pieces: Buffer[] = [];
  let position = 0;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', position);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', position, lineEnd), 16);
    const start = lineEnd + 2;
    if (bytes.length < start + size + 2) return undefined;
    position = start + size + 2;
    if (size === 0) return { body: Buffer.concat(pieces), consumed: position };
    pieces.push(bytes.subarray(start, start + size));
  }
}
