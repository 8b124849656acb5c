import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import type { Config } from '../config/config.ts';
import { GatewayError } from '../core/error.ts';
import { isJsonObject, type JsonObject } from '../core/json.ts';
import { MAX_JSON_DEPTH, MAX_JSON_TOKENS, scanJson } from '../dialects/json-scan.ts';
import { receiveChunks } from './receive-chunks.ts';

/** What a body must keep to. */
type BodyLimits = Pick<Config['server'], 'maxBodyBytes' | 'slowBody'>;

/** Told of bytes before they are kept; throws when they cannot be. */
type Hold = (bytes: number) => void;

const DECOMPRESSORS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/**
 * Reads a body, decompressed.
 * @param hold told of the whole length where it is declared, else of every chunk.
 * @throws GatewayError `too_large`, `unsupported_media`, `invalid_request`, `request_timeout`, `aborted`, and what `hold` throws.
 */
export async function readBody(request: IncomingMessage, limits: BodyLimits, hold: Hold): Promise<Uint8Array> {
  const { 'content-type': type, 'content-length': length, 'content-encoding': encoding } = request.headers;
  checkContentType(type);
  const declared = Number(length ?? 0);
  if (declared > limits.maxBodyBytes) throw tooLarge(limits.maxBodyBytes);
  const body =
    declared > 0 ? await readDeclared(request, declared, limits, hold) : await readChunked(request, limits, hold);
  return decompress(body, encoding, limits.maxBodyBytes, hold);
}

/** A body whose length is known is admitted as a whole, and is in memory once (C4, G9). */
async function readDeclared(
  request: IncomingMessage,
  length: number,
  limits: BodyLimits,
  hold: Hold,
): Promise<Uint8Array> {
  hold(length);
  const body = Buffer.allocUnsafeSlow(length);
  let size = 0;
  await receiveChunks(request, limits.slowBody, (chunk) => {
    body.set(chunk, size);
    size += chunk.length;
  });
  return body.subarray(0, size);
}

async function readChunked(request: IncomingMessage, limits: BodyLimits, hold: Hold): Promise<Uint8Array> {
  const body = new GrowingBody(limits.maxBodyBytes, hold);
  await receiveChunks(request, limits.slowBody, (chunk) => body.add(chunk));
  return body.whole();
}

/** A body whose length only its end tells. */
class GrowingBody {
  private readonly limit: number;
  private readonly hold: Hold;
  private readonly code: string | undefined;
  private readonly chunks: Uint8Array[] = [];
  private size = 0;

  /** @param code of the error that says it is too large. */
  constructor(limit: number, hold: Hold, code?: string) {
    this.limit = limit;
    this.hold = hold;
    this.code = code;
  }

  /** @throws GatewayError `too_large`, and what `hold` throws. */
  add(chunk: Uint8Array): void {
    this.size += chunk.length;
    if (this.size > this.limit) throw tooLarge(this.limit, this.code);
    this.hold(chunk.length);
    this.chunks.push(chunk);
  }

  whole(): Uint8Array {
    const [only] = this.chunks;
    return this.chunks.length === 1 && only ? only : Buffer.concat(this.chunks, this.size);
  }
}

/** Counted as it unfolds: a few bytes can become as many as a body may have (C4). */
async function decompress(
  body: Uint8Array,
  encoding: string | undefined,
  limit: number,
  hold: Hold,
): Promise<Uint8Array> {
  const name = (encoding ?? 'identity').trim().toLowerCase();
  if (name === '' || name === 'identity') return body;
  const create = Object.hasOwn(DECOMPRESSORS, name) ? DECOMPRESSORS[name] : undefined;
  if (!create) {
    const message = `content-encoding: Input should be one of ${Object.keys(DECOMPRESSORS).join(', ')} or identity`;
    throw new GatewayError('invalid_request', message, { code: 'request_body_encoding_unsupported' });
  }
  const decompressed = new GrowingBody(limit, hold, 'request_body_too_large_after_decoding');
  try {
    for await (const chunk of create().end(body)) decompressed.add(chunk);
    return decompressed.whole();
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
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
