/** There are too many who wait for their turn. */
export class NoTurnError extends Error {
  override readonly name = 'NoTurnError';
}

/** Lets few do something at once, and not too many wait for it, who come first first. */
export type Turns = {
  /** Does `work` when it is its turn. Rejects with NoTurnError at once when too many wait, or as `work` does. */
  take<Result>(work: () => Promise<Result>): Promise<Result>;
};

/** Turns for `atOnce`, while up to `mostWaiting` more wait. */
export function createTurns(atOnce: number, mostWaiting: number): Turns {
  let running = 0;
  const waiting: (() => void)[] = [];
  return {
    take: async (work) => {
      if (running < atOnce) running++;
      else if (waiting.length >= mostWaiting) throw new NoTurnError('too many wait for their turn');
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await work();
      } finally {
        // The place goes to who has waited longest, or is free again.
        const next = waiting.shift();
        if (next) next();
        else running--;
      }
    },
  };
}
