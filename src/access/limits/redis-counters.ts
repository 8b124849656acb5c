import type { RedisConnection } from '../redis/connection.ts';
import { type Bucket, refillOf } from './bucket.ts';
import type { Correction, Counters, Demand, Level, Taking } from './counters.ts';
import { localShare } from './local-share.ts';
import { DAY, type MemoryCounters, waitOf } from './memory-counters.ts';
import { ADJUST, BEAT, TAKE } from './redis-scripts.ts';

/** How often a node says that it is alive, and asks whether Redis is. In ms. */
const BEAT_INTERVAL = 1_000;
/** A node that has said nothing for so long is gone, and the places that it held are free. In ms. */
const PATIENCE = 10_000;
/** After a failure Redis is asked again this soon: it may have been our own delay. In ms. */
const SECOND_LOOK = 100;
/** How long a correction may wait for the next request to take it along, in ms. */
const COMPANY = 5;
/** Corrections that wait for Redis to come back, one per bucket. */
const MOST_PENDING = 10_000;

// Braces: on a cluster all keys lie in one slot, as a script needs them.
const PREFIX = '{ezmodel}';
const NODES = `${PREFIX}:nodes`;

/** What the counters of several nodes work with. */
export type RedisCountersOptions = {
  redis: RedisConnection;
  /** Unique for this process. */
  node: string;
  /** Counts the places that this node holds, and everything while Redis is not to be had. */
  memory: MemoryCounters;
  /** Monotonic ms. */
  clock(): number;
  usedBefore(bucket: Bucket): number;
  /** Redis did not answer, or refused. */
  onFailure(error: unknown): void;
  /** A decision was taken by this node alone. */
  onLocalDecision(): void;
};

/** A correction with what Redis is told of its bucket. */
type Late = Correction & { argument: (string | number)[] };

/** Counters that several nodes share. */
export type SharedCounters = Counters & {
  isUp(): boolean;
  /** How many nodes there are, as far as this one knows. */
  nodes(): number;
  /** Says that this node is alive, and finds out whether Redis is; done by itself every second. Never rejects. */
  beat(): Promise<void>;
  close(): void;
};

/**
 * Counts in Redis, in one atomic step per request. While Redis is down, frozen, read-only or full, each node keeps to its share
 * of every limit by itself (law Down); what Redis has forgotten about places held is told it again with the next beat.
 */
