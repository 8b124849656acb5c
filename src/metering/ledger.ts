import { type BudgetRefusal, subjectsOf } from '../core/budget.ts';
import type {
  AttemptCheckpoint,
  AttemptOpening,
  AttemptSettlement,
  ExchangeOpening,
  ExchangeSettlement,
} from '../core/exchange.ts';
import { OpenMap } from '../core/open-map.ts';
import type { Usage } from '../core/usage.ts';
import type { HoldRequest } from '../store/budget-holds.ts';
import { type CachePrefix, postCachePrefix } from '../store/cache-prefixes.ts';
import {
  findSettledCost,
  postCheckpoint,
  type Settlement,
  writeAttemptIntent,
  writeIntent,
  writePrice,
  writeSettlement,
} from '../store/exchanges.ts';
import { StoreError } from '../store/failure.ts';
import { createHourlyTimes, type ExchangeTimes } from '../store/hourly-times.ts';
import type { Store } from '../store/open.ts';
import { COUNTERS } from '../store/tables/counters.ts';
import { budgetCostOf } from './budget-cost.ts';
import { cacheSavings } from './cache-savings.ts';
import { meterUsage, soundCount } from './meter.ts';
import { toPinnedPrice } from './price.ts';
import type { Prices } from './prices.ts';
import { makeReceipt } from './receipt.ts';
import { createRecovery, type IsGone } from './recovery.ts';
import { type Need, policyFor, type UnpricedPolicy } from './reservation.ts';
import { makeSettlement, type OpenedAttempt, type OpenedExchange, outrunCost } from './settlement.ts';

/** What a settled exchange cost; null when none of its attempts has a price. */
export type Cost = {
  costNanoUsd: number | null;
  /** What of it attempts cost that another one outran. */
  outrunNanoUsd: number;
};

/** The books of the gateway: every attempt is written before it is made, and charged once when it ends. */
export type Ledger = {
  /**
   * Commits the intent of an exchange and its first attempt; nothing may go upstream before this resolves to undefined. What
   * it needs is held of its budgets in the same transaction; a refusal means that one had no room and nothing was written.
   * With `unstated` a budget refuses as that: ask again with the need.
   */
  open(
    exchange: ExchangeOpening,
    attempt: AttemptOpening,
    need?: LeasedNeed | 'unstated',
  ): Promise<BudgetRefusal | undefined>;
  /**
   * Commits the intent of a further attempt of an open exchange. Checkpoint the failed one before it with what it used
   * (`{ input: 0 }` for nothing): after a crash it would else be charged its estimated input. Budgets must
   * have room for what the failed ones have cost, for all that those which still run may cost, and for the need of this one;
   * else it answers a refusal, and nothing is written.
   * @param running numbers of the attempts beside which it is made.
   */
  openAttempt(
    attempt: AttemptOpening,
    need?: LeasedNeed,
    running?: readonly number[],
  ): Promise<BudgetRefusal | undefined>;
  /** Keeps what open attempts have used so far; not waited for, and lost without harm to the books. */
  checkpoint(checkpoints: readonly AttemptCheckpoint[]): void;
  /**
   * Settles an exchange with all attempts that were opened for it, in one transaction; the same again answers the same and
   * writes nothing. Rejects when an attempt is missing or unknown, or the store cannot write: the exchange then stays open,
   * and is tried again by `settleAgain`; at the latest it is recovered at the next start.
   */
  settle(exchange: ExchangeSettlement, attempts: readonly AttemptSettlement[]): Promise<Cost>;
  /** Keeps by what the cache of an exchange went; not waited for. */
  keepPrefix(prefix: CachePrefix): void;
  /** Operations that wait to be committed. */
  queueDepth(): number;
  /**
   * Settles what processes that are no more left open, and intents of this one of which it could not know that they were written;
   * answers how many exchanges.
   * @param isGone of the name of a process; what this process has open is left alone.
   * @param confirm looks once more, after the open exchanges were read and before they are settled.
   */
  recover(isGone: IsGone, confirm?: () => Promise<void>): Promise<number>;
  /** Tries settlements again that failed; answers how many are settled now. Rejects when the store still cannot write. */
  settleAgain(): Promise<number>;
  /** Resolves when all that was written before is committed or has failed. */
  flush(): Promise<void>;
  /** Prices for attempts opened from now on (a config reload); open ones keep theirs. */
  usePrices(prices: Prices): void;
};

/** What an attempt needs of budgets, and for how long it may hold it if this process dies, in ms. */
export type LeasedNeed = Need & { lease: number };

