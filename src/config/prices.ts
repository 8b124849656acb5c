import type { PriceOverride, RatesOverride } from './config.ts';

/** USD per million tokens may be written with up to this many decimals: the ninth is one nano-USD. */
const DECIMALS = 9;
const LARGEST_PRICE = 1_000_000;

/** Ten-thousandths in 1: as fine as multipliers and markups are written. */
const FACTOR_PARTS = 10_000;
const LARGEST_FACTOR = 1_000;

/** Rates as an operator writes them, in USD per million tokens. */
export type WrittenRates = {
  input: number;
  output: number;
  cache_read?: number | undefined;
  cache_write_5m?: number | undefined;
  cache_write_1h?: number | undefined;
};

/** A price as an operator writes it: searches in USD per thousand, multipliers as plain factors. */
export type WrittenPrice = WrittenRates & {
  web_searches?: number | undefined;
  web_fetches?: number | undefined;
  file_searches?: number | undefined;
  code_containers?: number | undefined;
  tiers?: readonly (WrittenRates & { above: number })[] | undefined;
  multipliers?: Readonly<Record<string, number>> | undefined;
};

/**
 * USD per million tokens as whole nano-USD per million, exact: worked out on the decimal digits, not in binary fractions.
 * Undefined when the amount is negative, above a million USD, or finer than a nano-USD.
 */
export function toNanoUsd(usd: number): number | undefined {
  if (!(usd >= 0 && usd <= LARGEST_PRICE)) return undefined;
  const [mantissa = '', exponent = '0'] = String(usd).split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const zeros = DECIMALS + Number(exponent) - fraction.length;
  const digits = whole + fraction;
  if (zeros >= 0) return Number(digits + '0'.repeat(zeros));
  const cut = digits.length + zeros;
  return /^0*$/.test(digits.slice(Math.max(cut, 0))) ? Number(digits.slice(0, Math.max(cut, 0))) : undefined;
}

/**
 * A factor from 0 to 1,000 in whole ten-thousandths, exact; undefined for any other, and for one that is finer.
 */
export function toFactor(factor: number): number | undefined {
  if (!(factor >= 0 && factor <= LARGEST_FACTOR)) return undefined;
  const parts = Math.round(factor * FACTOR_PARTS);
  return parts / FACTOR_PARTS === factor ? parts : undefined;
}

/**
 * A written price in nano-USD per million tokens. Cache classes that it leaves out follow from the input price by
 * Anthropic's ratios: read 0.1, 5-minute write 1.25, 1-hour write 2 (`anthropic-surface.md` §7).
 */
export function priceOverride(written: WrittenPrice): PriceOverride {
  const { web_searches, tiers = [], multipliers = {} } = written;
  const longer = tiers.map((tier) => ({ aboveInput: tier.above, ...ratesOf(tier) }));
  return {
    ...ratesOf(written),
    longer: longer.sort((a, b) => a.aboveInput - b.aboveInput),
    webSearches: web_searches === undefined ? undefined : nanoUsd(web_searches),
    ...toolsOf(written),
    multipliers: Object.fromEntries(Object.entries(multipliers).map(([term, factor]) => [term, factorOf(factor)])),
  };
}

/** Absent where nothing is said of any tool. */
function toolsOf({ web_fetches, file_searches, code_containers }: WrittenPrice): Pick<PriceOverride, 'tools'> {
  const written = Object.entries({ web_fetches, file_searches, code_containers });
  const known = written.flatMap(([tool, usd]) => (usd === undefined ? [] : [[tool, nanoUsd(usd)]]));
  return known.length === 0 ? {} : { tools: Object.fromEntries(known) };
}

/** Written prices by model. */
export function pricesOf(written: Readonly<Record<string, WrittenPrice>>): Map<string, PriceOverride> {
  return new Map(Object.entries(written).map(([model, price]) => [model, priceOverride(price)]));
}

/** A markup as it is written, in ten-thousandths. */
export function factorOf(written: number): number {
  const parts = toFactor(written);
  if (parts === undefined) throw new RangeError('a factor must have passed the schema');
  return parts;
}

function ratesOf(written: WrittenRates): RatesOverride {
  const input = nanoUsd(written.input);
  const derived = (own: number | undefined, hundredths: number) =>
    own === undefined ? Math.round((input * hundredths) / 100) : nanoUsd(own);
  return {
    input,
    output: nanoUsd(written.output),
    cacheRead: derived(written.cache_read, 10),
    cacheWrite5m: derived(written.cache_write_5m, 125),
    cacheWrite1h: derived(written.cache_write_1h, 200),
  };
}

function nanoUsd(usd: number): number {
  const nano = toNanoUsd(usd);
  if (nano === undefined) throw new RangeError('a price must have passed the schema');
  return nano;
}
