import { expect, test } from 'vitest';
import { pairTrials, runTrial } from '../support/pair-fuzz.ts';

/** `npm run fuzz` tries more, from a seed of its own. */
const TRIALS = 20_000;

test(`P65 P74 P92 P94 U6 U7 U22 ${TRIALS} damaged requests, streams and answers in every pair: refused or converted, never a crash`, () => {
  let tried = 0;
  for (const trial of pairTrials(1)) {
    try {
      runTrial(trial);
    } catch (cause) {
      throw new Error(`trial ${tried}: ${trial.describe()}`, { cause });
    }
    if (++tried === TRIALS) break;
  }
  expect(tried).toBe(TRIALS);
  expect(Object.keys(Object.prototype)).toEqual([]);
}, 120_000);
