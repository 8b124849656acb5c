import { fuzzInputs, readEverything } from '../test/support/stream-fuzz.ts';

// Sends damaged streams through all that reads an upstream: `npm run fuzz [-- inputs [seed]]`. The seed is printed, so that a
// crash can be had again; each crash is printed with its input.
const wanted = Number(process.argv[2] ?? 50_000);
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
const SHOWN_CRASHES = 20;

let tried = 0;
let crashes = 0;
for (const input of fuzzInputs(seed)) {
  if (!(tried < wanted)) break;
  try {
    readEverything(input, tried);
  } catch (thrown) {
    crashes++;
    if (crashes <= SHOWN_CRASHES)
      console.error(`input ${tried}: ${String(thrown)}\n${JSON.stringify(Buffer.from(input).toString('latin1'))}`);
  }
  tried++;
}
console.log(`${tried} inputs, ${crashes} crashes (seed ${seed})`);
process.exitCode = crashes > 0 ? 1 : 0;
