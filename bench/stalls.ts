import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { closedLoop, openLoop } from './load.ts';
import { percentile } from './statistics.ts';
import { leaveSubjectCore, type Subject, startBare, startGateway, startUpstream } from './subjects.ts';
import { requestBytes } from './traffic.ts';

/**
 * Whose the stalls are that a latency shows now and then: `npm run bench:stalls -- [rate] [seconds] [rounds]`, on Linux. The gateway and
 * the bare relay are loaded in turn. Of each stall of their event loops the kernel says how long the main thread ran (then it is
 * ours), and how long it was ready to run and had no core (then it is the machine's, or that of our own threads on that core).
 */
const RATE = Number(process.argv[2] ?? 500);
const SECONDS = Number(process.argv[3] ?? 10);
const ROUNDS = Number(process.argv[4] ?? 3);

const folder = mkdtempSync(join(tmpdir(), 'ezmodel-stalls-'));

/** Takes no time to be counted: the code is compiled. In ms. */
const WARM_UP = 4_000;

/** One stall of an event loop, in ms: what of it the main thread ran, and what of it it waited for a core. */
export type Stall = { ms: number; ran: number; waited: number };

/** What is loaded into a subject, and where it then writes. */
function watching(name: string): { file: string; flags: string[] } {
  const hook = new URL('./watch-stalls.ts', import.meta.url).href;
  return { file: join(folder, name), flags: [`--import=${hook}`] };
}

/** The stalls since the last call. */
async function takeStalls({ pid }: Subject, file: string): Promise<Stall[]> {
  process.kill(pid, 'SIGUSR2');
  while (!existsSync(file)) await pause(10);
  const stalls: Stall[] = JSON.parse(readFileSync(file, 'utf8'));
  rmSync(file);
  return stalls;
}

leaveSubjectCore();
const upstream = await startUpstream();
const [bareWatch, gatewayWatch] = [watching('bare'), watching('gateway')];
const variable = 'EZMODEL_BENCH_STALLS';
process.env[variable] = bareWatch.file;
const bare = await startBare(upstream, bareWatch.flags);
const gateway = await startGateway('gateway', upstream, {
  flags: gatewayWatch.flags,
  variables: { [variable]: gatewayWatch.file },
});
const watched = [
  { subject: bare, file: bareWatch.file },
  { subject: gateway, file: gatewayWatch.file },
].map((one) => ({ ...one, stalls: [] as Stall[], ends: [] as number[] }));

for (const { subject, file } of watched) {
  await closedLoop(subject.port, requestBytes('whole', subject), 8, WARM_UP);
  await takeStalls(subject, file);
}
for (let round = 0; round < ROUNDS; round++) {
  for (const { subject, file, stalls, ends } of watched) {
    const timings = await openLoop(subject.port, requestBytes('whole', subject), RATE, SECONDS * 1_000, true);
    ends.push(...timings.map(({ end }) => end));
    stalls.push(...(await takeStalls(subject, file)));
  }
}

const sum = (stalls: readonly Stall[], of: keyof Stall) =>
  stalls.reduce((total, stall) => total + stall[of], 0).toFixed(0);
console.table(
  watched.map(({ subject, stalls, ends }) => ({
    subject: subject.name,
    'p99 ms': percentile(ends, 0.99).toFixed(1),
    stalls: stalls.length,
    'longest ms': Math.max(0, ...stalls.map(({ ms }) => ms)).toFixed(0),
    'all ms': sum(stalls, 'ms'),
    'without a core': sum(stalls, 'waited'),
    'at work': sum(stalls, 'ran'),
    'longest work': Math.max(0, ...stalls.map(({ ran }) => ran)).toFixed(0),
  })),
);
for (const { subject } of watched) await subject.stop();
await upstream.stop();
rmSync(folder, { recursive: true });
