import { RecentMap } from '../core/recent-map.ts';
import { follow } from '../store/follow.ts';
import { findKey, type KeyRecord, keysRevision } from '../store/keys.ts';
import type { Store } from '../store/open.ts';

const KNOWN_KEYS = 10_000;
const UNKNOWN_IDS = 10_000;
/** What the cache needs of a store. */
export type KeyStore = {
  findKey(id: string): Promise<KeyRecord | undefined>;
  /** Grows with every change of any key, by any process. */
  revision(): Promise<number>;
  /** Whether it is known not to answer. */
  isDown(): boolean;
};

/** The keys of a real store. */
export function keyStoreOf(store: Store): KeyStore {
  return {
    findKey: (id) => findKey(store, id),
    revision: () => keysRevision(store),
    isDown: () => store.health().downFor !== undefined,
  };
}

/** Keys by id, so that most requests are judged without a query. */
export type KeyCache = {
  /** The key, null for an id known not to exist, undefined when the store must be asked. */
  peek(id: string): KeyRecord | null | undefined;
  /** The key from the store. Rejects as the store does. */
  fetch(id: string): Promise<KeyRecord | null>;
  /** Asks at once whether any key has changed; done by itself every 250 ms. Never rejects. */
  refresh(): Promise<void>;
  close(): void;
};

/**
 * A cache that forgets everything when the store's revision moves: a change made anywhere is seen within 250 ms
 * (`reliability.md` S13), a key that was just made included.
 * @param clock monotonic, in ms.
 * @param grace how long keys already known are served while the store is down, in ms (`reliability.md` §2.5); asked each time.
 */
export function createKeyCache(store: KeyStore, clock: () => number, grace: () => number): KeyCache {
  const known = new RecentMap<string, { key: KeyRecord; fetchedAt: number }>(KNOWN_KEYS);
  // Apart from the known, so that a flood of made-up ids drives out no real key.
  const unknown = new RecentMap<string, number>(UNKNOWN_IDS);
  const inFlight = new Map<string, Promise<KeyRecord | null>>();
  let revision: number | undefined;
  let confirmedAt = Number.NEGATIVE_INFINITY;

  const isCurrent = (fetchedAt: number) => clock() - Math.max(fetchedAt, confirmedAt) <= grace();

  const poll = async () => {
    const askedAt = clock();
    const current = await store.revision();
    confirmedAt = askedAt;
    if (current === revision) return;
    revision = current;
    known.clear();
    unknown.clear();
    inFlight.clear();
  };

  const load = async (id: string): Promise<KeyRecord | null> => {
    const [askedAt, askedUnder] = [clock(), revision];
    const key = (await store.findKey(id)) ?? null;
    // An answer from before a change may be outdated: good for this request, but not to be kept.
    if (revision !== askedUnder) return key;
    if (key === null) unknown.set(id, askedAt);
    else known.set(id, { key, fetchedAt: askedAt });
    return key;
  };

  const { refresh, close } = follow(poll);
  return {
    peek(id) {
      const entry = known.get(id);
      if (entry !== undefined && isCurrent(entry.fetchedAt)) return entry.key;
      const missedAt = unknown.get(id);
      return missedAt !== undefined && isCurrent(missedAt) ? null : undefined;
    },
    fetch(id) {
      const running = inFlight.get(id);
      if (running !== undefined) return running;
      const lookUp = load(id).finally(() => {
        if (inFlight.get(id) === lookUp) inFlight.delete(id);
      });
      inFlight.set(id, lookUp);
      return lookUp;
    },
    refresh,
    close,
  };
}
