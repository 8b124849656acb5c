import type { Store } from '../../store/open.ts';
import {
  countGuess,
  forgetGuessesStatement,
  forgetOldGuesses,
  oldestGuess,
  takeBackGuess,
} from '../../store/people/guesses.ts';
import { networkOf } from './network.ts';
import { digestSecret } from './secrets.ts';

/** How long a failure counts, in ms. */
const WINDOW = 15 * 60_000;

/**
 * Holds off who guesses: five failures a quarter of an hour, counted by account and by address (`reliability.md` §3), in the store:
 * over all processes together, and over restarts. All reject when the store cannot be asked.
 */
export type BackOff = {
  /**
   * Counts a try as a failure, for each of these names. When one of them has had too many, nothing is counted.
   * @returns seconds until another try is taken; 0 when this one is.
   */
  enter(names: readonly string[]): Promise<number>;
  /** Forgets all failures. */
  forgive(name: string): Promise<void>;
  /** Forgets the latest failure: it was none. */
  takeBack(name: string): Promise<void>;
};

/** Whom failures are counted for, by what they try. */
export const GUESSERS = {
  signIn: (email: string) => `user ${email}`,
  signInFrom: (address: string) => `address ${networkOf(address)}`,
  setUpFrom: (address: string) => `setup from ${networkOf(address)}`,
  ownPassword: (userId: string) => `password of ${userId}`,
  code: (userId: string) => `code of ${userId}`,
} as const;

/** @param clock Unix ms, since all processes go by it. */
export function createBackOff(store: Store, pepper: Uint8Array, clock: () => number): BackOff {
  // What was typed as an e-mail address may have been a password.
  const digest = (name: string) => digestSecret('guesser', name, pepper);
  const takeBack = (name: string) => takeBackGuess(store, digest(name));
  const waitOf = async (name: string, now: number): Promise<number> => {
    const oldest = (await oldestGuess(store, digest(name))) ?? now;
    return Math.max(1, Math.ceil((oldest + WINDOW - now) / 1_000));
  };

  return {
    enter: async (names) => {
      const now = Math.trunc(clock());
      const moment = { now, window: WINDOW };
      await forgetOldGuesses(store, moment);
      const counted: string[] = [];
      for (const name of names) {
        if (await countGuess(store, digest(name), moment)) {
          counted.push(name);
          continue;
        }
        for (const each of counted) await takeBack(each);
        return waitOf(name, now);
      }
      return 0;
    },
    forgive: async (name) => {
      await store.writer.run(forgetGuessesStatement(digest(name)));
    },
    takeBack,
  };
}
