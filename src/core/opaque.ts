import type { JsonObject } from './json.ts';

/** State that an upstream gave to be given back untouched: a signature, encrypted reasoning, redacted thinking. */
export type OpaqueState = {
  /** The id of the provider that made it: no other ever gets it back. */
  origin: string;
  data: JsonObject;
};

/** What every sealed state begins with; no vendor's own signatures do. */
export const SEAL_TAG = 'ezm1.';

/**
 * Packs one dialect's opaque state into a text that fits another dialect's opaque field (`translation.md` §6). The text is
 * authenticated, since it travels through clients, and the same state always gives the same text, since prompt caches
 * compare prefixes.
 */
export type OpaqueEnvelope = {
  seal(state: OpaqueState): string;
  /** Undefined for a text that is not ours, or not any more what we sealed. */
  open(text: string): OpaqueState | undefined;
};

/** Whether a text claims to be a sealed state: then it must not reach an upstream as it is (P7). */
export function isSealed(text: string): boolean {
  return text.startsWith(SEAL_TAG);
}
