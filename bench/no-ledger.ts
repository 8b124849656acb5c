import type { Ledger } from '../src/metering/ledger.ts';

/** A ledger that keeps nothing, in the place of the real one. */
export function createLedger(): Ledger {
  return {
    open: async () => undefined,
    openAttempt: async () => undefined,
    checkpoint: () => undefined,
    settle: async () => ({ costNanoUsd: null, outrunNanoUsd: 0 }),
    keepPrefix: () => undefined,
    queueDepth: () => 0,
    recover: async () => 0,
    settleAgain: async () => 0,
    flush: async () => undefined,
    usePrices: () => undefined,
  };
}
