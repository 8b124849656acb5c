import { RecentMap } from '../../core/recent-map.ts';

/** Failures that are forgiven within the window, and how long it is, in ms. */
const FORGIVEN = 5;
const WINDOW = 15 * 60_000;
const REMEMBERED = 50_000;

/** Holds off who guesses: five failures a quarter of an hour, counted by account and by address (`reliability.md` §3). */
export type BackOff = {
  /** Seconds until another try is taken; 0 when one is. */
  waitFor(names: readonly string[]): number;
  failed(names: readonly string[]): void;
  /** Forgets all failures. */
  forgive(name: string): void;
  /** Forgets the latest failure: it was none. */
  takeBack(name: string): void;
};

/** @param clock monotonic, in ms. */
export function createBackOff(clock: () => number): BackOff {
  const failures = new RecentMap<string, number[]>(REMEMBERED);
  const recent = (name: string): number[] =>
    (failures.get(name) ?? []).filter((failedAt) => clock() - failedAt < WINDOW);

  return {
    waitFor: (names) => {
      const waits = names.map((name) => {
        const times = recent(name);
        const oldest = times.length < FORGIVEN ? undefined : times.at(-FORGIVEN);
        return oldest === undefined ? 0 : Math.ceil((oldest + WINDOW - clock()) / 1_000);
      });
      return Math.max(0, ...waits);
    },
    failed: (names) => {
      for (const name of names) failures.set(name, [...recent(name), clock()].slice(-FORGIVEN));
    },
    forgive: (name) => {
      failures.delete(name);
    },
    takeBack: (name) => {
      failures.set(name, recent(name).slice(0, -1));
    },
  };
}
