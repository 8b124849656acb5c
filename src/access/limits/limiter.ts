import { GatewayError } from '../../core/error.ts';
import type { LimitRule, LimitStanding, LimitStatus } from '../../core/limit.ts';
import { RecentMap } from '../../core/recent-map.ts';
import { type Bucket, MEASURES, reservationOf } from './bucket.ts';
import type { Counters, Demand, Level, Taking } from './counters.ts';
import { bucketsFor, type Holder } from './rules.ts';

/** What a request is expected to use, in tokens; asked only where a limit counts it. */
export type Estimate = { input(): number; output(): number };

/** What a request has used, in tokens that limits count. */
export type Used = { input: number; output: number };

/** A request that all limits let through. */
export type Grant = {
  /** Where the limits of this request stand, this request counted. */
  status: readonly LimitStatus[];
  /** Gives the place among concurrent requests back; more calls do nothing. */
  release(): void;
  /** Books what was really used in place of what was reserved; more calls do nothing. */
  settle(used: Used): void;
  /** Takes everything back, as if the request had never come. */
  cancel(): void;
};

/** A request that one limit refuses; nothing has been taken. */
export type Refusal = { status: readonly LimitStatus[]; error: GatewayError };

/** Decides about requests, and knows which rules are in force. */
export type Limiter = {
  /**
   * Takes what a request needs of every limit, or nothing. Undefined when no limit is about it: then it cost nothing.
   * @param estimate undefined for a request that uses no tokens and is none of the counted ones: it takes a place only.
   */
  admit(
    holder: Holder,
    model: string,
    estimate: Estimate | undefined,
  ): undefined | Grant | Refusal | Promise<Grant | Refusal>;
  /** Where all limits of a holder stand that are about any of these models. Rejects when the counters cannot be reached. */
  standings(holder: Holder, models: readonly string[]): Promise<LimitStanding[]>;
};

/** What a limiter works with. */
export type LimiterParts = {
  /** The rules in force: the same array as long as they are the same. */
  rules(): readonly LimitRule[];
  counters: Counters;
  onRefused(bucket: Bucket): void;
};

/** Buckets of so many pairs of key and model are kept at hand. */
const KNOWN_PAIRS = 10_000;

/** The limits of one server. */
export function createLimiter({ rules, counters, onRefused }: LimiterParts): Limiter {
  const known = new RecentMap<string, readonly Bucket[]>(KNOWN_PAIRS);
  let knownRules: readonly LimitRule[] = [];

  const bucketsOf = (holder: Holder, model: string): readonly Bucket[] => {
    const current = rules();
    if (current.length === 0) return NONE;
    if (current !== knownRules) {
      known.clear();
      knownRules = current;
    }
    const pair = [holder.keyId, holder.name, holder.projectName, model].join('\n');
    const found = known.get(pair);
    if (found !== undefined) return found;
    const buckets = bucketsFor(current, holder, model);
    known.set(pair, buckets);
    return buckets;
  };

  const decide = (demands: readonly Demand[], taking: Taking): Grant | Refusal => {
    const status = demands.map(({ bucket }, index) => statusOf(bucket, taking.levels[index]));
    const refused = taking.refused === undefined ? undefined : demands[taking.refused];
    if (refused === undefined) return grantOf(demands, status, taking.counters);
    onRefused(refused.bucket);
    return { status, error: refusalBy(refused.bucket, taking.wait) };
  };

  return {
    admit(holder, model, estimate) {
      const buckets = bucketsOf(holder, model);
      if (buckets.length === 0) return undefined;
      const demands = demandsOf(buckets, estimate);
      if (demands.length === 0) return undefined;
      const taking = counters.take(demands);
      return taking instanceof Promise ? taking.then((taken) => decide(demands, taken)) : decide(demands, taking);
    },
    async standings(holder, models) {
      const all = models.flatMap((model) => bucketsFor(rules(), holder, model));
      const buckets = [...new Map(all.map((bucket) => [bucket.id, bucket])).values()];
      const levels = await counters.read(buckets);
      return buckets.map((bucket, index) => {
        const { scope, models: bounded } = bucket;
        return { ...statusOf(bucket, levels[index]), scope, models: bounded };
      });
    },
  };
}

const NONE: readonly Bucket[] = [];

function demandsOf(buckets: readonly Bucket[], estimate: Estimate | undefined): Demand[] {
  const demands: Demand[] = [];
  for (const bucket of buckets) {
    const amount = bucket.kind === 'open' ? 1 : estimate && expectedUse(bucket, estimate);
    if (amount !== undefined) demands.push({ bucket, amount });
  }
  return demands;
}

function expectedUse(bucket: Bucket, estimate: Estimate): number {
  switch (bucket.measure) {
    case 'requests_per_minute':
    case 'concurrent':
      return 1;
    case 'input_tokens_per_minute':
      return reservationOf(bucket, estimate.input());
    case 'output_tokens_per_minute':
      return reservationOf(bucket, estimate.output());
    case 'tokens_per_day':
      return reservationOf(bucket, estimate.input() + estimate.output());
    default:
      return bucket.measure satisfies never;
  }
}

function grantOf(demands: readonly Demand[], status: readonly LimitStatus[], counters: Taking['counters']): Grant {
  let holdsPlace = true;
  let isSettled = false;
  const places = demands.filter(({ bucket }) => bucket.kind === 'open');
  const others = demands.filter(({ bucket }) => bucket.kind !== 'open');
  const release = () => {
    if (holdsPlace && places.length > 0) counters.adjust(places.map(givenBack));
    holdsPlace = false;
  };
  return {
    status,
    release,
    settle(used) {
      if (isSettled) return;
      isSettled = true;
      const corrections = others
        .map(({ bucket, amount }) => ({ bucket, amount: realUse(bucket, used) - amount }))
        .filter(({ amount }) => amount !== 0);
      if (corrections.length > 0) counters.adjust(corrections);
    },
    cancel() {
      release();
      if (!isSettled && others.length > 0) counters.adjust(others.map(givenBack));
      isSettled = true;
    },
  };
}

const givenBack = ({ bucket, amount }: Demand): Demand => ({ bucket, amount: -amount });

/** A request was one whatever became of it. */
function realUse({ measure }: Bucket, used: Used): number {
  switch (measure) {
    case 'requests_per_minute':
    case 'concurrent':
      return 1;
    case 'input_tokens_per_minute':
      return used.input;
    case 'output_tokens_per_minute':
      return used.output;
    case 'tokens_per_day':
      return used.input + used.output;
    default:
      return measure satisfies never;
  }
}

function statusOf({ measure, limit, capacity, kind }: Bucket, level: Level | undefined): LimitStatus {
  const { spent, resetIn } = level ?? { spent: 0, resetIn: 0 };
  const most = kind === 'rate' ? Math.min(limit, capacity) : limit;
  return { measure, limit, remaining: Math.max(0, Math.floor(most - spent)), resetIn };
}

const SECOND = 1_000;

/** A client that comes back sooner would only be refused again; what is open may end at any time. */
function refusalBy({ measure, limit, holder, kind }: Bucket, wait: number): GatewayError {
  const { words } = MEASURES[measure];
  const message = `This request would exceed the limit of ${Math.floor(limit)} ${words} of ${holder}.`;
  return new GatewayError('rate_limited', message, {
    retryAfter: Math.max(1, Math.ceil(wait / SECOND)),
    retryable: false,
    // An SDK that waits until midnight is of no use to anybody.
    shouldRetry: kind === 'day' ? false : undefined,
  });
}
