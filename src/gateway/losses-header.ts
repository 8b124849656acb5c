import type { Loss, LossCode } from '../core/loss.ts';

/** The response header that lists what conversion cost (law Loss). */
const HEADER = 'x-ezmodel-losses';

/** Codes beyond this many are only counted: a header must stay small. */
const MAX_CODES = 40;

/**
 * Losses as a header, each code once with the first field it befell: `top_k_dropped;at="top_k", name_dropped;at="…";n=3`.
 * Empty when nothing was lost.
 */
export function lossesHeader(losses: readonly Loss[]): Record<string, string> {
  if (losses.length === 0) return {};
  const byCode = groupByCode(losses);
  const items = [...byCode].slice(0, MAX_CODES).map(([code, fields]) => {
    const count = fields.length === 1 ? '' : `;n=${fields.length}`;
    return `${code};at="${printable(fields[0] ?? '')}"${count}`;
  });
  return { [HEADER]: items.join(', ') };
}

/** The codes of losses, each once, in the order in which they came. */
export function lossCodes(losses: readonly Loss[]): LossCode[] {
  return [...groupByCode(losses).keys()];
}

function groupByCode(losses: readonly Loss[]): Map<LossCode, string[]> {
  const byCode = new Map<LossCode, string[]>();
  for (const { code, field } of losses) byCode.set(code, [...(byCode.get(code) ?? []), field]);
  return byCode;
}

/** A field's path holds names that clients chose: only what a quoted header value takes stays. */
function printable(text: string): string {
  return text.slice(0, 120).replace(/[^\x20-\x7e]|["\\]/g, '?');
}
