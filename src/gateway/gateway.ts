import type { Admission } from '../access/admission.ts';
import type { Limiter } from '../access/limits/limiter.ts';
import type { ConcurrencyLimit } from '../access/limits.ts';
import type { PayloadRecorder } from '../access/payloads/recorder.ts';
import type { Principal } from '../access/principal.ts';
import type { Config } from '../config/config.ts';
import type { CodecTools } from '../core/dialect.ts';
import type { Ledger } from '../metering/ledger.ts';
import type { Price } from '../metering/price.ts';
import type { DiskGuard } from '../metering/retention/disk-guard.ts';
import type { TokenRates } from '../metering/token-rates.ts';
import type { FeatureMemory } from '../routing/feature-memory.ts';
import { createRouter, type Router, type Target } from '../routing/resolve.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { MediaFetcher } from '../upstream/fetch-media.ts';
import type { Transport } from '../upstream/send.ts';
import type { BudgetDesk } from './budget-desk.ts';
import type { Drains } from './drains.ts';
import type { LiveExchanges } from './live-exchanges.ts';
import type { RoutingState } from './routing-state.ts';

/** One configuration and what is derived from it; a request keeps the one it began with (`reliability.md` S10). */
export type Snapshot = { config: Config; router: Router };

/** Derives what requests need from a configuration. */
export function takeSnapshot(config: Config): Snapshot {
  return { config, router: createRouter(config) };
}

/** Everything an exchange works with. */
export type Gateway = {
  /** The configuration in force. */
  snapshot(): Snapshot;
  ledger: Ledger;
  budgets: BudgetDesk;
  transport: Transport;
  media: MediaFetcher;
  payloads: PayloadRecorder;
  disk: DiskGuard & {
    /** Whether nothing could be booked. */
    refuses(): boolean;
  };
  /** What codecs need of the world. */
  tools: CodecTools;
  concurrency: ConcurrencyLimit;
  limiter: Limiter;
  admission: Admission;
  routing: RoutingState;
  /** What upstreams have refused and requests can go without. */
  features: FeatureMemory;
  /** What the tokens of each model are like. */
  rates: TokenRates;
  /** What a target costs now, for the holder of a key of a project; undefined without a price. */
  priceOf(target: Target, principal: Pick<Principal, 'markup'>): Price | undefined;
  /** What a model costs, for comparing targets: nano-USD per million tokens in and out together; undefined without a price. */
  priceHint(provider: string, upstreamModel: string): number | undefined;
  live: LiveExchanges;
  drains: Drains;
  metrics: Metrics;
  log: Logger;
  /** Unix ms. */
  now(): number;
};
