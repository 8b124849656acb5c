import { open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const CHUNK = 1024 * 1024;

/** Space that is held back on the disk, in a file that is deleted when it is needed. */
export type ReserveFile = {
  /** Whether the space is held. */
  isHeld(): Promise<boolean>;
  /** Takes the space, in bytes; false when the disk has not that much. */
  take(bytes: number): Promise<boolean>;
  /** Gives it back. */
  release(): Promise<void>;
};

/** The reserve of a data directory. Zeros are written: a file with holes would hold nothing back. */
export function reserveFileIn(dataDir: string): ReserveFile {
  const path = join(dataDir, 'disk-reserve');
  const release = () => rm(path, { force: true });
  return {
    isHeld: () =>
      stat(path).then(
        () => true,
        () => false,
      ),
    take: async (bytes) => {
      try {
        const file = await open(path, 'w', 0o600);
        try {
          const zeros = Buffer.alloc(CHUNK);
          for (let left = bytes; left > 0; left -= CHUNK) await file.write(zeros, 0, Math.min(left, CHUNK));
          await file.sync();
        } finally {
          await file.close();
        }
        return true;
      } catch {
        await release();
        return false;
      }
    },
    release,
  };
}
