import { AbortRig, abortIn, PHASES } from '../test/support/abort-phases.ts';
import { percentile } from './statistics.ts';

/**
 * How long an upstream call outlives its client (`reliability.md` G7), for each phase of a request: `npm run bench:aborts`, a minute or two.
 * `EZMODEL_ABORT_ROUNDS` sets how often each phase is tried.
 */
const ROUNDS = Number(process.env['EZMODEL_ABORT_ROUNDS'] ?? 200);

/** A second attempt that serves nobody is paid for out of what so many requests earn. */
const REQUESTS_PER_RETRY = 20;

/** Figures of what is told by a poll (a queue, a back-off, a connecting socket) hold that poll too: some ms. */
function print(cells: readonly string[]): void {
  const [name = '', ...figures] = cells;
  process.stdout.write(`${name.padEnd(40)}${figures.map((cell) => cell.padStart(10)).join('')}\n`);
}

const rig = await AbortRig.start();
print(['client gone while', 'p50 ms', 'p99 ms', 'max ms']);
for (const phase of PHASES) {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (let served = 0; phase.attempts > 1 && served < REQUESTS_PER_RETRY; served++) await rig.serveOne();
    times.push(await abortIn(rig, phase));
  }
  print([phase.name, ...[0.5, 0.99, 1].map((share) => percentile(times, share).toFixed(1))]);
}
await rig.stop();
