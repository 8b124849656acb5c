import type { Store } from '../store/open.ts';
import { listTokenRates, saveTokenRates } from '../store/token-rates.ts';
import { startBackgroundWork } from './background-work.ts';
import { TokenRates } from './token-rates.ts';

/** How often what was learnt is kept, and looked at what others have learnt, in ms. */
const INTERVAL = 60_000;

/** Clocks of processes that share a store may differ by this much, in ms. */
const CLOCKS_APART = 5 * 60_000;

/** Token rates that outlive their process. */
export type KeptTokenRates = {
  rates: TokenRates;
  /** Keeps what was learnt since the last time, and takes over what other processes have. Never rejects. */
  exchange(): Promise<void>;
  /** Ends that it is done by itself, and keeps what is left. */
  close(): Promise<void>;
};

/**
 * Reads what was learnt before, and keeps what is learnt from now on: every minute and at the end. What is lost with a crash
 * was learnt within a minute, and a few answers teach it again.
 * @param now gives Unix ms.
 * @param onFailure told when the store cannot: what could not be kept is kept the next time.
 */
export async function keepTokenRates(
  store: Store,
  now: () => number,
  onFailure: (error: unknown) => void,
): Promise<KeptTokenRates> {
  const rates = new TokenRates();
  let readUntil = 0;

  const read = async (): Promise<void> => {
    const at = now();
    rates.takeOver(await listTokenRates(store, readUntil - CLOCKS_APART));
    readUntil = at;
  };

  const save = async (): Promise<void> => {
    const taught = rates.takeTaught();
    if (taught.length === 0) return;
    try {
      await saveTokenRates(store, taught, now());
    } catch (error) {
      rates.putBack(taught);
      throw error;
    }
  };

  const exchange = () => save().then(read).catch(onFailure);
  await read().catch(onFailure);
  const work = startBackgroundWork({ first: INTERVAL, interval: INTERVAL, run: exchange });
  return {
    rates,
    exchange,
    close: async () => {
      await work.close();
      await save().catch(onFailure);
    },
  };
}