export function createRedisCounters(options: RedisCountersOptions): SharedCounters {
  const { redis, node, memory, clock, usedBefore, onFailure, onLocalDecision } = options;
  let isUp = false;
  let nodes = 1;
  let countedAt = Number.NEGATIVE_INFINITY;
  /** Buckets of which Redis may believe that this node holds places. */
  const announced = new Map<string, Bucket>();
  const pending = new Map<string, Correction>();
  let secondLook: NodeJS.Timeout | undefined;
  const waiting = new Map<string, Correction>();
  let leaving: NodeJS.Timeout | undefined;

  const argumentsOf = ({ bucket, amount }: Demand | Correction): (string | number)[] => {
    const { kind, capacity } = bucket;
    const particular = { rate: () => 0, day: () => usedBefore(bucket), open: () => memory.held(bucket.id) }[kind]();
    return [kind, capacity, refillOf(bucket), amount, particular];
  };

  const run = async (
    script: typeof TAKE,
    demands: readonly (Demand | Correction)[],
    late: readonly Late[] = [],
  ): Promise<Taking> => {
    const keys = [...late, ...demands].map(({ bucket }) => keyOf(bucket));
    const ahead = late.flatMap(({ argument }) => argument);
    const values = [node, PATIENCE, late.length, ...ahead, ...demands.flatMap(argumentsOf)];
    const { refused, time, spent } = readReply(await redis.run(script, [NODES, ...keys], values), demands.length);
    const levels = demands.map(({ bucket }, index) => levelOf(bucket, spent[index] ?? 0, time));
    const index = refused === 0 ? undefined : refused - 1;
    const wait = index === undefined ? 0 : waitOf(demands[index], levels[index]);
    return { refused: index, wait, levels, counters: self };
  };

  /** What is to be corrected, as Redis takes it now: before anything more is held. */
  const takeLate = (): Late[] => {
    clearTimeout(leaving);
    leaving = undefined;
    const late = [...waiting.values()].map((correction) => ({ ...correction, argument: argumentsOf(correction) }));
    waiting.clear();
    return late;
  };

  const sendWaiting = (): void => {
    if (waiting.size === 0) return;
    const corrections = [...waiting.values()];
    takeLate();
    run(ADJUST, corrections).catch(fail);
  };

  /** Corrections of one bucket add up, and travel with the next request or after a moment. */
  const sendSoon = (corrections: readonly Correction[]): void => {
    for (const { bucket, amount } of corrections) {
      const known = waiting.get(bucket.id)?.amount ?? 0;
      // Places are told as they are by then; any amount but 0 says so.
      waiting.set(bucket.id, { bucket, amount: bucket.kind === 'open' ? amount : known + amount });
    }
    leaving ??= setTimeout(sendWaiting, COMPANY).unref();
  };

  const fail = (error: unknown): void => {
    isUp = false;
    onFailure(error);
    secondLook ??= setTimeout(() => {
      secondLook = undefined;
      void self.beat();
    }, SECOND_LOOK).unref();
  };

  /** The most nodes that were seen lately: after a flush they come back one by one. */
  const countNodes = (seen: number): void => {
    if (seen < nodes && clock() - countedAt < PATIENCE) return;
    nodes = Math.max(1, seen);
    countedAt = clock();
  };

  const hold = (demands: readonly (Demand | Correction)[]): Correction[] => {
    const places = demands.filter(({ bucket }) => bucket.kind === 'open');
    for (const { bucket } of places) announced.set(bucket.id, bucket);
    if (places.length > 0) memory.adjust(places);
    return places;
  };

  const sendLater = (corrections: readonly Correction[]): void => {
    for (const { bucket, amount } of corrections) {
      if (bucket.kind === 'open' || pending.size >= MOST_PENDING) continue;
      pending.set(bucket.id, { bucket, amount: (pending.get(bucket.id)?.amount ?? 0) + amount });
    }
  };

  const alone = localShare({ memory, nodes: () => nodes, hold });
  const decideAlone = (demands: readonly Demand[]): Taking => {
    onLocalDecision();
    return alone.take(demands);
  };

  const self: SharedCounters = {
    isUp: () => isUp,
    nodes: () => nodes,
    async take(demands) {
      if (!isUp) return decideAlone(demands);
      const late = takeLate();
      const places = hold(demands);
      const letGo = () => memory.adjust(places.map(({ bucket, amount }) => ({ bucket, amount: -amount })));
      try {
        const taking = await run(TAKE, demands, late);
        if (taking.refused !== undefined) letGo();
        return taking;
      } catch (error) {
        letGo();
        fail(error);
        return decideAlone(demands);
      }
    },
    adjust(corrections) {
      hold(corrections);
      if (isUp) sendSoon(corrections);
      else sendLater(corrections);
    },
    async read(buckets) {
      if (!isUp) return alone.read(buckets);
      sendWaiting();
      const asked = buckets.map((bucket) => ({ bucket, amount: 0 }));
      return run(ADJUST, asked).then(
        ({ levels }) => levels,
        (error) => {
          fail(error);
          return alone.read(buckets);
        },
      );
    },
    async beat() {
      const told = [...announced.values()].map((bucket) => ({ bucket, held: memory.held(bucket.id) }));
      const keys = told.map(({ bucket }) => keyOf(bucket));
      try {
        const seen = await redis.run(BEAT, [NODES, ...keys], [node, PATIENCE, ...told.map(({ held }) => held)]);
        countNodes(Number(seen));
        isUp = true;
      } catch (error) {
        fail(error);
        return;
      }
      for (const { bucket } of told) if (memory.held(bucket.id) === 0) announced.delete(bucket.id);
      const late = [...pending.values()];
      pending.clear();
      if (late.length > 0) run(ADJUST, late).catch(fail);
    },
    close() {
      clearInterval(timer);
      clearTimeout(secondLook);
      if (isUp) sendWaiting();
      clearTimeout(leaving);
      redis.close();
    },
  };
  const timer = setInterval(() => void self.beat(), BEAT_INTERVAL).unref();
  redis.onReady(() => void self.beat());
  return self;
}

function keyOf(bucket: Bucket): string {
  return `${PREFIX}:limit:${bucket.id}`;
}

function levelOf(bucket: Bucket, spent: number, time: number): Level {
  if (spent <= 0 || bucket.kind === 'open') return { spent, resetIn: 0 };
  return { spent, resetIn: bucket.kind === 'rate' ? spent / refillOf(bucket) : DAY - (time % DAY) };
}

/** @throws Error when the reply is not that of our script. */
function readReply(reply: unknown, buckets: number): { refused: number; time: number; spent: number[] } {
  const [refused = Number.NaN, time = Number.NaN, ...spent] = Array.isArray(reply) ? reply.map(Number) : [];
  if (Number.isNaN(refused) || Number.isNaN(time) || spent.length !== buckets)
    throw new Error('unexpected reply of Redis');
  return { refused, time, spent };
}
