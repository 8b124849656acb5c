import { LRUCache } from 'lru-cache';
import type { Target } from './resolve.ts';
import type { Session } from './session-key.ts';

/** Remembers which target serves a session, for as long as its prompt is cached there. */
export type Affinity = {
  /** The id of the target that served the session last; undefined when that is too long ago. */
  preferred(session: Session): string | undefined;
  /**
   * An attempt goes to `target`: from now on the session is there. Called for every attempt, so that the requests of a session
   * that move do so together, and once.
   * @param ttl ms that it is remembered where the session does not say.
   * @returns whether it has moved from another target.
   */
  remember(session: Session, target: Target, ttl: number): boolean;
};

/** Sessions that are remembered; some 200 bytes each. */
const REMEMBERED_SESSIONS = 100_000;

/**
 * @param clock monotonic ms.
 * @param most sessions that are remembered; of more the longest unused are forgotten.
 */
export function createAffinity(clock: () => number, most = REMEMBERED_SESSIONS): Affinity {
  const targets = new LRUCache<string, string>({ max: most, perf: { now: clock }, ttlResolution: 0 });

  return {
    preferred: ({ key }) => targets.get(key),
    remember({ key, ttl: asked }, { id }, ttl) {
      const before = targets.get(key);
      targets.set(key, id, { ttl: asked ?? ttl });
      return before !== undefined && before !== id;
    },
  };
}
