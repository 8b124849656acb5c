import type { Ledger } from '../metering/ledger.ts';
import type { Logger } from '../telemetry/log.ts';

/** How often leases are looked at, in ms. */
const INTERVAL = 30_000;

/** Settles exchanges of other processes whose leases have run out, so that a budget gets back what a dead one held. */
export function watchLeases(ledger: Pick<Ledger, 'recoverExpired'>, log: Logger): { close(): void } {
  const look = async () => {
    try {
      const exchanges = await ledger.recoverExpired();
      if (exchanges > 0) log.warn({ exchanges }, 'settled what a process that died had held of budgets');
    } catch (error) {
      log.error({ err: error }, 'leases could not be looked at');
    }
  };
  const timer = setInterval(look, INTERVAL).unref();
  return { close: () => clearInterval(timer) };
}
