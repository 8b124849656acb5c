import { follow } from '../store/follow.ts';

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
  const take = async (): Promise<void> => onRead(await read());
  await take();
  return follow(take);
}
