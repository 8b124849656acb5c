import { Admission } from '../access/admission.ts';
import { createAuthenticator } from '../access/authenticate.ts';
import { confirmPepper } from '../access/confirm-pepper.ts';
import { keyStoreOf } from '../access/key-cache.ts';
import { type Limits, openLimits } from '../access/limits/open-limits.ts';
import { createConcurrencyLimit } from '../access/limits.ts';
import { createPayloadRecorder } from '../access/payloads/recorder.ts';
import { loadPepper } from '../access/pepper.ts';
import { openSessionBoard } from '../access/redis/open-board.ts';
import { confirmSealingKeys } from '../access/sealing/confirm-keys.ts';
import { createSealer } from '../access/sealing/sealer.ts';
import { takeOverFile } from '../access/sync-spending.ts';
import type { Config } from '../config/config.ts';
import { createBudgetDesk } from '../gateway/budget-desk.ts';
import { type ChannelHealth, channelHealth, credentialStates } from '../gateway/channel-health.ts';
import { Drains } from '../gateway/drains.ts';
import { type Gateway, takeSnapshot } from '../gateway/gateway.ts';
import { startHealthChecks } from '../gateway/health-checks.ts';
import { createLiveExchanges } from '../gateway/live-exchanges.ts';
import { mergeHealth } from '../gateway/merge-health.ts';
import { createRoutingState } from '../gateway/routing-state.ts';
import { createCodecTools, createGatewayTransport, priceCatalogueOf } from '../gateway/wiring.ts';
import type { Courier } from '../metering/alerts/courier.ts';
import { startFolding } from '../metering/fold-usage.ts';
import { createLedger } from '../metering/ledger.ts';
import { createConfiguredPrices } from '../metering/prices.ts';
import { unpricedPolicyOf } from '../metering/reservation.ts';
import { startJanitor } from '../metering/retention/janitor.ts';
import { TokenRates } from '../metering/token-rates.ts';
import { followDrains } from '../routing/follow-drains.ts';
import { keepFeatures } from '../routing/keep-features.ts';
import { listDrains } from '../store/drains.ts';
import { MAIN_SPOOL, openStore, type Store, workerSpool } from '../store/open.ts';
import { acquireServerLock } from '../store/server-lock.ts';
import { createLog, type Logger } from '../telemetry/log.ts';
import { createMetrics, type Metrics, type MetricValues } from '../telemetry/metrics.ts';
import { createUnpricedAlarm, type UnpricedAlarm } from '../telemetry/unpriced-alarm.ts';
import { createMediaFetcher } from '../upstream/fetch-media.ts';
import { writeAddress } from './address-file.ts';
import { openConfigSource } from './config-source.ts';
import { createDispatcher } from './dispatch.ts';
import { prepareFirstRun } from './first-run.ts';
import { guardDisk } from './guard-disk.ts';
import { foldingParts, janitorParts } from './janitor-parts.ts';
import { watchLoad } from './load-watch.ts';
import { joinOthers, type Membership } from './membership.ts';
import { openPorts } from './open-ports.ts';
import { Lifecycle } from './phase.ts';
import { succeed } from './predecessors.ts';
import { createRoutes } from './routes.ts';
import { shutDown } from './shut-down.ts';
import { locationOf } from './store-location.ts';
import { createOperatorAlerts } from './tell-operators.ts';
import { createUpstreamDesk } from './upstream-desk.ts';
import { newNodePrefix } from './workers/node-name.ts';

/** How a server is started. */
export type ServerOptions = {
  host: string;
  port: number;
  dataDir: string;
  databaseUrl: string | undefined;
  logLevel: string;
  /** Undefined: this process keeps its limits alone. */
  redisUrl: string | undefined;
  config: Config;
};

/** What a server must know that is one of several processes, whose supervisor holds the lock, recovers and makes the first key. */
export type WorkerPart = {
  /** Names this process in the books; see `WorkerStart`. */
  node: string;
  slot: number;
  /** How many processes there are. */
  of: number;
  /** The figures of all workers. */
  renderMetrics: Metrics['render'];
  /** How each worker knows its channels. */
  allChannelHealth(): Promise<ChannelHealth[][]>;
};

/** A server, of one process or of several, that listens. */
export type RunningServer = Omit<ListeningServer, 'collectMetrics' | 'channelHealth'> & {
  /** The key made because there was none yet. */
  firstKey: string | undefined;
  /** The one-time token that makes the first owner; undefined when there is one. */
  setupToken: string | undefined;
};

