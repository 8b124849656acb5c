import type { Logger } from 'pino';
import type { Metrics } from './metrics.ts';

/** More models than this are counted, and logged no more. */
const MOST_MODELS = 10_000;

/** Takes an attempt that was charged without a price. */
export type UnpricedAlarm = (attempt: { channel: string; upstreamModel: string }) => void;

/** Counts each attempt without a price, and logs the first of each channel and model. */
export function createUnpricedAlarm(metrics: Pick<Metrics, 'countUnpriced'>, log: Pick<Logger, 'warn'>): UnpricedAlarm {
  const told = new Set<string>();
  return ({ channel, upstreamModel }) => {
    metrics.countUnpriced();
    const name = `${channel} ${upstreamModel}`;
    if (told.has(name) || told.size >= MOST_MODELS) return;
    told.add(name);
    log.warn(
      { channel, upstream_model: upstreamModel },
      'a model without a price: write one under prices, then reprice',
    );
  };
}
