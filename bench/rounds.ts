import { closedLoop, openLoop } from './load.ts';
import { median, percentile } from './statistics.ts';
import { cpuMs, type Subject } from './subjects.ts';
import { type AnswerKind, requestBytes } from './traffic.ts';

/** Requests that are under way at once when a relay is to be busy all the time. */
const CONNECTIONS = { whole: 32, events: 32 } as const;

/** Length of one slice of measurement, in ms. */
const SLICE = 1_500;

/** Length of the first, uncounted slice of each subject and kind, in ms: code gets compiled. */
const WARM_UP = 3_000;

/** Full load: answers per second, and CPU microseconds per answer. */
export type Capacity = { perSecond: number; cpuMicros: number | undefined };

/** Latencies at a steady rate, in ms. */
export type Latency = { p50: number; p99: number; firstByteP50: number };

/** What the rounds of one kind of answer gave, one entry per round. */
export type Rounds = { capacity: Map<string, Capacity[]>; latency: Map<string, Latency[]>; rate: number };

/**
 * Measures subjects in turn, round by round and every other round backwards, so that whatever else the machine does falls
 * on all alike: first at full load, then at half of what the last subject answered.
 * @param timed the subjects whose latency is measured too.
 */
export async function runRounds(
  kind: 'whole' | 'events',
  subjects: readonly Subject[],
  timed: readonly Subject[],
  rounds: number,
): Promise<Rounds> {
  const capacity = new Map<string, Capacity[]>(subjects.map(({ name }) => [name, []]));
  const latency = new Map<string, Latency[]>(timed.map(({ name }) => [name, []]));
  for (const subject of subjects) await measureCapacity(subject, kind, WARM_UP);
  for (let round = 0; round < rounds; round++) {
    for (const subject of inTurn(subjects, round)) {
      capacity.get(subject.name)?.push(await measureCapacity(subject, kind, SLICE));
    }
  }
  const slowest = timed.map(({ name }) => median((capacity.get(name) ?? []).map(({ perSecond }) => perSecond)));
  const rate = Math.min(...slowest) / 2;
  for (let round = 0; round < rounds; round++) {
    for (const subject of inTurn(timed, round)) {
      latency.get(subject.name)?.push(await measureLatency(subject, kind, rate));
    }
  }
  return { capacity, latency, rate };
}

function inTurn(subjects: readonly Subject[], round: number): readonly Subject[] {
  return round % 2 === 0 ? subjects : subjects.toReversed();
}

async function measureCapacity(subject: Subject, kind: 'whole' | 'events', ms: number): Promise<Capacity> {
  const cpuBefore = cpuMs(subject);
  const startedAt = performance.now();
  const answered = await closedLoop(subject.port, requestFor(subject, kind), CONNECTIONS[kind], ms);
  const elapsed = performance.now() - startedAt;
  const cpuAfter = cpuMs(subject);
  const cpu = cpuBefore === undefined || cpuAfter === undefined ? undefined : cpuAfter - cpuBefore;
  return {
    perSecond: (answered * 1_000) / elapsed,
    cpuMicros: cpu === undefined ? undefined : (cpu * 1_000) / answered,
  };
}

async function measureLatency(subject: Subject, kind: AnswerKind, rate: number): Promise<Latency> {
  const timings = await openLoop(subject.port, requestFor(subject, kind), rate, SLICE);
  const whole = timings.map(({ end }) => end);
  return {
    p50: percentile(whole, 0.5),
    p99: percentile(whole, 0.99),
    firstByteP50: percentile(
      timings.map(({ firstByte }) => firstByte),
      0.5,
    ),
  };
}

function requestFor(subject: Subject, kind: AnswerKind): Buffer {
  return requestBytes(kind, subject);
}