/** A process that listens. */
export type ListeningServer = {
  /** Such as `http://127.0.0.1:8787`. */
  address: string;
  /** Takes effect for requests that come from now on. */
  applyConfig(config: Config): void;
  /** The figures of this process alone. */
  collectMetrics(): Promise<MetricValues>;
  /** How this process alone knows its channels. */
  channelHealth(): ChannelHealth[];
  /** Lets open requests end, as long as the config allows and until `hurry` resolves, and closes everything. */
  drainAndClose(hurry: Promise<void>): Promise<void>;
};

/**
 * Starts everything, in the order that keeps the books right: lock, store, recovery, and only then the port.
 * Rejects with StoreError or a system error that says what is in the way.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { dataDir } = options;
  const lock = acquireServerLock(dataDir);
  const closing = [async () => lock.release()];
  const closeAll = async () => {
    for (const close of closing.toReversed()) await close();
  };
  try {
    const store = await openStore({ ...locationOf(options), spool: MAIN_SPOOL });
    closing.push(store.close);
    const node = newNodePrefix();
    const predecessors = succeed(dataDir, node);
    const beforeListening = async ({ ledger, log }: Gateway, { isGone }: Membership): Promise<void> => {
      // Nobody else can have a file open.
      const recovered = await ledger.recover(
        (of, heldFor) => store.kind === 'sqlite' || predecessors.has(of) || isGone(of, heldFor),
      );
      if (recovered > 0) log.warn({ exchanges: recovered }, 'settled what an earlier process left open');
      predecessors.forget();
    };
    const parts = { store, closeAll, beforeListening, node, worker: undefined };
    const server = await startOver(options, parts);
    const forgetAddress = writeAddress(dataDir, server.address);
    closing.push(async () => forgetAddress());
    // Made last: a start that fails must not use up the one time that the key is shown.
    return { ...server, ...(await prepareFirstRun(store, dataDir)) };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** Starts the server of one of several processes. Rejects as {@link startServer} does. */
