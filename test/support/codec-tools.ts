import { createHash } from 'node:crypto';
import type { CodecTools } from '../../src/core/dialect.ts';
import { isJsonObject, type Json, objectAt, stringAt } from '../../src/core/json.ts';
import { isSealed, type OpaqueEnvelope, SEAL_TAG } from '../../src/core/opaque.ts';

/** An envelope without a key: sealed texts look real and open again, but nothing authenticates them. */
const plainEnvelope: OpaqueEnvelope = {
  seal: (state) => SEAL_TAG + Buffer.from(JSON.stringify(state)).toString('base64url'),
  open: (text) => {
    if (!isSealed(text)) return undefined;
    const state = parseOrUndefined(Buffer.from(text.slice(SEAL_TAG.length), 'base64url').toString());
    if (!isJsonObject(state)) return undefined;
    const origin = stringAt(state, 'origin');
    const data = objectAt(state, 'data');
    return origin === undefined || data === undefined ? undefined : { origin, data };
  },
};

/** Codec tools that always give the same: a clock that stands still, and ids that count from 1. */
export function testTools(): CodecTools {
  let ids = 0;
  return {
    now: () => Date.UTC(2026, 0, 2, 3, 4, 5),
    newId: (prefix) => {
      ids += 1;
      return `${prefix}_${ids}`;
    },
    hash: (text) => createHash('sha256').update(text).digest('hex'),
    envelope: plainEnvelope,
  };
}

function parseOrUndefined(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