type LiveExchange = OpenedExchange & {
  settling: Promise<Cost> | undefined;
  /** Budgets are looked for on these. */
  subjects: readonly string[];
  /** That of its project, in parts of `FACTOR_UNIT`. */
  markup: number;
  unpriced: ExchangeOpening['unpriced'];
  /** The last checkpoint of each attempt. */
  used: Map<number, Usage>;
  /** What each attempt may cost at most, in nano-USD, where a budget was asked. */
  needs: Map<number, number>;
};

/** The books over a store. `now` gives Unix ms, `node` names this process: in its exchanges, for recovery. */
export function createLedger(parts: {
  store: Store;
  prices: Prices;
  now: () => number;
  node: string;
  /** How budgets take what has no price; default: they do not count it. */
  unpriced?: () => UnpricedPolicy;
  /** Called before an intent is queued: what it queues is committed no later. */
  beforeIntent?: () => void;
  /** Told of every attempt that was charged without a price. */
  onUnpriced?: (attempt: OpenedAttempt) => void;
}): Ledger {
  const { store, now, node, unpriced = () => ({ policy: 'flag', ceiling: undefined }) } = parts;
  let { prices } = parts;
  const live = new OpenMap<string, LiveExchange>();
  const writtenPrices = new Set<string>();
  const times = createHourlyTimes(store);
  const failed = new Map<string, { end: ExchangeSettlement; attempts: readonly AttemptSettlement[] }>();

  /** Pins the price that holds now. It is queued ahead of the intent that names it, so a crash finds both or neither. */
  const pin = (attempt: AttemptOpening, markup: number): OpenedAttempt => {
    const price = prices.priceOf(attempt.provider, attempt.upstreamModel, attempt.startedAt, {
      channel: attempt.channel,
      markup,
    });
    if (price !== undefined && !writtenPrices.has(price.id)) {
      writtenPrices.add(price.id);
      writePrice(store, toPinnedPrice(price)).catch(() => writtenPrices.delete(price.id));
    }
    return { attempt: attempt.attempt, channel: attempt.channel, upstreamModel: attempt.upstreamModel, price };
  };

  const holdOf = (exchange: LiveExchange, need: LeasedNeed, usedBefore: number): HoldRequest => ({
    exchangeId: exchange.id,
    subjects: exchange.subjects,
    needed: usedBefore + need.nanoUsd,
    blocked: need.blocked,
    now: now(),
    leaseUntil: now() + need.lease,
  });

  const open: Ledger['open'] = async (exchange, attempt, need) => {
    if (live.has(exchange.id)) throw new Error(`exchange ${exchange.id} is open already`);
    const pinned = pin(attempt, exchange.markup);
    const { id, keyId, projectId, model, startedAt, markup, unpriced: own } = exchange;
    const subjects = subjectsOf(exchange);
    const opened: LiveExchange = {
      ...{ id, keyId, projectId, model, startedAt, attempts: [pinned] },
      ...{ settling: undefined, subjects, markup, unpriced: own, used: new Map(), needs: new Map() },
    };
    live.set(id, opened);
    const hold = need === 'unstated' ? { subjects } : need && holdOf(opened, need, 0);
    parts.beforeIntent?.();
    try {
      const priceId = pinned.price?.id ?? null;
      const refusal = await writeIntent(store, exchange, withSoundEstimate(attempt), priceId, node, hold);
      if (refusal) live.delete(id);
      else if (need && need !== 'unstated') opened.needs.set(attempt.attempt, need.nanoUsd);
      return refusal;
    } catch (error) {
      live.delete(id);
      if (error instanceof StoreError && error.kind === 'unavailable') recovery.doubt();
      throw error;
    }
  };

  const openAttempt: Ledger['openAttempt'] = async (attempt, need, running = []) => {
    const exchange = live.get(attempt.exchangeId);
    if (exchange === undefined) throw new Error(`exchange ${attempt.exchangeId} is not open`);
    const hold = need && holdOf(exchange, need, costSoFar(exchange, policyFor(exchange.unpriced, unpriced()), running));
    const pinned = pin(attempt, exchange.markup);
    exchange.attempts.push(pinned);
    const forget = () => {
      exchange.attempts = exchange.attempts.filter((known) => known !== pinned);
    };
    parts.beforeIntent?.();
    try {
      const refusal = await writeAttemptIntent(store, withSoundEstimate(attempt), pinned.price?.id ?? null, hold);
      if (refusal) forget();
      else if (need) exchange.needs.set(attempt.attempt, need.nanoUsd);
      return refusal;
    } catch (error) {
      forget();
      throw error;
    }
  };

  const settleLive = async (
    exchange: LiveExchange,
    end: ExchangeSettlement,
    attempts: readonly AttemptSettlement[],
  ): Promise<Cost> => {
    const settlement = makeSettlement(exchange, end, attempts, prices.version);
    await writeSettlement(store, settlement, budgetCostOf(settlement, policyFor(exchange.unpriced, unpriced())));
    live.delete(exchange.id);
    times.add(timesOf(exchange, settlement));
    for (const { attempt } of settlement.ledger.filter((entry) => entry.unpriced)) {
      const opened = exchange.attempts.find((each) => each.attempt === attempt);
      if (opened) parts.onUnpriced?.(opened);
    }
    return { costNanoUsd: settlement.exchange.costNanoUsd, outrunNanoUsd: outrunCost(settlement) };
  };

  const settle: Ledger['settle'] = async (end, attempts) => {
    const exchange = live.get(end.id);
    if (exchange === undefined) {
      const settled = await findSettledCost(store, end.id);
      if (settled === undefined) throw new Error(`exchange ${end.id} was not opened here`);
      return { ...settled, outrunNanoUsd: 0 };
    }
    if (exchange.settling !== undefined) return exchange.settling;
    exchange.settling = settleLive(exchange, end, attempts);
    try {
      const cost = await exchange.settling;
      failed.delete(end.id);
      return cost;
    } catch (error) {
      exchange.settling = undefined;
      failed.set(end.id, { end, attempts });
      throw error;
    }
  };

  const recovery = createRecovery({
    ...{ store, node, now, isLive: (id) => live.has(id), priceVersion: () => prices.version },
    settle: (settlement, own) =>
      writeSettlement(store, settlement, budgetCostOf(settlement, policyFor(own, unpriced()))),
  });

  const settleAgain: Ledger['settleAgain'] = async () => {
    const again = [...failed.values()];
    await Promise.all(again.map(({ end, attempts }) => settle(end, attempts)));
    return again.length;
  };

  return {
    open,
    openAttempt,
    checkpoint: (checkpoints) => {
      for (const checkpoint of checkpoints) {
        live.get(checkpoint.exchangeId)?.used.set(checkpoint.attempt, checkpoint.usage);
        postCheckpoint(store, { ...checkpoint, usage: soundUsage(checkpoint.usage) });
      }
    },
    settle,
    keepPrefix: (prefix) => postCachePrefix(store, prefix),
    queueDepth: () => store.writer.depth(),
    recover: recovery.recover,
    settleAgain,
    flush: () => {
      times.flush();
      return store.writer.flush();
    },
    usePrices: (next) => {
      prices = next;
    },
  };
}