export async function startWorkerServer(options: ServerOptions, worker: WorkerPart): Promise<ListeningServer> {
  const store = await openStore({ ...locationOf(options), spool: workerSpool(worker.slot) });
  try {
    const beforeListening = async () => undefined;
    return await startOver(options, { store, closeAll: store.close, beforeListening, node: worker.node, worker });
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** What a server stands on. */
type Parts = {
  store: Store;
  closeAll(): Promise<void>;
  beforeListening(gateway: Gateway, members: Membership): Promise<void>;
  /** Names this process in the books. */
  node: string;
  worker: WorkerPart | undefined;
};

async function startOver(options: ServerOptions, over: Parts): Promise<ListeningServer> {
  const { store, closeAll, beforeListening, node, worker } = over;
  const pepper = loadPepper(options.dataDir);
  await confirmPepper(store, pepper);
  // By the one reader that there is already: a thread for reports takes 12 MB, and nobody waits here yet.
  await confirmSealingKeys({ ...store, reports: store.reader }, options.dataDir);
  const log = createLog(options.logLevel, worker?.slot);
  const sealer = createSealer(options.dataDir);
  const source = await openConfigSource({
    store,
    sealer,
    file: options.config,
    onProblem: ({ what, problems }) => log.error({ problems }, `${what} cannot be used and is left out`),
  });
  const parts = { ...options, config: source.current(), log, node };
  const { gateway, limits, members, courier, replaceConfig } = await createGateway(parts, store, pepper, worker);
  const config = source.follow(replaceConfig);
  await beforeListening(gateway, members);

  const drains = await followDrains({
    read: async () => (await listDrains(store)).map(({ id }) => id),
    onRead: gateway.routing.health.useDrains,
  });
  members.watch(gateway.ledger, gateway.log);
  const grace = () => gateway.snapshot().config.server.databaseGrace;
  const authenticator = createAuthenticator({ store: keyStoreOf(store), pepper, now: gateway.now, grace });
  const lifecycle = new Lifecycle();
  const ownHealth = () => channelHealth(gateway.snapshot().config, gateway.routing);
  const health = worker?.allChannelHealth ?? (async () => [ownHealth()]);
  const upstreams = createUpstreamDesk(gateway, config, async () => mergeHealth(await health()).channels);
  const admin = { store, pepper, dataDir: options.dataDir, sealer, upstreams };
  const routes = createRoutes(gateway, lifecycle, admin, { limits: limits.shared, health });
  const { servers, address } = await openPorts({
    host: options.host,
    port: options.port,
    adminPort: options.config.server.admin.port,
    routes,
    listenerOf: (own) => createDispatcher({ gateway, authenticator, routes: own, lifecycle }),
  });
  courier.start();
  const checks = startHealthChecks(gateway);
  const janitor = isFirst(worker) ? startJanitor(janitorParts(gateway, store)) : undefined;
  const folding = isFirst(worker) ? startFolding(foldingParts(gateway, store)) : undefined;
  const unwatchLoad = watchLoad((sample) => gateway.admission.observe(sample));

  return {
    address,
    applyConfig: config.useFile,
    collectMetrics: gateway.metrics.collect,
    channelHealth: ownHealth,
    drainAndClose: async (hurry) => {
      const window = gateway.snapshot().config.server.drain;
      await shutDown({ servers, gateway, lifecycle, window, hurry });
      unwatchLoad();
      config.close();
      drains.close();
      checks.close();
      limits.close();
      authenticator.close();
      await gateway.transport.close();
      await janitor?.close();
      await folding?.close();
      await gateway.disk.close();
      await gateway.payloads.close();
      await gateway.ledger.flush();
      await courier.close();
      await members.close();
      await closeAll();
    },
  };
}

/** Of several workers on one store one is enough to look after it. */
function isFirst(worker: WorkerPart | undefined): boolean {
  return worker === undefined || worker.slot === 0;
}

async function createGateway(
  {
    config,
    dataDir,
    log,
    node,
    redisUrl,
  }: Pick<ServerOptions, 'config' | 'dataDir' | 'redisUrl'> & {
    log: Logger;
    node: string;
  },
  store: Store,
  pepper: Uint8Array,
  worker: WorkerPart | undefined,
): Promise<{
  gateway: Gateway;
  limits: Limits;
  members: Membership;
  courier: Courier;
  replaceConfig(config: Config): void;
}> {
  const now = Date.now;
  const pricesOf = (next: Config) => createConfiguredPrices(next, priceCatalogueOf);
  let prices = await pricesOf(config);
  let unpricedPolicy = unpricedPolicyOf(config.spending.unpriced);
  const unpriced = () => unpricedPolicy;
  await takeOverFile(store, pepper, config, now());
  const onUnpriced: UnpricedAlarm = (attempt) => alarm(attempt);
  let snapshot = takeSnapshot(config);
  const lease = () => snapshot.config.server.nodeLease;
  const members = await joinOthers({ store, node, workers: worker?.of, lease });
  const beforeIntent = members.showLife;
  const ledger = createLedger({ store, prices, now, node, unpriced, onUnpriced, beforeIntent });
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
    openRequests: () => live.size,
    refusedFeatures: () => features.size,
    ledgerQueue: ledger.queueDepth,
    admission: () => admission,
    redis: () => limits.shared,
    database: store.health,
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
  const priceOf: Gateway['priceOf'] = ({ channel, upstreamModel }, { markup }) =>
    prices.priceOf(channel.provider, upstreamModel, now(), { channel: channel.name, markup });
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
    rates: new TokenRates(),
    priceHint: (provider, upstreamModel) => {
      const rates = prices.priceOf(provider, upstreamModel, now())?.base.rates;
      return rates && rates.input + rates.output;
    },
    live,
    drains: new Drains(),
    metrics: alerts.watch(worker === undefined ? metrics : { ...metrics, render: worker.renderMetrics }),
    log,
    now,
  };
  const replaceConfig = (next: Config) => {
    snapshot = takeSnapshot(next);
    unpricedPolicy = unpricedPolicyOf(next.spending.unpriced);
    takeOverFile(store, pepper, next, now()).catch((error) =>
      log.error({ err: error }, 'projects, keys and budgets of the file could not be taken over'),
    );
    pricesOf(next)
      .then((fresh) => {
        prices = fresh;
        ledger.usePrices(fresh);
      })
      .catch((error) => log.error({ err: error }, 'new prices could not be used'));
  };
  const closeShared = () => {
    limits.close();
    board?.close();
  };
  return { gateway, limits: { ...limits, close: closeShared }, members, courier: alerts.courier, replaceConfig };
}
