import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import { GatewayError } from '../core/error.ts';
import { isJsonObject, type JsonObject } from '../core/json.ts';
import { MAX_JSON_DEPTH, MAX_JSON_TOKENS, scanJson } from '../dialects/json-scan.ts';

/** Bytes of request bodies held by all requests together (`reliability.md` C4). */
const MAX_BYTES_IN_FLIGHT = 1024 * 1024 * 1024;

/** Counts the body bytes that requests hold, so that many large ones cannot exhaust memory together. */
export class BodyBudget {
  private held = 0;

  /** @throws GatewayError `overloaded` when the budget is spent. */
  take(bytes: number): void {
    if (this.held + bytes > MAX_BYTES_IN_FLIGHT) {
      throw new GatewayError('overloaded', 'Too many large requests are in flight', { retryAfter: 1 });
    }
    this.held += bytes;
  }

  giveBack(bytes: number): void {
    this.held -= bytes;
  }
}

type Decompress = (body: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>;

const DECOMPRESSORS: Readonly<Record<string, Decompress>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
};

/**
 * Reads a body, decompressed.
 * @param limit largest size in bytes, before and after decompression.
 * @param onBytes told of every chunk before it is kept.
 * @throws GatewayError `too_large`, `unsupported_media`, `invalid_request`, `aborted`.
 */
export async function readBody(
  request: IncomingMessage,
  limit: number,
  onBytes: (bytes: number) => void,
): Promise<Uint8Array> {
  checkContentType(request.headers['content-type']);
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > limit) throw tooLarge(limit);
  const body = await collect(request, limit, onBytes);
  return decompress(body, request.headers['content-encoding'], limit);
}

async function collect(request: IncomingMessage, limit: number, onBytes: (bytes: number) => void): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      if (!(chunk instanceof Uint8Array)) continue;
      size += chunk.length;
      if (size > limit) throw tooLarge(limit);
      onBytes(chunk.length);
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
    throw new GatewayError('aborted', 'The request ended before its body was complete', { cause });
  }
  const [only] = chunks;
  return chunks.length === 1 && only ? only : Buffer.concat(chunks);
}

async function decompress(body: Uint8Array, encoding: string | undefined, limit: number): Promise<Uint8Array> {
  const name = (encoding ?? 'identity').trim().toLowerCase();
  if (name === '' || name === 'identity') return body;
  const decompressor = Object.hasOwn(DECOMPRESSORS, name) ? DECOMPRESSORS[name] : undefined;
  if (!decompressor) {
    const message = `content-encoding: Input should be one of ${Object.keys(DECOMPRESSORS).join(', ')} or identity`;
    throw new GatewayError('invalid_request', message, { code: 'request_body_encoding_unsupported' });
  }
  try {
    return await decompressor(body, { maxOutputLength: limit });
  } catch (cause) {
    if (cause instanceof RangeError) throw tooLarge(limit, 'request_body_too_large_after_decoding');
    const message = `content-encoding: The request body is not valid ${name}`;
    throw new GatewayError('invalid_request', message, { code: 'request_body_encoding_invalid', cause });
  }
}

function checkContentType(contentType: string | undefined): void {
  if (contentType === undefined || contentType === '' || /json/i.test(contentType)) return;
  throw new GatewayError('unsupported_media', 'content-type: Input should be application/json');
}

function tooLarge(limit: number, code?: string): GatewayError {
  return new GatewayError('too_large', `Request exceeds the maximum size of ${limit} bytes`, { code });
}

const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Parses a request body, after the checks that a parser does not make.
 * @throws GatewayError `invalid_request`.
 */
export function parseBody(body: Uint8Array): JsonObject {
  if (body.length === 0) throw new GatewayError('invalid_request', 'The request body is empty: expected a JSON object');
  if (!isUtf8(body)) throw new GatewayError('invalid_request', 'The request body is not valid UTF-8');
  const problem = scanJson(body);
  switch (problem?.problem) {
    case 'too-deep':
      throw new GatewayError('invalid_request', `The request body is nested deeper than ${MAX_JSON_DEPTH} levels`);
    case 'too-many-values':
      throw new GatewayError('invalid_request', `The request body holds more than ${MAX_JSON_TOKENS} values`);
    case 'repeated-key':
      throw new GatewayError('invalid_request', `${printable(problem.key)}: Field is given more than once`);
    case undefined:
      return parseObject(DECODER.decode(body));
    default:
      return problem satisfies never;
  }
}

function parseObject(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const position = cause instanceof Error ? /at position \d+/.exec(cause.message)?.[0] : undefined;
    const where = position === undefined ? '' : ` (${position})`;
    throw new GatewayError('invalid_request', `The request body is not valid JSON${where}`, { cause });
  }
  if (!isJsonObject(value)) throw new GatewayError('invalid_request', 'The request body should be a JSON object');
  return value;
}

/** A key as it may stand in a message: short, and without control characters. */
function printable(key: string): string {
  return key.slice(0, 64).replace(/[^\x20-\x7e]/g, '?');
}
