import type { Store } from '../store/store.ts';
import type { Logger } from '../telemetry/log.ts';

/** How often is looked whether they are there, in ms. */
const INTERVAL = 250;

/** Looks before a Redis is missed that this process has not reached yet: it connects beside the start. */
const FIRST_LOOKS = 8;

/** What a process goes on without (law Down). */
export type DependencyParts = {
  store: Pick<Store, 'health'>;
  /** Undefined where there is none. */
  redis: { isUp(): boolean; nodes(): number } | undefined;
  log: Logger;
};

/** Logs once when the database or Redis goes away, and once when it is back. Keeps no process alive. */
export function watchDependencies({ store, redis, log }: DependencyParts): { close(): void } {
  let before = store.health();
  /** Counted when it was last there. */
  let counted = { ...before.withoutIt };
  let isRedisUp = true;
  let looksBeforeRedis = 0;

  const lookAtDatabase = (): void => {
    const { downFor, graceLeft, spooledBytes, withoutIt } = store.health();
    if (before.downFor === undefined && downFor !== undefined) {
      const figures = { grace_left_ms: Math.round(graceLeft ?? 0) };
      log.error(figures, 'the database is away: what must not be lost is spooled');
    }
    if (before.downFor !== undefined && downFor === undefined) {
      const figures = {
        away_ms: Math.round(before.downFor),
        spooled_bytes: spooledBytes,
        begun: withoutIt.begun - counted.begun,
        settled: withoutIt.settled - counted.settled,
        refused: withoutIt.refused - counted.refused,
      };
      log.info(figures, 'the database is back');
    }
    if (downFor === undefined) counted = { ...withoutIt };
    before = { ...before, downFor };
  };

  const lookAtRedis = (): void => {
    if (redis === undefined) return;
    if (looksBeforeRedis < FIRST_LOOKS) looksBeforeRedis = redis.isUp() ? FIRST_LOOKS : looksBeforeRedis + 1;
    if (looksBeforeRedis < FIRST_LOOKS || redis.isUp() === isRedisUp) return;
    isRedisUp = redis.isUp();
    if (isRedisUp) log.info('Redis is back');
    else log.warn({ nodes: redis.nodes() }, 'Redis is away: this process keeps its own share of every limit');
  };

  const timer = setInterval(() => {
    lookAtDatabase();
    lookAtRedis();
  }, INTERVAL).unref();
  return { close: () => clearInterval(timer) };
}
