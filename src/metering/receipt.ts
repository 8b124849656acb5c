import { TOKEN_CLASSES, type TokenClass } from '../core/usage.ts';
import type { Counters } from '../store/tables/counters.ts';
import type { Price, Rates } from './price.ts';

/** One line of a receipt. */
type ReceiptLine = {
  class: TokenClass | 'web_searches';
  /** Tokens, or searches. */
  count: number;
  /** Nano-USD per million tokens, or per thousand searches. */
  rate: number;
  nanoUsd: number;
};

/** How a cost was computed: classes that were used, and their exact sum. */
export type Receipt = { lines: ReceiptLine[]; totalNanoUsd: number };

const TOKENS_PER_RATE = 1_000_000;
const SEARCHES_PER_RATE = 1_000;

/**
 * The receipt of one attempt. Each line is `count x rate` divided once, rounded half up to a whole nano-USD; the total is the
 * sum of the lines, so it is what a reader of the receipt adds up. A total beyond 2^53 - 1 nano-USD (9 million USD) stays there.
 */
export function makeReceipt(counters: Counters, price: Price): Receipt {
  const rates = ratesFor(counters, price);
  const lines: ReceiptLine[] = [];
  let totalNanoUsd = 0;
  const add = (line: ReceiptLine): void => {
    lines.push(line);
    totalNanoUsd = Math.min(totalNanoUsd + line.nanoUsd, Number.MAX_SAFE_INTEGER);
  };
  for (const tokenClass of TOKEN_CLASSES) {
    const count = counters[tokenClass];
    if (count === 0) continue;
    const rate = rates[tokenClass];
    add({ class: tokenClass, count, rate, nanoUsd: multiplyAndRound(count, rate, TOKENS_PER_RATE) });
  }
  if (counters.web_searches > 0 && price.webSearches !== null) {
    const count = counters.web_searches;
    const rate = price.webSearches;
    add({ class: 'web_searches', count, rate, nanoUsd: multiplyAndRound(count, rate, SEARCHES_PER_RATE) });
  }
  return { lines, totalNanoUsd };
}

/** The bracket that the whole prompt falls in, cached tokens included: one rate holds for all tokens of an attempt. */
function ratesFor(counters: Counters, price: Price): Rates {
  const prompt = counters.input + counters.cache_read + counters.cache_write_5m + counters.cache_write_1h;
  let { rates } = price.base;
  for (const bracket of price.longer) {
    if (prompt > bracket.aboveInput) rates = bracket.rates;
  }
  return rates;
}

/** `count x rate / divisor`, half up, exact: in plain numbers where the product is safe, in BigInt where it is not. */
export function multiplyAndRound(count: number, rate: number, divisor: number): number {
  const half = divisor / 2;
  const product = count * rate;
  if (product <= Number.MAX_SAFE_INTEGER - half) {
    const rounded = product + half;
    return (rounded - (rounded % divisor)) / divisor;
  }
  const exact = (BigInt(count) * BigInt(rate) + BigInt(half)) / BigInt(divisor);
  return exact > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(exact);
}