/** What an exchange adds to the figures of its hour. How long a failure took says nothing of how fast answers are. */
function timesOf(opened: LiveExchange, { exchange, ledger }: Settlement): ExchangeTimes {
  const isAnswer = exchange.outcome === 'ok';
  const saved = ledger.map(({ attempt, counters, terms }) =>
    cacheSavings(counters, opened.attempts.find((each) => each.attempt === attempt)?.price, terms),
  );
  return {
    keyId: opened.keyId,
    projectId: opened.projectId,
    model: opened.model,
    channel: exchange.channel,
    startedAt: opened.startedAt,
    firstEventAt: isAnswer ? exchange.firstEventAt : undefined,
    endedAt: isAnswer ? exchange.endedAt : undefined,
    savedNanoUsd: saved.reduce((sum, each) => sum + each, 0),
  };
}

/**
 * What the attempts of an exchange cost before a further one, in nano-USD: those that have ended what their last checkpoints
 * say, those that run all that they may.
 */
function costSoFar(
  { attempts, used, needs }: LiveExchange,
  { ceiling }: UnpricedPolicy,
  running: readonly number[],
): number {
  return attempts.reduce((sum, { attempt, price = ceiling }) => {
    const usage = used.get(attempt);
    const cost = usage && price ? makeReceipt(meterUsage(usage).counters, price, usage.terms).totalNanoUsd : 0;
    return sum + Math.max(cost, running.includes(attempt) ? (needs.get(attempt) ?? 0) : 0);
  }, 0);
}

function withSoundEstimate(attempt: AttemptOpening): AttemptOpening {
  return { ...attempt, estimatedInput: soundCount(attempt.estimatedInput) };
}

/** The reported counters as whole numbers; those not reported stay unknown. */
function soundUsage(usage: Usage): Usage {
  const sound: Usage = {};
  for (const counter of COUNTERS) {
    const count = usage[counter];
    if (count !== undefined) sound[counter] = soundCount(count);
  }
  return sound;
}
