import type { AttemptSettlement } from '../core/exchange.ts';
import type { Settlement } from '../store/exchanges.ts';
import { zeroCounters } from '../store/tables/counters.ts';
import type { SettledExchange } from '../store/tables/exchanges.ts';
import type { HourlyDelta } from '../store/tables/hourly.ts';
import type { LedgerEntry } from '../store/tables/ledger.ts';
import { addCounters, isUnused, meterUsage } from './meter.ts';
import type { Price } from './price.ts';
import { makeReceipt } from './receipt.ts';

/** What must be remembered of an exchange to settle it. */
export type OpenedExchange = {
  id: string;
  keyId: string;
  projectId: string;
  model: string;
  startedAt: number;
  attempts: OpenedAttempt[];
};

/** What must be remembered of an attempt to charge it. */
export type OpenedAttempt = {
  attempt: number;
  channel: string;
  upstreamModel: string;
  /** The price that held when it started; undefined when there was none. */
  price: Price | undefined;
};

/** An attempt with what was remembered of it. */
type Pair = { opened: OpenedAttempt; settled: AttemptSettlement };

/** The end of an exchange, as the ledger takes it. */
export type ExchangeEnd = Pick<SettledExchange, 'id' | 'outcome' | 'httpStatus' | 'errorKind' | 'endedAt' | 'losses'>;

/**
 * All rows that the end of an exchange writes: one charge per attempt (a charge of nothing too), sums over them, roll-ups.
 * @param unpricedVersion price version to note where an attempt has no price.
 * @throws Error unless the settled attempts are exactly those that were opened.
 */
export function makeSettlement(
  opened: OpenedExchange,
  end: ExchangeEnd,
  attempts: readonly AttemptSettlement[],
  unpricedVersion: string,
): Settlement {
  const pairs = pairUp(opened, attempts);
  const last = answering(pairs);
  if (last === undefined) throw new Error(`exchange ${opened.id} cannot be settled without attempts`);
  const ledger = pairs.map(({ opened: { price }, settled }) => charge(settled, price, unpricedVersion));
  const hourly = ledger.map((entry, index) => rollUp(opened, pairs[index] ?? last, entry, end, pairs[index] === last));
  return { exchange: sumUp(end, last, ledger), attempts, ledger, hourly };
}

function pairUp(opened: OpenedExchange, attempts: readonly AttemptSettlement[]): Pair[] {
  const pairs = attempts.map((settled) => {
    const match = opened.attempts.find(({ attempt }) => attempt === settled.attempt);
    if (match === undefined) throw new Error(`exchange ${opened.id} has no open attempt ${settled.attempt}`);
    return { opened: match, settled };
  });
  if (pairs.length !== opened.attempts.length || new Set(pairs.map((pair) => pair.opened)).size !== pairs.length) {
    throw new Error(
      `exchange ${opened.id} opened ${opened.attempts.length} attempts, but ${pairs.length} were settled`,
    );
  }
  return pairs.sort((a, b) => a.settled.attempt - b.settled.attempt);
}

/** The attempt that the client had its answer from; where there is none, the last that no other outran. */
function answering(pairs: readonly Pair[]): Pair | undefined {
  return (
    pairs.findLast(({ settled }) => settled.firstEventAt !== undefined) ??
    pairs.findLast(({ settled }) => settled.errorKind !== 'hedged_out') ??
    pairs.at(-1)
  );
}

/** What attempts cost that another one outran, in nano-USD. */
export function outrunCost({ attempts, ledger }: Settlement): number {
  const outrun = new Set(attempts.filter(({ errorKind }) => errorKind === 'hedged_out').map(({ attempt }) => attempt));
  return ledger.reduce((sum, entry) => sum + (outrun.has(entry.attempt) ? (entry.costNanoUsd ?? 0) : 0), 0);
}

/** The ledger row of one attempt. An attempt that used nothing costs nothing, even where its model has no price. */
function charge(settled: AttemptSettlement, price: Price | undefined, unpricedVersion: string): LedgerEntry {
  const { counters, repaired } = meterUsage(settled.usage);
  const terms = settled.usage.terms ?? [];
  const receipt = price && makeReceipt(counters, price, terms);
  const unpriced = receipt === undefined && !isUnused(counters);
  return {
    exchangeId: settled.exchangeId,
    attempt: settled.attempt,
    at: settled.endedAt,
    priceVersion: price?.version ?? unpricedVersion,
    priceId: price?.id,
    terms,
    counters,
    costNanoUsd: unpriced ? null : (receipt?.totalNanoUsd ?? 0),
    partial: settled.partial,
    estimated: settled.estimated || repaired || receipt?.isCovered === false,
    unpriced,
    correction: undefined,
  };
}

/** The exchange: what the client got came from one attempt, what it cost from all. */
function sumUp(end: ExchangeEnd, last: Pair, ledger: readonly LedgerEntry[]): SettledExchange {
  const counters = zeroCounters();
  let costNanoUsd: number | null = null;
  for (const entry of ledger) {
    addCounters(counters, entry.counters);
    if (entry.costNanoUsd !== null) costNanoUsd = (costNanoUsd ?? 0) + entry.costNanoUsd;
  }
  return {
    id: end.id,
    outcome: end.outcome,
    httpStatus: end.httpStatus,
    errorKind: end.errorKind,
    endedAt: end.endedAt,
    losses: end.losses,
    channel: last.opened.channel,
    upstreamModel: last.opened.upstreamModel,
    firstEventAt: last.settled.firstEventAt,
    counters,
    costNanoUsd,
    partial: last.settled.partial,
    estimated: ledger.some((entry) => entry.estimated),
    unpriced: ledger.some((entry) => entry.unpriced),
    attempts: ledger.length,
  };
}

/** Tokens roll up under the channel that used them, the exchange itself under the channel that ended it. */
function rollUp(
  opened: OpenedExchange,
  pair: Pair,
  entry: LedgerEntry,
  end: ExchangeEnd,
  isLast: boolean,
): HourlyDelta {
  return {
    startedAt: opened.startedAt,
    keyId: opened.keyId,
    projectId: opened.projectId,
    model: opened.model,
    channel: pair.opened.channel,
    exchanges: isLast ? 1 : 0,
    errors: isLast && end.outcome !== 'ok' ? 1 : 0,
    unpriced: entry.unpriced ? 1 : 0,
    counters: entry.counters,
    costNanoUsd: entry.costNanoUsd ?? 0,
  };
}
