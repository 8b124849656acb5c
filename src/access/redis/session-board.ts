import { connectRedis, subscribeRedis } from './connection.ts';

/** After a failure Redis is left alone for so long, in ms: a frozen one would hold up every new session. */
const PAUSE = 1_000;

// Of one slot with the limits, so that a cluster keeps them together.
const PREFIX = '{ezmodel}:session:';
const MOVES = '{ezmodel}:moves';

/** Where sessions are, as all nodes see it. */
export type SessionBoard = {
  /** The target of a session; undefined when it is not known, or Redis cannot say. Never rejects. */
  find(key: string): Promise<string | undefined>;
  /** Writes down where a session is for `ttl` ms; `hasMoved` tells the other nodes. Not waited for. */
  place(key: string, target: string, ttl: number, hasMoved: boolean): void;
  /** Calls `take` for every session that another node, or this one, has moved. */
  onMove(take: (key: string, target: string) => void): void;
  close(): void;
};

/**
 * The board in Redis, which is connected to in the background. Never rejects.
 * @param onFailure Redis did not answer, or refused.
 */
export function createSessionBoard(url: string, onFailure: () => void): SessionBoard {
  const redis = connectRedis(url);
  let pausedUntil = Number.NEGATIVE_INFINITY;
  let moves: { close(): void } | undefined;

  const attempt = async <Result>(work: () => Promise<Result>): Promise<Result | undefined> => {
    if (performance.now() < pausedUntil) return undefined;
    try {
      return await work();
    } catch {
      pausedUntil = performance.now() + PAUSE;
      onFailure();
      return undefined;
    }
  };

  return {
    find: async (key) => (await attempt(() => redis.get(PREFIX + key))) ?? undefined,
    place: (key, target, ttl, hasMoved) => {
      void attempt(async () => {
        await redis.set(PREFIX + key, target, Math.ceil(ttl));
        if (hasMoved) await redis.publish(MOVES, `${key} ${target}`);
      });
    },
    onMove: (take) => {
      moves = subscribeRedis(url, MOVES, (message) => {
        const space = message.indexOf(' ');
        if (space > 0) take(message.slice(0, space), message.slice(space + 1));
      });
    },
    close: () => {
      moves?.close();
      redis.close();
    },
  };
}
