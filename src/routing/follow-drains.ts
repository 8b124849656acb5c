/** How often the list is read, in ms: a drain counts on every node within a second. */
const POLL_INTERVAL = 250;

/** What is followed, and who is told. */
export type DrainFollower = {
  /** What is drained by hand now; a rejection leaves in force what was read last. */
  read(): Promise<readonly string[]>;
  onRead(ids: readonly string[]): void;
};

/**
 * Keeps a server at what operators have drained, in whichever process they did so. Resolves once the list has been read for
 * the first time, so that a restart sends nothing to what is drained.
 * Rejects as that first reading does.
 */
export async function followDrains({ read, onRead }: DrainFollower): Promise<{ close(): void }> {
  onRead(await read());
  let isReading = false;
  const poll = async (): Promise<void> => {
    if (isReading) return;
    isReading = true;
    try {
      onRead(await read());
    } catch {
      // The store says elsewhere that it is down; what is drained stays so.
    } finally {
      isReading = false;
    }
  };
  const timer = setInterval(poll, POLL_INTERVAL).unref();
  return { close: () => clearInterval(timer) };
}
