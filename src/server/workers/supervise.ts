import { createLedger } from '../../metering/ledger.ts';
import { MAIN_SPOOL, openStore } from '../../store/open.ts';
import { acquireServerLock } from '../../store/server-lock.ts';
import { createLog } from '../../telemetry/log.ts';
import { writeAddress } from '../address-file.ts';
import { prepareFirstRun } from '../first-run.ts';
import type { ServerOptions } from '../options.ts';
import { succeed } from '../predecessors.ts';
import { beatInterval } from '../presence.ts';
import { createPricing } from '../pricing.ts';
import type { RunningServer } from '../start.ts';
import { locationOf } from '../store-location.ts';
import { Crew } from './crew.ts';
import { newNodePrefix } from './node-name.ts';
import { recoverOthers } from './recover-others.ts';
import { reservePort } from './reserve-port.ts';

/** How often exchanges of processes that are no more are looked for, in ms: one may have outlived its supervisor by a moment. */
const SWEEP_INTERVAL = 5_000;

/**
 * Starts a gateway of several processes: this one holds the lock and the books' recovery, and keeps `workers` others that
 * serve on one port. Rejects as `startServer` does.
 */
export async function startSupervisor(options: ServerOptions, workers: number): Promise<RunningServer> {
  const { host, dataDir, databaseUrl, logLevel, redisUrl, config } = options;
  const lock = acquireServerLock(dataDir);
  const closing = [async () => lock.release()];
  const closeAll = async () => {
    for (const close of closing.toReversed()) await close();
  };
  try {
    const store = await openStore({ ...locationOf(options), spool: MAIN_SPOOL });
    closing.push(store.close);
    const port = await reservePort(host, options.port);
    const log = createLog(logLevel, 'supervisor');
    const prefix = newNodePrefix();
    const pricing = await createPricing(config, Date.now);
    const ledger = createLedger({
      store,
      prices: pricing.current(),
      now: Date.now,
      node: prefix,
      unpriced: pricing.unpriced,
    });
    const lease = config.server.nodeLease;
    const predecessors = succeed(dataDir, prefix);
    const recoverLeft = recoverOthers({ store, ledger, prefix, predecessors, lease });
    const recover = async (liveNodes: readonly string[]): Promise<void> => {
      const recovered = await recoverLeft(liveNodes);
      if (recovered > 0) log.warn({ exchanges: recovered }, 'settled what an ended process left open');
    };
    await recover([]);
    predecessors.forget();
    const crew = new Crew({
      size: workers,
      prefix,
      start: { host, port, dataDir, databaseUrl, logLevel, redisUrl, config },
      log,
      recover,
    });
    closing.push(() => crew.end());
    await crew.begin();
    const interval = store.kind === 'sqlite' ? SWEEP_INTERVAL : beatInterval(lease);
    const sweep = setInterval(() => crew.recoverAbandoned(), interval).unref();
    const address = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
    const forgetAddress = writeAddress(dataDir, address);
    closing.push(async () => forgetAddress());
    return {
      address,
      ...(await prepareFirstRun(store, dataDir)),
      applyConfig: (next) => {
        crew.applyConfig(next);
        pricing.use(next).then(ledger.usePrices, (error) => log.error({ err: error }, 'new prices could not be used'));
      },
      drainAndClose: async (hurry) => {
        clearInterval(sweep);
        await crew.drain(hurry);
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
