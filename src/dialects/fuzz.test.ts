import { expect, test } from 'vitest';
import { fuzzInputs, readEverything } from '../../test/support/stream-fuzz.ts';

/** `npm run fuzz` tries as many, from a seed of its own. */
const INPUTS = 50_000;

test(`U6 U7 U8 U20 U22 ${INPUTS} damaged streams: nothing crashes, hangs, or counts what is no number`, () => {
  let tried = 0;
  for (const input of fuzzInputs(1)) {
    readEverything(input, tried);
    if (++tried === INPUTS) break;
  }
  expect(tried).toBe(INPUTS);
  expect(Object.keys(Object.prototype)).toEqual([]);
}, 120_000);
