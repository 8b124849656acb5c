/** A promise that the test settles by hand: the way a script waits for the test, without sleeping. */
export type Gate<T = void> = { promise: Promise<T>; open: (value: T) => void };

/** A closed gate. */
export function gate<T = void>(): Gate<T> {
  const { promise, resolve } = Promise.withResolvers<T>();
  return { promise, open: resolve };
}

/** Longest that a test waits for something that should come, in ms; only a failing test ever takes this long. */
export const PATIENCE = 15_000;

/**
 * Polls until `probe` gives something other than undefined or false, and returns that.
 * @throws Error naming `what` after `patience` ms.
 */
export async function waitFor<T>(
  what: string,
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  patience: number = PATIENCE,
): Promise<T> {
  const giveUpAt = performance.now() + patience;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > giveUpAt) throw new Error(`gave up waiting for ${what} after ${patience} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/**
 * The promise's own result, if it settles in time.
 * @throws Error naming `what` after `patience` ms.
 */
export async function within<T>(what: string, promise: Promise<T>, patience: number = PATIENCE): Promise<T> {
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`${what} took more than ${patience} ms`)), patience);
  try {
    return await Promise.race([promise, expired]);
  } finally {
    clearTimeout(timer);
  }
}
