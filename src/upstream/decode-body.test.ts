import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { randomCuts } from '../../test/support/rechunk.ts';
import { GatewayError } from '../core/error.ts';
import { decodeBody } from './decode-body.ts';

const TEXT = Buffer.from(
  Array.from({ length: 3000 }, (_, line) => `event ${line * 7919}: ${'ß'.repeat(line % 9)}\n`).join(''),
);

const CODECS: [string, (bytes: Uint8Array) => Uint8Array][] = [
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync],
];

/** A body in chunks that says when it was given up. */
function source(chunks: readonly Uint8Array[], failure?: Error) {
  const state = { closed: false, taken: 0 };
  async function* body(): AsyncGenerator<Uint8Array> {
    try {
      for (const chunk of chunks) {
        state.taken++;
        yield chunk;
      }
      if (failure) throw failure;
    } finally {
      state.closed = true;
    }
  }
  return { body: body(), state };
}

async function readAll(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const isBadUpstream = expect.objectContaining({ kind: 'bad_upstream' });

describe('U18 decodeBody', () => {
  test.each(CODECS)('undoes %s, in one piece and in many', async (name, compress) => {
    const bytes = compress(TEXT);
    expect((await readAll(decodeBody(source([bytes]).body, name))).equals(TEXT)).toBe(true);
    expect(
      (await readAll(decodeBody(source(randomCuts(bytes, 3, 900)).body, ` ${name.toUpperCase()} `))).equals(TEXT),
    ).toBe(true);
  });

  test.each([undefined, '', 'identity', 'Identity'])('hands on what is %j, untouched', (encoding) => {
    const { body } = source([TEXT]);
    expect(decodeBody(body, encoding)).toBe(body);
  });

  test.each(['gzip, br', 'gzip,gzip', 'compress', 'nonsense', 'constructor', '__proto__'])('refuses %j', (encoding) => {
    expect(() => decodeBody(source([]).body, encoding)).toThrow(isBadUpstream);
  });

  test.each(CODECS)('a truncated %s body is no whole answer', async (name, compress) => {
    const bytes = compress(TEXT);
    const { body, state } = source([bytes.subarray(0, Math.floor(bytes.length / 2))]);
    await expect(readAll(decodeBody(body, name))).rejects.toThrow(isBadUpstream);
    expect(state.closed).toBe(true);
  });

  test.each(CODECS)('%s that is something else is refused', async (name) => {
    await expect(
      readAll(decodeBody(source([Buffer.from('{"type":"message"}'.repeat(20))]).body, name)),
    ).rejects.toThrow(isBadUpstream);
  });

  test.each(CODECS)('a bomb of %s is stopped early, and its source closed', async (name, compress) => {
    const bomb = compress(new Uint8Array(64 * 1024 * 1024));
    const { body, state } = source(randomCuts(bomb, 5, 64));
    let produced = 0;
    const reading = (async () => {
      for await (const chunk of decodeBody(body, name)) produced += chunk.length;
    })();
    await expect(reading).rejects.toThrow(/beyond bounds/);
    expect(produced).toBeLessThan(8 * 1024 * 1024);
    expect(state.closed).toBe(true);
  });

  test('a small body may compress well', async () => {
    const zeros = new Uint8Array(900 * 1024);
    expect(await readAll(decodeBody(source([gzipSync(zeros)]).body, 'gzip'))).toHaveLength(zeros.length);
  });

  test('what is wrong with the connection is told as that', async () => {
    const failure = new GatewayError('timeout', 'too slow');
    const { body } = source([gzipSync(TEXT).subarray(0, 100)], failure);
    await expect(readAll(decodeBody(body, 'gzip'))).rejects.toBe(failure);
  });

  test('whoever stops reading closes the source', async () => {
    const { body, state } = source(randomCuts(gzipSync(TEXT), 7, 50));
    for await (const chunk of decodeBody(body, 'gzip')) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    await expect.poll(() => state.closed).toBe(true);
  });
});
