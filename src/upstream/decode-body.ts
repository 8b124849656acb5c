import { Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { GatewayError } from '../core/error.ts';

/** How much larger than its compressed form an upstream's body may be (`reliability.md` U18). */
const MAX_RATIO = 100;

/** Output below this is never taken for a bomb, in bytes. */
const RATIO_FLOOR_BYTES = 1024 * 1024;

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/**
 * Undoes one layer of compression that an upstream applied although `identity` was asked for.
 * @throws GatewayError `bad_upstream` for stacked or unknown encodings, broken data, and bombs.
 */
export function decodeBody(body: AsyncIterable<Uint8Array>, encoding: string | undefined): AsyncIterable<Uint8Array> {
  const name = (encoding ?? 'identity').trim().toLowerCase();
  if (name === '' || name === 'identity') return body;
  const create = Object.hasOwn(DECODERS, name) ? DECODERS[name] : undefined;
  if (!create) throw new GatewayError('bad_upstream', 'The upstream answered in an encoding that is not supported');
  return inflate(body, create());
}

async function* inflate(body: AsyncIterable<Uint8Array>, decoder: Transform): AsyncGenerator<Uint8Array> {
  let received = 0;
  let produced = 0;
  const source = Readable.from(counted(body, (bytes) => (received += bytes)));
  source.on('error', (error) => decoder.destroy(error));
  try {
    for await (const chunk of source.pipe(decoder)) {
      if (!(chunk instanceof Uint8Array)) continue;
      produced += chunk.length;
      if (produced > RATIO_FLOOR_BYTES && produced > received * MAX_RATIO) {
        throw new GatewayError('bad_upstream', 'The upstream answered with a compressed body that grows beyond bounds');
      }
      yield chunk;
    }
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
    throw new GatewayError('bad_upstream', 'The upstream answered with a broken compressed body', { cause });
  } finally {
    source.destroy();
    decoder.destroy();
  }
}

async function* counted(body: AsyncIterable<Uint8Array>, count: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    count(chunk.length);
    yield chunk;
  }
}
