import { GatewayError } from '../core/error.ts';

/** Most of an upstream's error body that is read, in bytes (`reliability.md` U13). */
const MAX_ERROR_BYTES = 64 * 1024;

/** Largest whole answer that is read, in bytes. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** Reads an error body as far as it is of use; an upstream that breaks off has said enough. */
export async function readErrorBody(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MAX_ERROR_BYTES) break;
    }
  } catch {
    return Buffer.concat(chunks);
  }
  return Buffer.concat(chunks);
}

/** Reads a whole answer. @throws GatewayError `bad_upstream` when it is beyond all bounds. */
export async function readWholeBody(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw new GatewayError('bad_upstream', 'The upstream answered with an oversized body');
  }
  const [only] = chunks;
  return chunks.length === 1 && only ? only : Buffer.concat(chunks);
}
