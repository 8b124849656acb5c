import { answerTrials, streamTrials } from './fuzz-answers.ts';
import { requestTrials } from './fuzz-requests.ts';

/** One input slower than this counts as hanging, in ms. */
const MAX_INPUT_MS = 1_000;

/** One trial of a fuzz run. */
export type Trial = {
  /** The input, so that it can be had again. */
  describe(): string;
  /** @throws Error when anything came out that must not. */
  run(): void;
};

/** Trials of conversion: requests, streams and whole answers in turn; the same seed makes the same. */
export function* pairTrials(seed: number): Generator<Trial> {
  const kinds = [requestTrials(seed), streamTrials(seed), answerTrials(seed)];
  for (;;) {
    for (const kind of kinds) {
      const { value } = kind.next();
      if (value) yield value;
    }
  }
}

/** Runs a trial. @throws Error when it failed, or took too long. */
export function runTrial(trial: Trial): void {
  const startedAt = performance.now();
  trial.run();
  if (performance.now() - startedAt > MAX_INPUT_MS) throw new Error('took too long');
}
