import { type BigIntStats, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Config } from './config.ts';

const POLL_INTERVAL = 100;

/** What to do with a changed file. */
export type WatchOptions = {
  file: string;
  /** Reads and checks the whole file; a throw keeps the old configuration. */
  load(): Config;
  onConfig(config: Config): void;
  onError(error: unknown): void;
};

/**
 * Follows a config file through writes in place, renames over it and swapped symbolic links, and hands on each good version
 * whole. A file that is bad or gone is reported and changes nothing. Keeps no process alive.
 *
 * It polls, since notifications miss the swap of a link (`dependencies.md` §6), and does so itself, since `fs.watchFile` takes
 * its first look some time after the call and so misses a change made right away. A change counts once it has been
 * seen twice: a writer may be half way through, and a cut file can be valid and mean something else.
 */
export function watchConfig({ file, load, onConfig, onError }: WatchOptions): { close(): void } {
  let seen = fingerprint(statSync(file, { bigint: true, throwIfNoEntry: false }));
  let isSettling = false;

  const reload = () => {
    try {
      onConfig(load());
    } catch (error) {
      onError(error);
    }
  };

  const poll = async () => {
    const current = fingerprint(await stat(file, { bigint: true }).catch(() => undefined));
    const hasSettled = isSettling && current === seen;
    isSettling = current !== seen;
    seen = current;
    if (hasSettled && !isClosed) reload();
  };

  let isClosed = false;
  let isPolling = false;
  const timer = setInterval(async () => {
    if (isPolling) return;
    isPolling = true;
    await poll();
    isPolling = false;
  }, POLL_INTERVAL).unref();
  return {
    close() {
      isClosed = true;
      clearInterval(timer);
    },
  };
}

/** Differs whenever the file may have another content; empty when there is no file. */
function fingerprint(stats: BigIntStats | undefined): string {
  return stats === undefined ? '' : [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join();
}
