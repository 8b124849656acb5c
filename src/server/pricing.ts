import type { Config } from '../config/config.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { priceCatalogueOf } from '../gateway/wiring.ts';
import { createConfiguredPrices, type Prices } from '../metering/prices.ts';
import { type UnpricedPolicy, unpricedPolicyOf } from '../metering/reservation.ts';

/** What models cost by the configuration in force. */
export type Pricing = Pick<Gateway, 'priceOf' | 'priceHint'> & {
  /** The table at the moment. */
  current(): Prices;
  /** What becomes of use without a price. */
  unpriced(): UnpricedPolicy;
  /** Takes over another configuration and answers its table; until it is there, the old one holds. */
  use(config: Config): Promise<Prices>;
};

/**
 * Makes the prices of a server.
 * @param now Unix ms.
 */
export async function createPricing(config: Config, now: () => number): Promise<Pricing> {
  const tableOf = (next: Config): Promise<Prices> => createConfiguredPrices(next, priceCatalogueOf);
  let prices = await tableOf(config);
  let unpriced = unpricedPolicyOf(config.spending.unpriced);
  return {
    current: () => prices,
    unpriced: () => unpriced,
    use: async (next) => {
      unpriced = unpricedPolicyOf(next.spending.unpriced);
      prices = await tableOf(next);
      return prices;
    },
    priceOf: ({ channel, upstreamModel }, { markup }) =>
      prices.priceOf(channel.provider, upstreamModel, now(), { channel: channel.name, markup }),
    priceHint: (provider, upstreamModel) => {
      const rates = prices.priceOf(provider, upstreamModel, now())?.base.rates;
      return rates && rates.input + rates.output;
    },
  };
}
