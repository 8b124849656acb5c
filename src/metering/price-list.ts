import type { Config } from '../config/config.ts';
import { TOKEN_CLASSES } from '../core/usage.ts';
import { type ModelUse, sumModelUse } from '../store/model-use.ts';
import type { Store } from '../store/open.ts';
import { zeroCounters } from '../store/tables/counters.ts';
import type { Price } from './price.ts';
import type { Prices } from './prices.ts';
import { makeReceipt } from './receipt.ts';

/** One model of a channel and its price now; null where it has none. */
export type ListedPrice = { channel: string; provider: string; upstream_model: string; price: Price | null };

/** What changes for one model. Amounts are nano-USD, rates for a million tokens or a thousand searches. */
export type PriceChange = {
  channel: string;
  provider: string;
  upstream_model: string;
  /** A class, such as `output`, or `output above 200000`; null: no rate. */
  rates: { of: string; before: number | null; after: number | null }[];
  /** What was used in the time asked for, by the sums of its tokens at the usual rates; null without a price. */
  use_before: number | null;
  use_after: number | null;
};

/** The prices of all models that channels name or that were used since `since` (Unix ms). */
export async function listPrices(
  store: Store,
  config: Config,
  prices: Prices,
  { since, now }: { since: number; now: number },
): Promise<ListedPrice[]> {
  return (await modelsOf(store, config, since)).map(({ channel, provider, upstream_model }) => ({
    channel,
    provider,
    upstream_model,
    price: prices.priceOf(provider, upstream_model, now, { channel }) ?? null,
  }));
}

/** What another table of prices would change for these models; those that stay the same are left out. */
export async function diffPrices(
  store: Store,
  config: Config,
  { before, after }: { before: Prices; after: Prices },
  { since, now }: { since: number; now: number },
): Promise<PriceChange[]> {
  return (await modelsOf(store, config, since)).flatMap((use) => {
    const { channel, provider, upstream_model } = use;
    const old = before.priceOf(provider, upstream_model, now, { channel });
    const next = after.priceOf(provider, upstream_model, now, { channel });
    const rates = changedRates(old, next);
    if (rates.length === 0) return [];
    return [{ channel, provider, upstream_model, rates, use_before: costOf(use, old), use_after: costOf(use, next) }];
  });
}

/** Names that are no patterns, of every channel, and what was used. */
async function modelsOf(store: Store, config: Config, since: number): Promise<ModelUse[]> {
  const named = config.channels.flatMap(({ name: channel, provider, models }) =>
    models
      .map(({ pattern, upstream }) => upstream ?? pattern)
      .filter((model) => !model.includes('*'))
      .map((upstream_model): ModelUse => ({ ...zeroCounters(), provider, channel, upstream_model })),
  );
  const all = [...named, ...(await sumModelUse(store, since))];
  // What was used comes last, and so stands for the same model without use.
  return [...new Map(all.map((use) => [`${use.channel} ${use.provider} ${use.upstream_model}`, use])).values()];
}

function changedRates(before: Price | undefined, after: Price | undefined): PriceChange['rates'] {
  const [old, next] = [ratesOf(before), ratesOf(after)];
  return [...new Set([...old.keys(), ...next.keys()])]
    .map((of) => ({ of, before: old.get(of) ?? null, after: next.get(of) ?? null }))
    .filter((rate) => rate.before !== rate.after);
}

function ratesOf(price: Price | undefined): Map<string, number> {
  const rates = new Map<string, number>();
  if (price === undefined) return rates;
  for (const { aboveInput, rates: ofTier } of [{ aboveInput: 0, ...price.base }, ...price.longer]) {
    const suffix = aboveInput === 0 ? '' : ` above ${aboveInput}`;
    for (const tokenClass of TOKEN_CLASSES) rates.set(`${tokenClass}${suffix}`, ofTier[tokenClass]);
  }
  if (price.webSearches !== null) rates.set('web_searches', price.webSearches);
  for (const [tool, rate] of Object.entries(price.tools ?? {})) if (rate !== undefined) rates.set(tool, rate);
  return rates;
}

/** Sums of many requests fall in no tier. */
function costOf(use: ModelUse, price: Price | undefined): number | null {
  return price === undefined ? null : makeReceipt(use, { ...price, longer: [] }).totalNanoUsd;
}
