import { createAuthenticator } from '../access/authenticate.ts';
import { confirmPepper } from '../access/confirm-pepper.ts';
import { keyStoreOf } from '../access/key-cache.ts';
import { loadPepper } from '../access/pepper.ts';
import { confirmSealingKeys } from '../access/sealing/confirm-keys.ts';
import { createSealer } from '../access/sealing/sealer.ts';
import type { Config } from '../config/config.ts';
import { type ChannelHealth, channelHealth } from '../gateway/channel-health.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { startHealthChecks } from '../gateway/health-checks.ts';
import { mergeHealth } from '../gateway/merge-health.ts';
import { startFolding } from '../metering/fold-usage.ts';
import { startJanitor } from '../metering/retention/janitor.ts';
import { followDrains } from '../routing/follow-drains.ts';
import { listDrains } from '../store/drains.ts';
import { MAIN_SPOOL, openStore, type Store, workerSpool } from '../store/open.ts';
import { acquireServerLock } from '../store/server-lock.ts';
import { createLog } from '../telemetry/log.ts';
import type { MetricValues } from '../telemetry/metrics.ts';
import { writeAddress } from './address-file.ts';
import { assembleGateway } from './assemble-gateway.ts';
import { openConfigSource } from './config-source.ts';
import { createDispatcher } from './dispatch.ts';
import { prepareFirstRun } from './first-run.ts';
import { foldingParts, janitorParts } from './janitor-parts.ts';
import { watchLoad } from './load-watch.ts';
import type { Membership } from './membership.ts';
import { openPorts } from './open-ports.ts';
import { isFirst, type ServerOptions, type WorkerPart } from './options.ts';
import { Lifecycle } from './phase.ts';
import { succeed } from './predecessors.ts';
import { createRoutes } from './routes.ts';
import { shutDown } from './shut-down.ts';
import { locationOf } from './store-location.ts';
import { createUpstreamDesk } from './upstream-desk.ts';
import { watchDependencies } from './watch-dependencies.ts';
import { newNodePrefix } from './workers/node-name.ts';
import { boundYoungGeneration } from './young-generation.ts';

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
  const parts = { ...options, config: source.current(), log, node, store, pepper, worker };
  const { gateway, limits, members, courier, tokenRates, replaceConfig } = await assembleGateway(parts);
  const config = source.follow(replaceConfig);
  await beforeListening(gateway, members);

  const drains = await followDrains({
    read: async () => (await listDrains(store)).map(({ id }) => id),
    onRead: gateway.routing.health.useDrains,
  });
  members.watch(gateway.ledger, gateway.log);
  const grace = () => gateway.snapshot().config.server.databaseGrace;
  const authenticator = createAuthenticator({
    store: keyStoreOf(store),
    pepper,
    now: gateway.now,
    grace,
    onDown: gateway.metrics.countKeyWithoutDatabase,
  });
  const lifecycle = new Lifecycle();
  const ownHealth = () => channelHealth(gateway.snapshot().config, gateway.routing);
  const health = worker?.allChannelHealth ?? (async () => [ownHealth()]);
  const upstreams = createUpstreamDesk(gateway, config, async () => mergeHealth(await health()).channels);
  const admin = { store, pepper, dataDir: options.dataDir, sealer, upstreams };
  const routes = createRoutes(gateway, lifecycle, admin, {
    limits: limits.shared,
    health,
    processes: members.processes,
  });
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
  const dependencies = watchDependencies({ store, redis: limits.shared, log });
  const unboundYoung = boundYoungGeneration();
  const unwatchLoad = watchLoad((sample) => gateway.admission.observe(sample));

  return {
    address,
    applyConfig: config.useFile,
    collectMetrics: gateway.metrics.collect,
    channelHealth: ownHealth,
    drainAndClose: async (hurry) => {
      const window = gateway.snapshot().config.server.drain;
      await shutDown({ servers, gateway, lifecycle, window, hurry });
      unboundYoung();
      unwatchLoad();
      dependencies.close();
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
      await tokenRates.close();
      await gateway.ledger.flush();
      await courier.close();
      await members.close();
      await closeAll();
    },
  };
}
