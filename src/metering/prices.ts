import type { Config, PriceOverride, RatesOverride } from '../config/config.ts';
import { RecentMap } from '../core/recent-map.ts';
import { FACTOR_UNIT, makePrice, type Price, type Rates, shortHash } from './price.ts';
import { type Catalogue, loadCatalogue, type PriceContent, termsOf } from './prices-catalogue.ts';

/** Catalogue prices may change at a time of day, so an answer holds for a minute. */
const MINUTE_MS = 60_000;
const CACHED_PRICES = 2_000;

/** Where an attempt goes and who pays for it, as far as its price depends on that. */
export type PricePlace = {
  channel?: string;
  /** That of the project, in parts of `FACTOR_UNIT`. */
  markup?: number;
};

/** What models cost: an operator's overrides first, then the catalogue. */
export type Prices = {
  /** Catalogue version and hash of the overrides, such as `0.1.8+0a1b2c3d4e5f6a7b`. */
  version: string;
  /**
   * The price at `at` (Unix ms) of an upstream model of one of our providers, markups of channel and project included;
   * undefined when it has none: its use is then stored as unpriced, never as free.
   */
  priceOf(provider: string, upstreamModel: string, at: number, place?: PricePlace): Price | undefined;
};

/** What a channel's file entry says of prices. Markups are in parts of `FACTOR_UNIT`. */
export type ChannelPrices = { prices: ReadonlyMap<string, PriceOverride>; markup: number };

/** What a price table is made of. */
export type PriceSources = {
  /** By upstream model name. */
  overrides: ReadonlyMap<string, PriceOverride>;
  /** The catalogue's id of one of our providers; undefined where it has none (`Provider.priceCatalogue`). */
  catalogueOf: (provider: string) => string | undefined;
  /** By name of the channel; what it says goes before `overrides`. */
  channels?: ReadonlyMap<string, ChannelPrices>;
  /** Default: the one that EZModel ships with. */
  catalogue?: Catalogue;
};

/** Loads the catalogue (some 50 ms, once per process) and makes a price table; a reload makes a new one. */
export async function createPrices(sources: PriceSources): Promise<Prices> {
  const catalogue = sources.catalogue ?? (await loadCatalogue());
  const { overrides, catalogueOf, channels } = sources;
  const version = `${catalogue.version}+${hashOf(sources)}`;
  const cache = new RecentMap<string, { minute: number; price: Price | undefined }>(CACHED_PRICES);

  const upstreamPrice = (provider: string, model: string, at: number, channel: string): PriceContent | undefined => {
    const providerId = catalogueOf(provider);
    const listed = providerId === undefined ? undefined : catalogue.find(providerId, model, at);
    const override = channels?.get(channel)?.prices.get(model) ?? overrides.get(model);
    return override === undefined ? listed : readOverride(override, listed, termsOf(providerId));
  };

  const priceOf: Prices['priceOf'] = (
    provider,
    upstreamModel,
    at,
    { channel = '', markup: projectMarkup = FACTOR_UNIT } = {},
  ) => {
    const minute = Math.floor(at / MINUTE_MS);
    const name = `${provider} ${channel} ${projectMarkup} ${upstreamModel}`;
    const cached = cache.get(name);
    if (cached?.minute === minute) return cached.price;
    const content = upstreamPrice(provider, upstreamModel, at, channel);
    const markup = channels?.get(channel)?.markup ?? FACTOR_UNIT;
    const price = content && makePrice(version, { ...content, markup, projectMarkup });
    cache.set(name, { minute, price });
    return price;
  };
  return { version, priceOf };
}

/** The price table of a configuration. `catalogueOf` as in {@link PriceSources}. */
export function createConfiguredPrices(
  config: Pick<Config, 'prices' | 'channels'>,
  catalogueOf: PriceSources['catalogueOf'],
  catalogue?: Catalogue,
): Promise<Prices> {
  const channels = new Map(config.channels.map(({ name, prices, markup }) => [name, { prices, markup }]));
  return createPrices({ overrides: config.prices, catalogueOf, channels, ...(catalogue && { catalogue }) });
}

function hashOf({ overrides, channels }: PriceSources): string {
  const ofChannels = [...(channels ?? [])].map(([name, { prices, markup }]) => [name, [...prices].sort(), markup]);
  return shortHash(JSON.stringify([[...overrides].sort(), ofChannels.sort(), []]));
}

/** What an override leaves out of searches and terms is as the catalogue and the vendor have it. */
function readOverride(
  override: PriceOverride,
  listed: PriceContent | undefined,
  terms: Price['multipliers'],
): PriceContent {
  return {
    base: { rates: readRates(override) },
    longer: override.longer.map((tier) => ({ aboveInput: tier.aboveInput, rates: readRates(tier) })),
    webSearches: override.webSearches ?? listed?.webSearches ?? null,
    tools: { ...listed?.tools, ...override.tools },
    multipliers: { ...terms, ...override.multipliers },
    markup: FACTOR_UNIT,
  };
}

function readRates(override: RatesOverride): Rates {
  return {
    input: override.input,
    cache_read: override.cacheRead,
    cache_write_5m: override.cacheWrite5m,
    cache_write_1h: override.cacheWrite1h,
    output: override.output,
  };
}
