import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { ModelFacts } from '../core/model.ts';

/**
 * Signatures of thinking blocks: opaque to clients, bound to the text and to the model's family
 * (`anthropic-surface.md` §4.3). Layout before base64: 16 bytes that make it unique, 16 of the text's hash, 32 of HMAC.
 */

/** The secret under which a simulator signs. */
export type SignatureKey = Uint8Array;

/** What a returned signature turned out to be. */
type SignatureVerdict = 'genuine' | 'text-changed' | 'forged';

const UNIQUE_BYTES = 16;
const TEXT_BYTES = 16;
const PAYLOAD_BYTES = UNIQUE_BYTES + TEXT_BYTES;
const SIGNATURE_BYTES = PAYLOAD_BYTES + 32;

/** Signs a thinking text; `seed` tells two answers with the same text (or none) apart. */
export function signThinking(key: SignatureKey, model: ModelFacts, seed: string, thinking: string): string {
  const payload = Buffer.concat([digest(seed).subarray(0, UNIQUE_BYTES), digest(thinking).subarray(0, TEXT_BYTES)]);
  return Buffer.concat([payload, seal(key, model, payload)]).toString('base64');
}

/** Tells whether a signature is ours for this model's family, and whether the text beside it is the one that was signed. */
export function inspectSignature(
  key: SignatureKey,
  model: ModelFacts,
  signature: string,
  thinking: string,
): SignatureVerdict {
  const bytes = Buffer.from(signature, 'base64');
  if (bytes.length !== SIGNATURE_BYTES) return 'forged';
  const payload = bytes.subarray(0, PAYLOAD_BYTES);
  if (!timingSafeEqual(bytes.subarray(PAYLOAD_BYTES), seal(key, model, payload))) return 'forged';
  const signedText = payload.subarray(UNIQUE_BYTES);
  return signedText.equals(digest(thinking).subarray(0, TEXT_BYTES)) ? 'genuine' : 'text-changed';
}

function seal(key: SignatureKey, model: ModelFacts, payload: Uint8Array): Buffer {
  return createHmac('sha256', key)
    .update(`${model.line ?? 'none'}\0`)
    .update(payload)
    .digest();
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
