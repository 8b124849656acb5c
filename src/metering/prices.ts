import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ModelPrice } from '@pydantic/genai-prices';
import { LRUCache } from 'lru-cache';
import type { PriceOverride } from '../config/config.ts';
import { TOKEN_CLASSES, type TokenClass } from '../core/usage.ts';
import { makePrice, type Price, type Rates, shortHash } from './price.ts';
import { isListed } from './prices-match.ts';

const CATALOGUE = '@pydantic/genai-prices';
const NANO_PER_USD = 1_000_000_000;
/** Catalogue prices may change at a time of day, so an answer holds for a minute. */
const MINUTE_MS = 60_000;
const CACHED_PRICES = 2_000;

/** What models cost: an operator's overrides first, then the catalogue. */
export type Prices = {
  /** Catalogue version and hash of the overrides, such as `0.1.8+0a1b2c3d4e5f6a7b`. */
  version: string;
  /**
   * The price at `at` (Unix ms) of an upstream model of one of our providers; undefined when it has none: its use is then
   * stored as unpriced, never as free.
   */
  priceOf(provider: string, upstreamModel: string, at: number): Price | undefined;
};

/** What a price table is made of. */
export type PriceSources = {
  /** By upstream model name. */
  overrides: ReadonlyMap<string, PriceOverride>;
  /** The catalogue's id of one of our providers; undefined where it has none (`Provider.priceCatalogue`). */
  catalogueOf: (provider: string) => string | undefined;
};

/** Loads the catalogue (some 50 ms, once per process) and makes a price table; a reload makes a new one. */
export async function createPrices({ overrides, catalogueOf }: PriceSources): Promise<Prices> {
  const { calcPrice } = await import('@pydantic/genai-prices');
  const version = `${catalogueVersion()}+${shortHash(JSON.stringify([...overrides].sort()))}`;
  const cache = new LRUCache<string, { minute: number; price: Price | undefined }>({ max: CACHED_PRICES });

  const fromCatalogue = (provider: string, model: string, at: number): Price | undefined => {
    const providerId = catalogueOf(provider);
    if (providerId === undefined) return undefined;
    const found = calcPrice({}, model, { providerId, timestamp: new Date(at) });
    // Providers, too, are matched by likeness.
    if (found === null || found.provider.id !== providerId || !isListed(model, found.model)) return undefined;
    return readCataloguePrice(version, found.model_price);
  };

  const priceOf = (provider: string, upstreamModel: string, at: number): Price | undefined => {
    const minute = Math.floor(at / MINUTE_MS);
    const name = `${provider} ${upstreamModel}`;
    const cached = cache.get(name);
    if (cached?.minute === minute) return cached.price;
    const override = overrides.get(upstreamModel);
    const price = override === undefined ? fromCatalogue(provider, upstreamModel, at) : readOverride(version, override);
    cache.set(name, { minute, price });
    return price;
  };
  return { version, priceOf };
}

/** The catalogue's names of a class's rate, best first: a class without one costs as the class that it is part of. */
const RATE_NAMES: Readonly<Record<TokenClass, readonly string[]>> = {
  input: ['input_mtok'],
  cache_read: ['cache_read_mtok', 'input_mtok'],
  cache_write_5m: ['cache_write_5m_mtok', 'cache_write_mtok', 'input_mtok'],
  cache_write_1h: ['cache_write_1h_mtok', 'cache_write_mtok', 'input_mtok'],
  output: ['output_mtok'],
};

/** A catalogue entry in whole nano-USD; undefined when it has no token prices (it is billed by the second, say). */
function readCataloguePrice(version: string, entry: ModelPrice): Price | undefined {
  const base = ratesAt(entry, 0);
  if (base === undefined) return undefined;
  const longer = [];
  for (const aboveInput of tierStarts(entry)) {
    const rates = ratesAt(entry, aboveInput);
    if (rates !== undefined) longer.push({ aboveInput, rates });
  }
  const perThousand = entry['web_searches_kcount'];
  const webSearches = typeof perThousand === 'number' ? Math.round(perThousand * NANO_PER_USD) : null;
  return makePrice(version, { base: { rates: base }, longer, webSearches });
}

/** The rates for prompts of more than `aboveInput` tokens. */
function ratesAt(entry: ModelPrice, aboveInput: number): Rates | undefined {
  const rates: Rates = { input: 0, cache_read: 0, cache_write_5m: 0, cache_write_1h: 0, output: 0 };
  for (const tokenClass of TOKEN_CLASSES) {
    const usd = RATE_NAMES[tokenClass]
      .map((name) => usdAt(entry[name], aboveInput))
      .find((found) => found !== undefined);
    if (usd === undefined) return undefined;
    rates[tokenClass] = Math.round(usd * NANO_PER_USD);
  }
  return rates;
}

function usdAt(written: ModelPrice[string], aboveInput: number): number | undefined {
  if (written === undefined || typeof written === 'number') return written;
  const reached = written.tiers.filter((tier) => tier.start <= aboveInput).sort((a, b) => a.start - b.start);
  return reached.at(-1)?.price ?? written.base;
}

function tierStarts(entry: ModelPrice): number[] {
  const starts = Object.values(entry).flatMap((written) =>
    typeof written === 'object' ? written.tiers.map((tier) => tier.start) : [],
  );
  return [...new Set(starts)].filter((start) => start > 0).sort((a, b) => a - b);
}

function readOverride(version: string, override: PriceOverride): Price {
  const rates: Rates = {
    input: override.input,
    cache_read: override.cacheRead,
    cache_write_5m: override.cacheWrite5m,
    cache_write_1h: override.cacheWrite1h,
    output: override.output,
  };
  return makePrice(version, { base: { rates }, longer: [], webSearches: null });
}

/** The installed version of the catalogue, from its own package file. */
function catalogueVersion(): string {
  const entry = createRequire(import.meta.url).resolve(CATALOGUE);
  const manifest: { version?: unknown } = JSON.parse(readFileSync(join(dirname(entry), '..', 'package.json'), 'utf8'));
  return String(manifest.version);
}
