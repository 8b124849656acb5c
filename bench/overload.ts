import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import type { Timing } from './connection.ts';
import { closedLoop, openLoop } from './load.ts';
import { refusalCost } from './refusal-cost.ts';
import { percentile } from './statistics.ts';
import {
  coreWaitMs,
  leaveSubjectCore,
  type Subject,
  startBareRefusal,
  startGateway,
  startUpstream,
} from './subjects.ts';
import { LATENESS, requestBytes } from './traffic.ts';

/**
 * What becomes of the load that does not fit (`reliability.md` G10), behind an upstream that takes its time:
 * `npm run bench:overload`, half a minute.
 */
const LOADS = [0.7, 2, 10];

/** The limits of the gateway: with the time that an answer takes they make its capacity. */
const LIMITS = { max_requests: 50, max_queued: 25 };

/** Length of one measurement, and of the calm after it, in ms. */
const SLICE = 4_000;
const CALM = 1_000;

/** What a client may be told under overload. */
const ALLOWED = new Set([200, 429, 503, 529]);

/**
 * The last three tell how much of it is this machine: what a bare server that refuses everything shows under the same load, turns
 * of the load's own event loop, and how long in each second the gateway waited for its core.
 */
const HEADINGS = [
  ...['load', 'offered/s', 'served/s', 'of peak', 'added p50', 'p99 ms', 'refused', 'p99 ms', 'health p99'],
  ...['bare p99', 'load turns', 'core wait'],
];

async function measure(subject: Subject, floor: Subject): Promise<void> {
  const request = requestBytes('late', subject);
  const callers = LIMITS.max_requests;
  await closedLoop(subject.port, request, callers, SLICE / 2);
  const peak = ((await closedLoop(subject.port, request, callers, SLICE)) * 1_000) / SLICE;
  print(HEADINGS);
  for (const load of LOADS) {
    await pause(CALM);
    const bare = await openLoop(floor.port, request, peak * load, SLICE / 2, true);
    await pause(CALM);
    const startedAt = performance.now();
    const stopProbing = probe(subject);
    const before = coreWaitMs(subject);
    const turns = monitorEventLoopDelay({ resolution: 1 });
    turns.enable();
    const timings = await openLoop(subject.port, request, peak * load, SLICE, true);
    turns.disable();
    const seconds = (performance.now() - startedAt) / 1_000;
    const waited = before === undefined ? [] : [((coreWaitMs(subject) ?? before) - before) / seconds];
    const around = [ms(bare.map(({ end }) => end)), (turns.percentile(99) / 1e6).toFixed(1), ms(waited)];
    print([`${load} x`, ...figures(timings, seconds, peak), ms(await stopProbing()), ...around]);
  }
}

function figures(timings: readonly Timing[], seconds: number, peak: number): string[] {
  const strange = timings.find(({ status }) => !ALLOWED.has(status));
  if (strange) throw new Error(`an answer was ${strange.status}`);
  const added = timings.filter(({ status }) => status === 200).map(({ end }) => end - LATENESS);
  const refused = timings.filter(({ status }) => status !== 200).map(({ end }) => end);
  const goodput = added.length / seconds;
  return [
    Math.round(timings.length / seconds).toString(),
    Math.round(goodput).toString(),
    `${Math.round((goodput / peak) * 100)} %`,
    ms(added, 0.5),
    ms(added),
    refused.length.toString(),
    ms(refused),
  ];
}

/** Asks for the health again and again. @returns what ends that and gives the ms that each answer took. */
function probe({ port }: Subject): () => Promise<number[]> {
  const times: number[] = [];
  let isOver = false;
  const probing = (async () => {
    while (!isOver) {
      const askedAt = performance.now();
      await (await fetch(`http://127.0.0.1:${port}/healthz`)).text();
      times.push(performance.now() - askedAt);
      await pause(20);
    }
  })();
  return async () => {
    isOver = true;
    await probing;
    return times;
  };
}

function ms(times: readonly number[], share = 0.99): string {
  return times.length === 0 ? '-' : percentile(times, share).toFixed(1);
}

function print(cells: readonly string[]): void {
  process.stdout.write(`${cells.map((cell) => cell.padStart(12)).join('')}\n`);
}

leaveSubjectCore();
const upstream = await startUpstream();
const floor = await startBareRefusal();
const costs = Object.entries(await refusalCost(upstream)).map(
  ([what, micros]) => `${what} ${micros?.toFixed(0) ?? '-'}`,
);
process.stdout.write(`µs of CPU: ${costs.join(', ')}\n`);
const gateway = await startGateway('overload', upstream, { server: LIMITS });
await measure(gateway, floor);
await gateway.stop();
await floor.stop();
await upstream.stop();
