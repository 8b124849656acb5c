import type { Reading } from '../../core/dialect.ts';
import { type JsonObject, stringAt } from '../../core/json.ts';
import type { ContentBlock } from '../../core/message.ts';
import { isSealed, type OpaqueEnvelope } from '../../core/opaque.ts';

/**
 * The opaque state of thinking, packed and unpacked (`translation.md` §6): `text` is the whole thinking, beside it stands
 * what the API demands back, `signature` of a thinking block or `redacted` of a hidden one.
 */

/** Packs a thinking block's text and signature; without a signature only the origin is told, so that it is never empty (P86). */
export function sealThinking(text: string, signature: string, { tools, provider }: Reading): string {
  const data = { text, ...(signature !== '' && { signature }) };
  return tools.envelope.seal({ origin: provider, data });
}

/** Packs the data of a redacted block (P95). */
export function sealRedacted(redacted: string, { tools, provider }: Reading): string {
  return tools.envelope.seal({ origin: provider, data: { text: '', redacted } });
}

/** The field in which each kind of thinking carries its opaque state. */
const STATE_FIELDS: ReadonlyMap<string, string> = new Map([
  ['thinking', 'signature'],
  ['redacted_thinking', 'data'],
]);

/** Whether a block is thinking of either kind. */
export function isThinking(block: JsonObject): boolean {
  return STATE_FIELDS.has(stringAt(block, 'type') ?? '');
}

/** Whether a block carries a state that we packed: it must not reach an upstream as it is (P7). */
export function holdsSealed(block: JsonObject): boolean {
  const field = STATE_FIELDS.get(stringAt(block, 'type') ?? '');
  return field !== undefined && isSealed(stringAt(block, field) ?? '');
}

/**
 * The block that this provider once gave, byte for byte; undefined when the thinking is another's, or has nothing that the
 * API would accept as proof (P7, P86).
 */
export function openThinking(block: JsonObject, provider: string, envelope: OpaqueEnvelope): ContentBlock | undefined {
  const field = STATE_FIELDS.get(stringAt(block, 'type') ?? '');
  const state = field === undefined ? undefined : envelope.open(stringAt(block, field) ?? '');
  if (!state || state.origin !== provider) return undefined;
  const signature = stringAt(state.data, 'signature');
  if (signature !== undefined) return { type: 'thinking', thinking: stringAt(state.data, 'text') ?? '', signature };
  const redacted = stringAt(state.data, 'redacted');
  return redacted === undefined ? undefined : { type: 'redacted_thinking', data: redacted };
}
