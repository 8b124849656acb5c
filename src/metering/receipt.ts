import { TOKEN_CLASSES, TOOL_CLASSES, type TokenClass, type ToolClass } from '../core/usage.ts';
import type { Counters } from '../store/tables/counters.ts';
import { FACTOR_UNIT, type Price, type Rates } from './price.ts';

/** One line of a receipt. */
export type ReceiptLine = {
  class: TokenClass | ToolClass;
  /** Tokens, or uses of a tool. */
  count: number;
  /** Nano-USD for `per` of them, before factors. */
  rate: number;
  per: number;
  nanoUsd: number;
};

/** What all token lines of a receipt are multiplied by, in parts of `FACTOR_UNIT`; null for a term that the price does not know. */
export type ReceiptTerm = { term: string; multiplier: number | null };

/** How a cost was computed: classes that were used, and their exact sum. */
export type Receipt = {
  lines: ReceiptLine[];
  /** What was used and is in no line, since the price does not know it. */
  unpricedTools: { class: ToolClass; count: number }[];
  terms: ReceiptTerm[];
  /** The bracket that holds: tokens of prompt above which its rates begin; 0 for the usual rates. */
  aboveInput: number;
  /** In parts of `FACTOR_UNIT`. */
  markup: number;
  /** Likewise, of the project. */
  projectMarkup: number;
  totalNanoUsd: number;
  /** False when something was used for which the price says nothing (a term, a tool): the total is then an estimate. */
  isCovered: boolean;
};

/** Rates of tokens are for this many of them. */
export const TOKENS_PER_RATE = 1_000_000;
/** Rates of tools are for this many uses. */
export const USES_PER_RATE = 1_000;

/**
 * The receipt of one attempt. Each line is `count x rate x factors` divided once, rounded half up to a whole nano-USD; the total
 * is the sum of the lines, so it is what a reader of the receipt adds up. Terms hold for tokens, markups for tools too. A
 * term that the price does not know counts as 1. A total beyond 2^53 - 1 nano-USD (9 million USD) stays there.
 */
export function makeReceipt(counters: Counters, price: Price, usedTerms: readonly string[] = []): Receipt {
  const { aboveInput, rates } = bracketFor(counters, price);
  const terms = usedTerms.map((term) => ({ term, multiplier: multiplierOf(term, price) }));
  const { markup, projectMarkup = FACTOR_UNIT } = price;
  const markups = [markup, projectMarkup];
  const factors = [...terms.map(({ multiplier }) => multiplier ?? FACTOR_UNIT), ...markups];
  const lines: ReceiptLine[] = [];
  for (const tokenClass of TOKEN_CLASSES) {
    const count = counters[tokenClass];
    if (count === 0) continue;
    const line = { class: tokenClass, count, rate: rates[tokenClass], per: TOKENS_PER_RATE };
    lines.push({ ...line, nanoUsd: multiplyAndRound(count, line.rate, line.per, factors) });
  }
  for (const tool of TOOL_CLASSES) {
    const [count, rate] = [counters[tool], toolRate(tool, price)];
    if (count === 0 || rate === null) continue;
    const line = { class: tool, count, rate, per: USES_PER_RATE };
    lines.push({ ...line, nanoUsd: multiplyAndRound(count, rate, line.per, markups) });
  }
  const unpricedTools = TOOL_CLASSES.flatMap((tool) =>
    counters[tool] > 0 && toolRate(tool, price) === null ? [{ class: tool, count: counters[tool] }] : [],
  );
  const isCovered = terms.every(({ multiplier }) => multiplier !== null) && unpricedTools.length === 0;
  return { lines, unpricedTools, terms, aboveInput, markup, projectMarkup, totalNanoUsd: sumOf(lines), isCovered };
}

/** Nano-USD per thousand uses; null where the price does not know. Nobody charges for pages that are fetched, beyond their tokens. */
function toolRate(tool: ToolClass, { webSearches, tools }: Price): number | null {
  if (tool === 'web_searches') return webSearches;
  return tools?.[tool] ?? (tool === 'web_fetches' ? 0 : null);
}

function sumOf(lines: readonly ReceiptLine[]): number {
  return lines.reduce((sum, { nanoUsd }) => Math.min(sum + nanoUsd, Number.MAX_SAFE_INTEGER), 0);
}

function multiplierOf(term: string, { multipliers }: Price): number | null {
  return Object.hasOwn(multipliers, term) ? (multipliers[term] ?? null) : null;
}

/** The bracket that the whole prompt falls in, cached tokens included: one rate holds for all tokens of an attempt. */
function bracketFor(counters: Counters, price: Price): { aboveInput: number; rates: Rates } {
  const prompt = counters.input + counters.cache_read + counters.cache_write_5m + counters.cache_write_1h;
  const reached = price.longer.filter(({ aboveInput }) => prompt > aboveInput);
  return reached.at(-1) ?? { aboveInput: 0, rates: price.base.rates };
}

/**
 * `count x rate x factors / divisor`, half up, exact: in plain numbers where the product is safe, in BigInt where it is not.
 * @param factors in parts of `FACTOR_UNIT`.
 */
export function multiplyAndRound(
  count: number,
  rate: number,
  divisor: number,
  factors: readonly number[] = [],
): number {
  const changing = factors.filter((factor) => factor !== FACTOR_UNIT);
  const half = divisor / 2;
  const product = count * rate;
  if (changing.length === 0 && product <= Number.MAX_SAFE_INTEGER - half) {
    const rounded = product + half;
    return (rounded - (rounded % divisor)) / divisor;
  }
  let numerator = BigInt(count) * BigInt(rate);
  let denominator = BigInt(divisor);
  for (const factor of changing) {
    numerator *= BigInt(factor);
    denominator *= BigInt(FACTOR_UNIT);
  }
  const exact = (2n * numerator + denominator) / (2n * denominator);
  return exact > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(exact);
}
