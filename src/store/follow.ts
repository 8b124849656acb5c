/** How often the store is asked, in ms: a change made by any process counts within a second (`reliability.md` S13). */
const INTERVAL = 250;

/** Something of the store that is kept up to date. */
export type Following = {
  /** Asks at once, or joins the asking that is under way. Never rejects. */
  refresh(): Promise<void>;
  close(): void;
};

/**
 * Asks the store again and again, one question at a time; while it is down, what was read last stays in force. Keeps no process alive.
 * @param read asks, and takes over the answer.
 */
export function follow(read: () => Promise<void>): Following {
  let reading: Promise<void> | undefined;
  const refresh = (): Promise<void> => {
    reading ??= read()
      .catch(() => undefined)
      .finally(() => {
        reading = undefined;
      });
    return reading;
  };
  const timer = setInterval(refresh, INTERVAL).unref();
  return { refresh, close: () => clearInterval(timer) };
}
