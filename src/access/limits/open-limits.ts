import { randomUUID } from 'node:crypto';
import type { LimitMeasure, LimitRule } from '../../core/limit.ts';
import { dayTokens } from '../../store/day-tokens.ts';
import { limitsRevision, listLimits } from '../../store/limits.ts';
import type { Store } from '../../store/open.ts';
import { createDayUsage } from './day-usage.ts';
import { createLimiter, type Limiter } from './limiter.ts';
import { createMemoryCounters } from './memory-counters.ts';
import { shareAmong } from './process-share.ts';
import type { RedisCountersOptions, SharedCounters } from './redis-counters.ts';
import { createRuleBook } from './rule-book.ts';

/** What the limits of a server are made of. */
export type LimitsOptions = {
  store: Store;
  /** Undefined: this process counts alone. */
  redisUrl: string | undefined;
  /** Without Redis: how many processes serve together, each with its share of every limit; asked each time. */
  processes(): number;
  /** The limits of the config in force; asked each time. */
  fileRules(): readonly LimitRule[];
  /** Unix ms. */
  now(): number;
  onRefused(measure: LimitMeasure): void;
  onRedisFailure(): void;
  /** A decision was taken by this node alone, on its share. */
  onLocalDecision(): void;
};

/** The limits of a server that runs. */
export type Limits = {
  limiter: Limiter;
  /** Undefined without Redis. */
  shared: Pick<SharedCounters, 'isUp' | 'nodes'> | undefined;
  close(): void;
};

/** Reads the limits and starts to count: in Redis where there is one, else in this process. Never rejects. */
export async function openLimits(options: LimitsOptions): Promise<Limits> {
  const { store, redisUrl, now, onRefused } = options;
  const clock = () => performance.now();
  const book = createRuleBook(
    { list: () => listLimits(store), revision: () => limitsRevision(store) },
    options.fileRules,
  );
  const countsDays = () => book.rules().some(({ values }) => values.tokens_per_day !== undefined);
  const day = createDayUsage((of) => dayTokens(store, of), countsDays, now);
  await book.refresh();
  await day.refresh();
  const { usedBefore } = day;
  const memory = createMemoryCounters({ clock, now, usedBefore });
  const { onRedisFailure: onFailure, onLocalDecision } = options;
  const parts = { node: randomUUID(), memory, clock, usedBefore, onFailure, onLocalDecision };
  const shared = redisUrl === undefined ? undefined : await shareCounters(redisUrl, parts);
  return {
    limiter: createLimiter({
      rules: book.rules,
      counters: shared ?? shareAmong(memory, options.processes),
      onRefused: ({ measure }) => onRefused(measure),
    }),
    shared,
    close: () => {
      book.close();
      day.close();
      shared?.close();
    },
  };
}

/** Loaded here, so that a server without Redis starts without its client. */
async function shareCounters(redisUrl: string, parts: Omit<RedisCountersOptions, 'redis'>): Promise<SharedCounters> {
  const [{ connectRedis }, { createRedisCounters }] = await Promise.all([
    import('../redis/connection.ts'),
    import('./redis-counters.ts'),
  ]);
  return createRedisCounters({ redis: connectRedis(redisUrl), ...parts });
}
