import { RecentMap } from '../core/recent-map.ts';
import type { Target } from './resolve.ts';
import type { Session } from './session-key.ts';

/** Remembers which target serves a session, for as long as its prompt is cached there. */
export type Affinity = {
  /**
   * The id of the target that served the session last; undefined when that is too long ago. A promise where only the other
   * nodes may know; it never rejects.
   */
  preferred(session: Session): string | undefined | Promise<string | undefined>;
  /**
   * An attempt goes to `target`: from now on the session is there. Called for every attempt, so that the requests of a session
   * that move do so together, and once.
   * @param ttl ms that it is remembered where the session does not say.
   * @returns whether it has moved from another target.
   */
  remember(session: Session, target: Target, ttl: number): boolean;
};

/** Where several nodes write down where sessions are. */
export type SharedSessions = {
  /** The target of a session; undefined when it is not known. Never rejects. */
  find(key: string): Promise<string | undefined>;
  /** Writes down where a session is for `ttl` ms; `hasMoved` tells the other nodes. */
  place(key: string, target: string, ttl: number, hasMoved: boolean): void;
  /** Calls `take` for every session that a node has moved. */
  onMove(take: (key: string, target: string) => void): void;
};

/** Sessions that are remembered; some 200 bytes each. */
const REMEMBERED_SESSIONS = 100_000;

/** What others have told is remembered for this long unless it is used, in ms. */
const HEARSAY = 60_000;

/** A session that stays is written down anew when this part of its time has passed. */
const RENEWAL = 0.25;

/** `sharedAt`: when it was last written down for the others, `until`: when it is forgotten; both in monotonic ms. */
type Place = { target: string; sharedAt: number; until: number };

/**
 * @param clock monotonic ms.
 * @param least so many sessions are remembered at least, the last used ones; at most twice as many.
 * @param shared what other nodes know; undefined: this process is alone.
 */
export function createAffinity(clock: () => number, least = REMEMBERED_SESSIONS, shared?: SharedSessions): Affinity {
  const places = new RecentMap<string, Place>(least);
  const placeOf = (key: string): Place | undefined => {
    const place = places.get(key);
    return place && clock() < place.until ? place : undefined;
  };
  const hear = (key: string, target: string): void => {
    places.set(key, { target, sharedAt: clock(), until: clock() + HEARSAY });
  };
  shared?.onMove((key, target) => {
    if (placeOf(key)) hear(key, target);
  });

  const ask = async (key: string, { find }: SharedSessions): Promise<string | undefined> => {
    const target = await find(key);
    if (target !== undefined) hear(key, target);
    return target;
  };

  return {
    preferred: ({ key }) => placeOf(key)?.target ?? (shared && ask(key, shared)),
    remember({ key, ttl: asked }, { id }, usual) {
      const before = placeOf(key);
      const ttl = asked ?? usual;
      const hasMoved = before !== undefined && before.target !== id;
      const isDue = before === undefined || hasMoved || clock() - before.sharedAt > ttl * RENEWAL;
      if (isDue) shared?.place(key, id, ttl, hasMoved);
      places.set(key, { target: id, sharedAt: isDue ? clock() : before.sharedAt, until: clock() + ttl });
      return hasMoved;
    },
  };
}
