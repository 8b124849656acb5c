import { pairTrials, runTrial } from '../test/support/pair-fuzz.ts';
import { fuzzInputs, readEverything } from '../test/support/stream-fuzz.ts';

// Sends damaged streams through the relay, and damaged requests, streams and answers through every conversion:
// `npm run fuzz [-- inputs [seed]]`, as many of each. The seed is printed, so that a crash can be had again; each crash is
// printed with its input.
const wanted = Number(process.argv[2] ?? 100_000);
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
const SHOWN_CRASHES = 20;

let crashes = 0;

function report(what: string, thrown: unknown, input: string): void {
  crashes++;
  if (crashes <= SHOWN_CRASHES) console.error(`${what}: ${String(thrown)}\n${input}`);
}

function fuzzRelay(): void {
  let tried = 0;
  for (const input of fuzzInputs(seed)) {
    if (!(tried < wanted)) break;
    try {
      readEverything(input, tried);
    } catch (thrown) {
      report(`relayed input ${tried}`, thrown, JSON.stringify(Buffer.from(input).toString('latin1')));
    }
    tried++;
  }
}

function fuzzConversion(): void {
  let tried = 0;
  for (const trial of pairTrials(seed)) {
    if (!(tried < wanted)) break;
    try {
      runTrial(trial);
    } catch (thrown) {
      report(`converted input ${tried}`, thrown, trial.describe());
    }
    tried++;
  }
}

fuzzRelay();
fuzzConversion();
console.log(`${wanted} relayed and ${wanted} converted inputs, ${crashes} crashes (seed ${seed})`);
process.exitCode = crashes > 0 ? 1 : 0;
