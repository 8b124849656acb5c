import { Admission } from '../access/admission.ts';
import { type Limits, openLimits } from '../access/limits/open-limits.ts';
import { createConcurrencyLimit } from '../access/limits.ts';
import { createPayloadRecorder } from '../access/payloads/recorder.ts';
import { openSessionBoard } from '../access/redis/open-board.ts';
import { takeOverFile } from '../access/sync-spending.ts';
import type { Config } from '../config/config.ts';
import { createBudgetDesk } from '../gateway/budget-desk.ts';
import { channelHealth, credentialStates } from '../gateway/channel-health.ts';
import { Drains } from '../gateway/drains.ts';
import { type Gateway, takeSnapshot } from '../gateway/gateway.ts';
import { createLiveExchanges } from '../gateway/live-exchanges.ts';
import { createRoutingState } from '../gateway/routing-state.ts';
import { createCodecTools, createGatewayTransport } from '../gateway/wiring.ts';
import type { Courier } from '../metering/alerts/courier.ts';
import { type KeptTokenRates, keepTokenRates } from '../metering/keep-token-rates.ts';
import { createLedger } from '../metering/ledger.ts';
import { keepFeatures } from '../routing/keep-features.ts';
import type { Store } from '../store/open.ts';
import type { Logger } from '../telemetry/log.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { createUnpricedAlarm, type UnpricedAlarm } from '../telemetry/unpriced-alarm.ts';
import { createMediaFetcher } from '../upstream/fetch-media.ts';
import { guardDisk } from './guard-disk.ts';
import { joinOthers, type Membership } from './membership.ts';
import { isFirst, type ServerOptions, type WorkerPart } from './options.ts';
import { createPricing } from './pricing.ts';
import { createOperatorAlerts } from './tell-operators.ts';

/** What a gateway is assembled from. */
export type GatewayParts = Pick<ServerOptions, 'config' | 'dataDir' | 'redisUrl'> & {
  log: Logger;
  /** Names this process in the books. */
  node: string;
  store: Store;
  pepper: Uint8Array;
  worker: WorkerPart | undefined;
};

/** A gateway, and what has to be started, followed and closed beside it. */
export type AssembledGateway = {
  gateway: Gateway;
  limits: Limits;
  members: Membership;
  courier: Courier;
  tokenRates: KeptTokenRates;
  /** Takes effect for requests that come from now on. */
  replaceConfig(config: Config): void;
};

/** Makes everything that exchanges work with, and wires it together. Rejects with StoreError. */
export async function assembleGateway(parts: GatewayParts): Promise<AssembledGateway> {
  const { config, dataDir, log, node, redisUrl, store, pepper, worker } = parts;
  const now = Date.now;
  const pricing = await createPricing(config, now);
  const { unpriced, priceOf, priceHint } = pricing;
  await takeOverFile(store, pepper, config, now());
  const onUnpriced: UnpricedAlarm = (attempt) => alarm(attempt);
  let snapshot = takeSnapshot(config);
  const lease = () => snapshot.config.server.nodeLease;
  const members = await joinOthers({ store, node, workers: worker?.of, lease });
  const beforeIntent = members.showLife;
  const ledger = createLedger({ store, prices: pricing.current(), now, node, unpriced, onUnpriced, beforeIntent });
  const tokenRates = await keepTokenRates(store, now, (error) =>
    log.warn({ err: error }, 'what is learnt of tokens could not be kept'),
  );
  const features = await keepFeatures(store, now, (error) =>
    log.error({ err: error }, 'a refused beta or field could not be kept'),
  );
  const live = createLiveExchanges(ledger);
  const admission = new Admission({
    limits: () => snapshot.config.server,
    clock: () => performance.now(),
    after: (ms, action) => {
      const timer = setTimeout(action, ms);
      return () => clearTimeout(timer);
    },
    onAdmitted: (waited) => metrics.countAdmitted(waited),
    onRefused: (reason) => metrics.countShed(reason),
  });
  const payloads = createPayloadRecorder(store, dataDir, {
    onKept: () => metrics.payloads.countPayload('kept'),
    onLost: (why) => metrics.payloads.countPayload(why),
    onFailure: (reason) => log.error({ reason }, 'a payload could not be kept'),
  });
  const disk = guardDisk({
    ...{ store, dataDir, payloads, log, isFirst: isFirst(worker) },
    config: () => snapshot.config.retention,
    onShort: (state, free) => alerts.onDiskShort(state, free),
  });
  const metrics = createMetrics({
    disk,
    payloadMemory: payloads.held,
    openRequests: () => live.size(),
    refusedFeatures: () => features.size(),
    ledgerQueue: ledger.queueDepth,
    admission: () => admission,
    redis: () => limits.shared,
    database: store.health,
    nodes: () => limits.shared?.nodes() ?? members.processes(),
    routing: {
      credentials: () => credentialStates(channelHealth(snapshot.config, routing)),
      retryBudget: () => routing.retries.figures,
    },
  });
  const webhooks = () => snapshot.config.alerts.webhooks;
  const alerts = createOperatorAlerts({ store, webhooks, node, now, log });
  const events = alerts.listenTo(metrics.routing);
  const board = await openSessionBoard(redisUrl, metrics.countRedisFailure);
  const routing = createRoutingState(() => snapshot.config.routing.retryBudget, events, board);
  const limits = await openLimits({
    store,
    redisUrl,
    processes: members.processes,
    fileRules: () => snapshot.config.limits,
    now,
    onRefused: metrics.countLimitRefusal,
    onRedisFailure: metrics.countRedisFailure,
    onLocalDecision: metrics.countLocalLimit,
  });
  const alarm = createUnpricedAlarm(metrics, log);
  const gateway: Gateway = {
    snapshot: () => snapshot,
    ledger,
    budgets: createBudgetDesk({ ledger, priceOf, unpriced, onRefused: alerts.onRefused }),
    priceOf,
    transport: createGatewayTransport(now),
    media: createMediaFetcher(),
    payloads,
    disk,
    tools: createCodecTools(now, pepper),
    concurrency: createConcurrencyLimit(() => snapshot.config.server.maxConcurrentPerKey),
    limiter: limits.limiter,
    admission,
    routing,
    features,
    rates: tokenRates.rates,
    priceHint,
    live,
    drains: new Drains(),
    metrics: alerts.watch(worker === undefined ? metrics : { ...metrics, render: worker.renderMetrics }),
    log,
    now,
  };
  const replaceConfig = (next: Config) => {
    snapshot = takeSnapshot(next);
    takeOverFile(store, pepper, next, now()).catch((error) =>
      log.error({ err: error }, 'projects, keys and budgets of the file could not be taken over'),
    );
    pricing
      .use(next)
      .then(ledger.usePrices)
      .catch((error) => log.error({ err: error }, 'new prices could not be used'));
  };
  const closeShared = () => {
    limits.close();
    board?.close();
  };
  return {
    gateway,
    limits: { ...limits, close: closeShared },
    members,
    courier: alerts.courier,
    tokenRates,
    replaceConfig,
  };
}
