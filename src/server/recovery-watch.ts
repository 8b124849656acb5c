import type { Ledger } from '../metering/ledger.ts';
import type { IsGone } from '../metering/recovery.ts';
import type { Logger } from '../telemetry/log.ts';
import { logTrouble } from './log-trouble.ts';

/** What is done again and again so that nothing stays open for good. */
export type RecoveryParts = {
  ledger: Pick<Ledger, 'recover' | 'settleAgain'>;
  log: Logger;
  /** ms between two looks; asked each time. */
  interval(): number;
  /** Finds out which processes live; nothing is recovered when it fails. */
  look(): Promise<void>;
  /** Whether what a process has open is left for others to settle. */
  isGone: IsGone;
};

/** Settles what dead processes left open, and what this one could not settle when it should have. Keeps no process alive. */
export function watchForAbandoned({ ledger, log, interval, look, isGone }: RecoveryParts): { close(): Promise<void> } {
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();

  const run = async (): Promise<void> => {
    try {
      const late = await ledger.settleAgain();
      if (late > 0) log.warn({ exchanges: late }, 'settled what could not be settled before');
      await look();
      const recovered = await ledger.recover(isGone, look);
      if (recovered > 0) log.warn({ exchanges: recovered }, 'settled what processes that died had left open');
    } catch (error) {
      logTrouble(log, 'error', { err: error }, 'what dead processes left open could not be looked at');
    }
  };
  const plan = (): void => {
    if (isClosed) return;
    timer = setTimeout(() => {
      running = run().finally(plan);
    }, interval()).unref();
  };
  plan();
  return {
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      await running;
    },
  };
}
